"""Ctrl+C in programs with requests in flight: they exit at once, as interrupted programs do,
without a crash. The moment differs from run to run, so some interrupts meet an arriving
response."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

import pytest
from conftest import is_outcome_unknown
from processes import ended, repeated, started
from scale import length
from server import KEY, Reply, Server

from callfluent import AsyncCallFluent, CallFluent, NotFoundError
from callfluent.sandbox import Sandbox

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals are sent as on Unix")

#: Maximum time that an interrupted program takes to exit, in seconds; most take 0.1 s.
AT_MOST = 5
USUALLY = 1
MORE_RUNS = 9
#: Up to Python 3.10, an interrupt in asyncio's own code loses a callback. `asyncio.run` then waits
#: for a task that is never woken, with or without the client, until the next interrupt. It happens
#: to one in twenty programs that wake twenty tasks continuously.
LOSES_CALLBACKS = sys.version_info < (3, 11)

#: Restores the handler of interrupts, which a shell may ignore, and signals readiness.
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

#: Programs to interrupt.
PROGRAMS = {
    "a sync request": """
        ready()
        send_forever()
        """,
    "64 threads with requests, and the main thread": """
        in_flight(64)
        ready()
        send_forever()
        """,
    "64 threads with requests while the main thread sleeps": """
        in_flight(64)
        ready()
        time.sleep(60)
        """,
    "an async request": """
        async def main():
            ready()
            await for_ever()
        asyncio.run(main())
        """,
    "concurrent async requests": """
        async def main():
            ready()
            await asyncio.gather(*(for_ever() for _ in range(20)))
        asyncio.run(main())
        """,
    "an async request in wait_for": """
        async def main():
            ready()
            await asyncio.wait_for(for_ever(), 60)
        asyncio.run(main())
        """,
    "an async request in asyncio.timeout": """
        async def main():
            async with asyncio.timeout(60):
                ready()
                await for_ever()
        asyncio.run(main())
        """,
    "async requests in a TaskGroup": """
        async def main():
            async with asyncio.TaskGroup() as group:
                for _ in range(20):
                    group.create_task(for_ever())
                ready()
        asyncio.run(main())
        """,
}
#: Programs that need Python 3.11.
NEWER = {"an async request in asyncio.timeout", "async requests in a TaskGroup"}

UPLOADS = {
    "sync": """
        content = os.urandom(16 * 1024 * 1024)
        ready()
        while True:
            client.knowledge.upload_only(1, [("a.bin", content)])
        """,
    "async": """
        content = os.urandom(16 * 1024 * 1024)
        async def main():
            ready()
            while True:
                await other.knowledge.upload_only(1, [("a.bin", content)])
        asyncio.run(main())
        """,
}
BACKOFFS = {
    "sync": """
        ready()
        client.workspaces.list()
        """,
    "async": """
        async def main():
            ready()
            await other.workspaces.list()
        asyncio.run(main())
        """,
}


@contextmanager
def unread() -> Iterator[str]:
    """A server that accepts connections and reads nothing."""
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/api"


def interrupted(code: str, base_url: str, after: float) -> tuple[int, str, float, bool]:
    """Interrupts a program some time after it is ready. Returns its exit code, its standard error,
    the time until it exited, and whether it needed a second interrupt."""
    process = started(READY + textwrap.dedent(code), base_url)
    assert process.stdout
    # If the program fails before it is ready, the assertions below report that.
    process.stdout.readline()
    time.sleep(after)
    begun = time.monotonic()
    with suppress(ProcessLookupError):
        process.send_signal(signal.SIGINT)
    again = False
    if "asyncio.run(" in code:
        try:
            process.wait(2)
        except subprocess.TimeoutExpired:
            again = True
            process.send_signal(signal.SIGINT)
    returned, errors = ended(process)
    return returned, errors, time.monotonic() - begun, again


def mostly_once(runs: int) -> int:
    """Returns the number of runs that may need a second interrupt. An interrupt between asyncio's
    last check and its wait for the network is not seen before the next event, in any version."""
    return 1 + runs // 10 if LOSES_CALLBACKS else runs // 100


def all_end_when_interrupted(
    code: str,
    base_url: str,
    name: str,
    latest: float = 0.1,
    runs: int = length(2, 300),
    at_most: Callable[[int], int] = mostly_once,
) -> None:
    took: list[float] = []
    twice: list[int] = []

    def run(number: int) -> tuple[int, str]:
        returned, errors, seconds, again = interrupted(code, base_url, random.Random(number).uniform(0, latest))
        took.append(seconds)
        twice.extend([number] * again)
        return returned, errors

    def measured(runs: int) -> Iterator[tuple[int, str]]:
        yield from repeated(run, runs)
        # Two programs on a busy machine say little. More of them tell how long it usually takes.
        if statistics.median_low(took) >= USUALLY:
            yield from repeated(run, MORE_RUNS)

    for returned, errors in measured(runs):
        # Python prints an uncaught interrupt with its notes, and exits by its signal.
        said = [line for line in errors.splitlines() if "the outcome is unknown" not in line]
        # asyncio may print its unfinished tasks after the interrupt.
        assert "KeyboardInterrupt" in (said if LOSES_CALLBACKS else said[-1:]), f"{returned}\n{errors}"
        assert returned == -signal.SIGINT, f"{returned}\n{errors}"
        # Python reports an interrupt that it swallows at the end of an import.
        assert "Exception ignored" not in errors.replace("Exception ignored in: <function _get_module_lock", ""), errors
        assert "never retrieved" not in errors or LOSES_CALLBACKS, errors
    took.sort()
    median = statistics.median_low(took)
    print(
        f"Ctrl+C, {name}: {len(took)} programs, ended after {median:.2f} s (median), {took[-1]:.2f} s (last), "
        f"{len(twice)} at the second one"
    )
    assert took[-1] < AT_MOST and median < USUALLY, took
    assert len(twice) <= at_most(len(took)), twice


@pytest.mark.parametrize("reply", [Reply(delay=60), Reply.ok([])], ids=["no response", "response at any moment"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_an_interrupted_program_ends_with_requests_in_flight(name: str, reply: Reply) -> None:
    if name in NEWER and sys.version_info < (3, 11):
        pytest.skip("it came with Python 3.11")
    with Server(reply) as server:
        all_end_when_interrupted(
            PROGRAMS[name], server.base_url, f"{name}, {'no response' if reply.delay else 'with responses'}"
        )


@pytest.mark.parametrize("name", ["asyncio alone", "the client"])
def test_an_interrupt_after_the_first_async_request_is_seen(name: str) -> None:
    code = """
        async def main():
            ready()
            await asyncio.get_running_loop().create_future()
        asyncio.run(main())
        """
    with Server(Reply.json({"status": False}, 503, retry_after="20")) as server:
        all_end_when_interrupted(
            code if name == "asyncio alone" else BACKOFFS["async"],
            server.base_url,
            f"within two milliseconds, {name}",
            latest=0.002,
            runs=length(10, 2000),
            at_most=lambda runs: 1 + runs // 200,
        )


@pytest.mark.skipif(not LOSES_CALLBACKS, reason="asyncio ends its main task by itself since Python 3.11")
def test_asyncio_itself_loses_an_interrupted_callback() -> None:
    def interrupt(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code is asyncio.Handle._run.__code__:
            sys.settrace(None)
            raise KeyboardInterrupt

    loop = asyncio.new_event_loop()
    try:
        answer = loop.create_future()

        async def waits() -> None:
            await answer

        task = loop.create_task(waits())
        loop.run_until_complete(asyncio.sleep(0))
        answer.set_result(None)
        sys.settrace(interrupt)
        with pytest.raises(KeyboardInterrupt):
            loop.run_until_complete(asyncio.sleep(0))
        task.cancel()
        _, pending = loop.run_until_complete(asyncio.wait({task}, timeout=0.2))
        assert pending == {task}
    finally:
        sys.settrace(None)
        loop.close()


@pytest.mark.parametrize("name", UPLOADS)
def test_an_interrupted_program_ends_with_an_upload_in_flight(name: str) -> None:
    with unread() as base_url:
        all_end_when_interrupted(UPLOADS[name], base_url, f"upload that is not read, {name}", 0.2)
    with Server(Reply.ok([])) as server:
        all_end_when_interrupted(UPLOADS[name], server.base_url, f"uploads that are read, {name}", 0.2)


@pytest.mark.parametrize("name", BACKOFFS)
def test_an_interrupted_program_ends_soon_between_attempts(name: str) -> None:
    with Server(Reply.json({"status": False}, 503, retry_after="20")) as server:
        all_end_when_interrupted(BACKOFFS[name], server.base_url, f"between attempts, {name}", 0.2)
        assert server.requests


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="threads and their signals are looked at in /proc")
def test_client_threads_receive_no_signals(tmp_path: Path) -> None:
    def blocked(thread: Path) -> int:
        [mask] = [line for line in (thread / "status").read_text().splitlines() if line.startswith("SigBlk:")]
        return int(mask.split()[1], 16)

    file = tmp_path / "a.txt"
    file.write_text("text")
    before = blocked(Path("/proc/thread-self"))
    with Sandbox() as sandbox, sandbox.client() as client:
        with suppress(NotFoundError):
            client.knowledge.upload_only(1, [file])
        masks: list[tuple[str, int]] = []
        for thread in Path("/proc/self/task").iterdir():
            # Threads of other tests may end meanwhile.
            with suppress(OSError):
                masks.append(((thread / "comm").read_text().strip(), blocked(thread)))
        ours = sorted((name, mask) for name, mask in masks if name.startswith("callfluent"))
        # The thread of the runtime, one that reads files, and that of the sandbox.
        assert {name for name, _ in ours} == {"callfluent", "callfluent-sand"} and len(ours) >= 3
        for _, mask in ours:
            assert all(mask & 1 << number - 1 for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)), hex(mask)
            assert not mask & 1 << signal.SIGSEGV - 1, hex(mask)
    assert blocked(Path("/proc/thread-self")) == before


def test_an_interrupt_during_the_first_imports_is_seen() -> None:
    code = """
        import logging

        class Interrupting:
            def find_spec(self, name, *_):
                if name == "callfluent.logging":
                    os.kill(os.getpid(), signal.SIGINT)

        sys.meta_path.insert(0, Interrupting())
        client.workspaces.list(timeout=20)
        """
    with Server(Reply.ok([])) as server:
        returned, errors = ended(started(READY + textwrap.dedent(code), server.base_url))
        assert returned == -signal.SIGINT, errors
        assert server.requests == []


def interrupt_when_sent(server: Server) -> None:
    """Interrupts this process when the server has received a request."""

    def interrupt() -> None:
        while not server.requests:
            time.sleep(0.01)
        time.sleep(0.05)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt, daemon=True).start()


@pytest.fixture
def interrupts() -> Iterator[None]:
    """Restores interrupts as in a terminal; see `READY`."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def assert_outcome_unknown(error: BaseException, operation: str) -> None:
    assert is_outcome_unknown(error)
    if sys.version_info >= (3, 11):
        [note] = error.__notes__
        assert note.startswith(f"{operation} was canceled: the outcome is unknown")


