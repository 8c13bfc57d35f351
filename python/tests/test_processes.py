"""How processes multiply with requests under way: forks, multiprocessing, gunicorn, threads; nobody waits for what stayed
behind in the parent."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from scale import length
from server import KEY, Reply, Server

from callfluent import CallFluent

RUNS = length(10, 300)
#: A program that hangs is ended after so many seconds.
HUNG = 30
fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")

UNDER_WAY = """
import asyncio, multiprocessing, os, sys, threading, time
from callfluent import AsyncCallFluent, CallFluent, CallFluentError

client = CallFluent()

def wait_for_ever():
    while True:
        try:
            client.workspaces.list()
        except CallFluentError:
            time.sleep(0.01)

def under_way(count=4):
    for _ in range(count):
        threading.Thread(target=wait_for_ever, daemon=True).start()
    time.sleep(0.05)
"""


def started(code: str, base_url: str, **more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", UNDER_WAY + textwrap.dedent(code)],
        env={**os.environ, "CALLFLUENT_API_KEY": KEY, "CALLFLUENT_BASE_URL": base_url, **more},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    try:
        _, errors = process.communicate(timeout=HUNG)
    except subprocess.TimeoutExpired:
        # With its children, which hold its pipes.
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        process.kill()
        process.communicate()
        return -999, "it hung"
    return process.returncode, errors


def all_end_with(code: str, expected: int, base_url: str, runs: int = RUNS) -> None:
    """Runs a program so many times, four at a time: a busy machine shows more than an idle one."""
    with ThreadPoolExecutor(4) as pool:
        for returned, errors in pool.map(lambda _: ended(started(code, base_url)), range(runs)):
            assert returned == expected, f"{returned}\n{errors}"
            assert "panicked" not in errors and "Fatal" not in errors, errors


@fork
@pytest.mark.parametrize("answers", [Reply.ok([]), Reply(200, b'{"data": []}', delay=0.02)], ids=["quick", "slow"])
def test_a_child_that_is_forked_with_requests_under_way_calls_by_itself(answers: Reply) -> None:
    # Used once before, as what Python imports in one thread while another forks stays locked in the child, whoever imports.
    code = """
        client.workspaces.list()
        under_way()
        async def awaited():
            return await AsyncCallFluent().workspaces.list()
        for _ in range(3):
            child = os.fork()
            if child == 0:
                assert client.workspaces.list(timeout=20) == []
                assert asyncio.run(awaited()) == []
                grandchild = os.fork()
                if grandchild == 0:
                    assert client.workspaces.list(timeout=20) == []
                    os._exit(0)
                os._exit(os.waitpid(grandchild, 0)[1])
            assert os.waitpid(child, 0)[1] == 0
        assert client.workspaces.list() == []
        os._exit(0)  # How programs end is looked at elsewhere.
    """
    with Server(answers) as server:
        all_end_with(code, 0, server.base_url)


@pytest.mark.parametrize("method", [pytest.param("fork", marks=fork), "spawn", pytest.param("forkserver", marks=fork)])
def test_processes_of_multiprocessing_take_the_client_along(method: str, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    code = f"""
def work(shared):
    return len(shared.workspaces.list(timeout=20)) + len(client.workspaces.list(timeout=20))

if __name__ == "__main__":
    under_way()
    with multiprocessing.get_context({method!r}).Pool(2) as pool:
        assert pool.map(work, [client] * 4) == [0] * 4
    assert client.workspaces.list() == []
    os._exit(0)
"""
    program.write_text(UNDER_WAY + code)
    with Server(Reply.ok([])) as server:
        for _ in range(max(RUNS // 5, 2)):
            process = subprocess.Popen(
                [sys.executable, str(program)],
                env={**os.environ, "CALLFLUENT_API_KEY": KEY, "CALLFLUENT_BASE_URL": server.base_url},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
            returned, errors = ended(process)
            assert returned == 0, errors


@fork
def test_workers_of_gunicorn_share_a_client_that_was_made_and_used_before_the_fork(tmp_path: Path) -> None:
    pytest.importorskip("gunicorn")
    (tmp_path / "application.py").write_text(
        textwrap.dedent("""
        import os
        from callfluent import CallFluent
        client = CallFluent()
        client.workspaces.list()

        def application(environ, start_response):
            found = len(client.workspaces.list(timeout=20))
            start_response("200 OK", [("content-type", "application/json")])
            return [b'{"found": %d, "process": %d}' % (found, os.getpid())]
        """)
    )
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with Server(Reply.ok([{"id": 1, "name": "a"}])) as server:
        gunicorn = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "--preload", "--workers", "3", "--bind", f"127.0.0.1:{port}"]
            + ["--max-requests", "40", "--worker-tmp-dir", str(tmp_path), "application:application"],
            cwd=tmp_path,
            env={**os.environ, "CALLFLUENT_API_KEY": KEY, "CALLFLUENT_BASE_URL": server.base_url},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        answers: list[dict[str, int]] = []
        refused = time.monotonic() + HUNG
        try:
            while len(answers) < length(60, 300):
                try:
                    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=20) as answer:
                        answers.append(json.load(answer))
                except OSError:
                    # It has not begun yet, or a worker that has served its forty is being followed by another.
                    assert gunicorn.poll() is None and time.monotonic() < refused
                    time.sleep(0.02)
        finally:
            gunicorn.send_signal(signal.SIGTERM)
            errors = gunicorn.communicate(timeout=HUNG)[1]
    assert gunicorn.returncode == 0, errors
    assert all(answer["found"] == 1 for answer in answers)
    assert len({answer["process"] for answer in answers}) > 1
    assert "SIG" not in errors.replace("SIGTERM", ""), errors


def test_sixty_four_threads_share_a_client() -> None:
    with Server(Reply.ok([{"id": 1, "name": "a"}])) as server, CallFluent(KEY, base_url=server.base_url) as client:
        found: list[int] = []
        each = length(20, 300)

        def run() -> None:
            found.extend(len(client.workspaces.list()) for _ in range(each))

        threads = [threading.Thread(target=run) for _ in range(64)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
        assert found == [1] * (64 * each)
