"""gunicorn with `--preload`: its workers are forked from a process that has used a client. They
exit with requests in flight, when they are replaced and when gunicorn stops."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

import pytest
from processes import HUNG, IN_FLIGHT, ended, repeated
from scale import length
from server import KEY, Reply, Server

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")

APPLICATION = """
client.workspaces.list()

def application(environ, start_response):
    found = len(client.workspaces.list(timeout=20))
    start_response("200 OK", [("content-type", "application/json")])
    return [b'{"found": %d, "process": %d}' % (found, os.getpid())]
"""
#: Threads that send requests continuously, in the parent process and in each worker.
BUSY = """
client.workspaces.list()
in_flight(2)

def post_worker_init(worker):
    in_flight(2)
"""
DATA = [{"id": 1, "name": "a"}]


class Gunicorn:
    """A gunicorn on its own port, and its responses."""

    def __init__(self, folder: Path, base_url: str, *arguments: str) -> None:
        # It inherits the socket: another process could bind the port meanwhile.
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
            self.process = subprocess.Popen(
                [sys.executable, "-m", "gunicorn", "--preload", "--bind", f"fd://{listener.fileno()}"]
                + ["--worker-tmp-dir", str(folder), *arguments, "application:application"],
                cwd=folder,
                env={**os.environ, "CALLFLUENT_API_KEY": KEY, "CALLFLUENT_BASE_URL": base_url},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                start_new_session=True,
                pass_fds=[listener.fileno()],
            )

    def ask(self) -> dict[str, int] | None:
        """Returns the response of a worker, or nothing if no worker runs."""
        try:
            with urllib.request.urlopen(self.url, timeout=20) as response:
                answered: dict[str, int] = json.load(response)
                return answered
        except (OSError, ValueError):
            # It has not started, it has stopped, or a worker that reached its maximum number of
            # requests is being replaced.
            return None

    def asked(self) -> dict[str, int]:
        """Returns the response of the first worker that is ready."""
        end = time.monotonic() + HUNG
        while (response := self.ask()) is None:
            if self.process.poll() is not None or time.monotonic() > end:
                raise AssertionError(f"it does not respond: {self.terminated()}")
            time.sleep(0.02)
        return response

    def terminated(self) -> tuple[int, str]:
        """Stops it with SIGTERM, as service managers do."""
        self.process.send_signal(signal.SIGTERM)
        return ended(self.process)


def test_gunicorn_workers_share_a_client_used_before_the_fork(tmp_path: Path) -> None:
    (tmp_path / "application.py").write_text(IN_FLIGHT + APPLICATION)
    with Server(Reply.ok(DATA)) as server:
        gunicorn = Gunicorn(tmp_path, server.base_url, "--workers", "3", "--max-requests", "40")
        try:
            responses = [gunicorn.asked() for _ in range(length(60, 300))]
        finally:
            returned, errors = gunicorn.terminated()
    assert returned == 0, errors
    assert all(response["found"] == 1 for response in responses)
    assert len({response["process"] for response in responses}) > 1
    check(errors)


@pytest.mark.parametrize("workers", ["sync", "gthread"])
def test_gunicorn_and_its_workers_end_with_requests_in_flight(workers: str, tmp_path: Path) -> None:
    (tmp_path / "application.py").write_text(IN_FLIGHT + APPLICATION)
    (tmp_path / "settings.py").write_text(IN_FLIGHT + BUSY)
    arguments = ["--workers", "2", "--worker-class", workers, "--max-requests", "4", "--config", "settings.py"]
    arguments += ["--threads", "4"] if workers == "gthread" else []

    def run(number: int) -> tuple[int, str]:
        chance = random.Random(number)
        gunicorn = Gunicorn(tmp_path, server.base_url, *arguments)
        # More requests than the two workers serve, so that at least one worker is replaced.
        found = [gunicorn.asked() for _ in range(9)]
        asking = threading.Event()

        def ask() -> None:
            while not asking.is_set():
                found.append(gunicorn.ask() or {"found": 1})

        threads = [threading.Thread(target=ask, daemon=True) for _ in range(4)]
        for thread in threads:
            thread.start()
        time.sleep(chance.uniform(0, 0.4))
        returned, errors = gunicorn.terminated()
        asking.set()
        for thread in threads:
            thread.join(HUNG)
        assert all(response["found"] == 1 for response in found)
        return returned, errors

    replaced = 0
    with Server(Reply(200, json.dumps({"data": DATA}).encode(), delay=0.02)) as server:
        for returned, errors in repeated(run, length(2, 300)):
            assert returned == 0, errors
            check(errors)
            replaced += errors.count("Autorestarting worker")
    assert replaced > 0


def check(errors: str) -> None:
    """Asserts that workers exited by themselves: not by a signal, a failure or a timeout."""
    for sign in ("SIGKILL", "SIGSEGV", "SIGABRT", "SIGINT", "exited with code", "TIMEOUT", "Traceback"):
        assert sign not in errors, errors