def test_an_interrupt_of_calls_start_reports_an_unknown_outcome(interrupts: None) -> None:
    with Server(Reply(delay=20)) as server, CallFluent(KEY, base_url=server.base_url) as client:
        interrupt_when_sent(server)
        with pytest.raises(KeyboardInterrupt) as raised:
            client.calls.start(7, "+15551234567")
        assert_outcome_unknown(raised.value, "calls.start")
        assert len(server.requests) == 1


def test_an_interrupt_of_a_post_by_path_reports_unknown(interrupts: None) -> None:
    with Server(Reply(delay=20)) as server, CallFluent(KEY, base_url=server.base_url) as client:
        interrupt_when_sent(server)
        with pytest.raises(KeyboardInterrupt) as raised:
            client.request("POST", "/new", json={})
        assert_outcome_unknown(raised.value, "request")
        server.requests.clear()
        interrupt_when_sent(server)
        with pytest.raises(KeyboardInterrupt) as raised:
            client.request("DELETE", "/new")
        assert not hasattr(raised.value, "outcome_unknown")


def test_an_interrupt_before_sending_leaves_the_outcome_known(interrupts: None) -> None:
    class Company(Mapping[str, str]):
        def __getitem__(self, name: str) -> str:
            raise KeyboardInterrupt

        def __iter__(self) -> Iterator[str]:
            raise KeyboardInterrupt

        def __len__(self) -> int:
            return 1

    with Server(Reply.ok({"id": 1})) as server, CallFluent(KEY, base_url=server.base_url) as client:
        with pytest.raises(KeyboardInterrupt) as raised:
            client.calls.start(7, "+15551234567", company=Company())
        assert not is_outcome_unknown(raised.value)
        assert server.requests == []


