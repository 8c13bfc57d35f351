"""Ctrl+C wherever a program waits for the client: it ends soon, as a program does that was interrupted, and without a crash.
The moment differs from run to run, so that some interrupts meet an answer that comes in."""

from __future__ import annotations

import os
import random
import signal
import socket
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from processes import ended, repeated, started
from scale import length
from server import Reply, Server

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals are sent as on Unix")

#: What an interrupted program may take to end; most take a tenth of a second, many at a time on a busy machine more.
AT_MOST = 5
USUALLY = 1

#: Interrupts as in a terminal, where a shell may have had them ignored, and the word that they may come.
READY = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
other = AsyncCallFluent()

def ready():
    print("ready", flush=True)

async def for_ever():
    while True:
        try:
            await other.workspaces.list()
        except CallFluentError:
            await asyncio.sleep(0.01)
"""

#: What a program does when it is interrupted.
PROGRAMS = {
    "a waiting call": """
        ready()
        wait_for_ever()
        """,
    "64 threads that wait, and the main one": """
        under_way(64)
        ready()
        wait_for_ever()
        """,
    "64 threads that wait while the main one does something else": """
        under_way(64)
        ready()
        time.sleep(60)
        """,
    "an awaited call": """
        async def main():
            ready()
            await for_ever()
        asyncio.run(main())
        """,
    "awaited calls at once": """
        async def main():
            ready()
            await asyncio.gather(*(for_ever() for _ in range(20)))
        asyncio.run(main())
        """,
    "an awaited call in wait_for": """
        async def main():
            ready()
            await asyncio.wait_for(for_ever(), 60)
        asyncio.run(main())
        """,
    "an awaited call in asyncio.timeout": """
        async def main():
            async with asyncio.timeout(60):
                ready()
                await for_ever()
        asyncio.run(main())
        """,
    "awaited calls in a TaskGroup": """
        async def main():
            async with asyncio.TaskGroup() as group:
                for _ in range(20):
                    group.create_task(for_ever())
                ready()
        asyncio.run(main())
        """,
}
#: What came with Python 3.11.
NEWER = {"an awaited call in asyncio.timeout", "awaited calls in a TaskGroup"}

UPLOADS = {
    "waiting": """
        content = os.urandom(16 * 1024 * 1024)
        ready()
        while True:
            client.knowledge.upload(1, [("a.bin", content)])
        """,
    "awaiting": """
        content = os.urandom(16 * 1024 * 1024)
        async def main():
            ready()
            while True:
                await other.knowledge.upload(1, [("a.bin", content)])
        asyncio.run(main())
        """,
}
BACKOFFS = {
    "waiting": """
        ready()
        client.workspaces.list()
        """,
    "awaiting": """
        async def main():
            ready()
            await other.workspaces.list()
        asyncio.run(main())
        """,
}


@contextmanager
def unread() -> Iterator[str]:
    """A server that takes connections and nothing of what is sent on them."""
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/api"


def interrupted(code: str, base_url: str, after: float) -> tuple[int, str, float]:
    """Interrupts a program so long after it is ready; gives its exit code, what it said, and how long it took to end."""
    process = started(READY + textwrap.dedent(code), base_url)
    assert process.stdout
    # A program that fails before says so below.
    process.stdout.readline()
    time.sleep(after)
    begun = time.monotonic()
    with suppress(ProcessLookupError):
        process.send_signal(signal.SIGINT)
    returned, errors = ended(process)
    return returned, errors, time.monotonic() - begun


def all_end_when_interrupted(code: str, base_url: str, name: str, latest: float = 0.1) -> None:
    took: list[float] = []

    def run(number: int) -> tuple[int, str]:
        returned, errors, seconds = interrupted(code, base_url, random.Random(number).uniform(0, latest))
        took.append(seconds)
        return returned, errors

    for returned, errors in repeated(run, length(2, 300)):
        # What Python does of an interrupt that nobody catches: it tells it, and ends by it.
        assert (returned, errors.splitlines()[-1:]) == (-signal.SIGINT, ["KeyboardInterrupt"]), f"{returned}\n{errors}"
        assert "Exception ignored" not in errors, errors
        # Up to Python 3.10 asyncio itself leaves the task with it.
        assert "never retrieved" not in errors or sys.version_info < (3, 11), errors
    took.sort()
    median = took[(len(took) - 1) // 2]
    print(f"Ctrl+C, {name}: {len(took)} programs, ended after {median:.2f} s (median), {took[-1]:.2f} s (last)")
    assert took[-1] < AT_MOST and median < USUALLY, took


@pytest.mark.parametrize("answers", [Reply(delay=60), Reply.ok([])], ids=["never answered", "answered at any moment"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_an_interrupted_program_ends_soon_with_requests_under_way(name: str, answers: Reply) -> None:
    if name in NEWER and sys.version_info < (3, 11):
        pytest.skip("it came with Python 3.11")
    with Server(answers) as server:
        all_end_when_interrupted(
            PROGRAMS[name], server.base_url, f"{name}, {'never answered' if answers.delay else 'answered'}"
        )


@pytest.mark.parametrize("name", UPLOADS)
def test_an_interrupted_program_ends_soon_with_an_upload_under_way(name: str) -> None:
    with unread() as base_url:
        all_end_when_interrupted(UPLOADS[name], base_url, f"upload that is not read, {name}", 0.2)
    with Server(Reply.ok([])) as server:
        all_end_when_interrupted(UPLOADS[name], server.base_url, f"uploads that are read, {name}", 0.2)


@pytest.mark.parametrize("name", BACKOFFS)
def test_an_interrupted_program_ends_soon_between_attempts(name: str) -> None:
    with Server(Reply.json({"status": False}, 503, retry_after="20")) as server:
        all_end_when_interrupted(BACKOFFS[name], server.base_url, f"between attempts, {name}", 0.2)
        assert server.requests


def test_an_interrupt_that_comes_while_the_first_call_loads_what_it_needs_is_not_lost() -> None:
    code = """
        import logging

        class Interrupting:
            def find_spec(self, name, *_):
                if name == "callfluent.logs":
                    os.kill(os.getpid(), signal.SIGINT)

        sys.meta_path.insert(0, Interrupting())
        client.workspaces.list(timeout=20)
        """
    with Server(Reply.ok([])) as server:
        returned, errors = ended(started(READY + textwrap.dedent(code), server.base_url))
        assert returned == -signal.SIGINT, errors
        assert server.requests == []