def test_an_interrupt_of_an_idempotent_request_is_plain(interrupts: None) -> None:
    with Server(Reply(delay=20)) as server, CallFluent(KEY, base_url=server.base_url) as client:
        interrupt_when_sent(server)
        with pytest.raises(KeyboardInterrupt) as raised:
            client.agents.list(1)
        assert not hasattr(raised.value, "outcome_unknown")
        assert not hasattr(raised.value, "__notes__")


def test_an_interrupt_of_async_calls_start_reports_unknown(interrupts: None) -> None:
    seen: list[BaseException] = []

    async def run(server: Server) -> None:
        async with AsyncCallFluent(KEY, base_url=server.base_url) as client:
            try:
                await client.calls.start(7, "+15551234567")
            except BaseException as error:
                seen.append(error)
                raise

    with Server(Reply(delay=20)) as server:
        interrupt_when_sent(server)
        with pytest.raises(KeyboardInterrupt):
            asyncio.run(run(server))
        [error] = seen
        assert isinstance(error, asyncio.CancelledError)
        assert_outcome_unknown(error, "calls.start")


def test_a_timeout_of_asyncio_keeps_the_unknown_outcome() -> None:
    async def run(server: Server) -> BaseException:
        async with AsyncCallFluent(KEY, base_url=server.base_url) as client:
            with pytest.raises(asyncio.TimeoutError) as raised:
                await asyncio.wait_for(client.calls.start(7, "+15551234567"), 0.2)
            return raised.value

    with Server(Reply(delay=20)) as server:
        error = asyncio.run(run(server))
        assert error.__cause__ is not None
        assert_outcome_unknown(error.__cause__, "calls.start")
