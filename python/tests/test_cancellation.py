"""Canceled requests: the server sees the end at once, and nothing leaks."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from queue import Queue

import pytest
from conftest import is_outcome_unknown
from scale import Holdings, Stopwatch, length
from server import KEY, Reply, Server

from callfluent import AsyncCallFluent, transport

CANCELLATIONS = length(1_000, 10_000)
AT_ONCE = 50
SOON = 0.1
Call = Callable[[], Awaitable[object]]


class SilentServer:
    """Reads requests, never responds, and records when connections end."""

    def __init__(self) -> None:
        self.begun: Queue[None] = Queue()
        self.ended: Queue[float] = Queue()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.base_url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/api"
        threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True).start()

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._listen, sock=self._listener)
        await server.serve_forever()

    async def _listen(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            self.begun.put(None)
            await reader.read()
        except OSError:
            pass
        self.ended.put(time.monotonic())
        writer.close()


# One thread for all tests: the loop's own executor would add threads, which would count as leaks.
WAITING = ThreadPoolExecutor(max_workers=1)


async def queued(queue: Queue[float] | Queue[None]) -> float | None:
    return await asyncio.get_running_loop().run_in_executor(WAITING, lambda: queue.get(timeout=20))


async def cancelled(call: Call, server: SilentServer) -> None:
    task = asyncio.ensure_future(call())
    await queued(server.begun)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def timed_out(call: Call, server: SilentServer) -> None:
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(call(), 0.2)
    await queued(server.begun)


async def timed_out_in_a_block(call: Call, server: SilentServer) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await call()
    await queued(server.begun)


async def failed_beside_another(call: Call, server: SilentServer) -> None:
    async def fail() -> None:
        await queued(server.begun)
        raise RuntimeError("the other one failed")

    with pytest.raises(Exception, match="TaskGroup"):
        async with asyncio.TaskGroup() as group:
            group.create_task(call())  # type: ignore[arg-type]
            group.create_task(fail())


ENDS = [cancelled, timed_out]
if hasattr(asyncio, "timeout"):
    ENDS += [timed_out_in_a_block, failed_beside_another]


@pytest.mark.parametrize("end", ENDS)
def test_the_server_sees_every_kind_of_cancellation_at_once(
    end: Callable[[Call, SilentServer], Awaitable[None]],
) -> None:
    async def run() -> float:
        quickest = 1e9
        async with AsyncCallFluent(KEY, base_url=server.base_url) as client:
            # The fastest of a few, because a busy machine can delay each one.
            for _ in range(5):
                await end(client.workspaces.list, server)
                gave_up = time.monotonic()
                seen = await queued(server.ended)
                assert seen is not None
                quickest = min(quickest, seen - gave_up)
        return quickest

    server = SilentServer()
    assert asyncio.run(run()) < SOON


def test_canceled_requests_leave_no_resources(capsys: pytest.CaptureFixture[str]) -> None:
    server = SilentServer()

    async def give_up(client: AsyncCallFluent, count: int) -> list[float]:
        latencies = []
        for _ in range(count // AT_ONCE):
            tasks = [asyncio.ensure_future(client.workspaces.list()) for _ in range(AT_ONCE)]
            for _ in tasks:
                await queued(server.begun)
            gave_up, watch = time.monotonic(), Stopwatch()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            assert all(task.cancelled() for task in tasks)
            seen = [await queued(server.ended) or 0 for _ in tasks]
            latencies += [end - gave_up - watch.waited() for end in seen]
        return latencies

    async def run() -> None:
        async with AsyncCallFluent(KEY, base_url=server.base_url) as client:
            await give_up(client, max(CANCELLATIONS // 10, AT_ONCE))
            before = Holdings.settled()
            latencies = sorted(await give_up(client, CANCELLATIONS))
            after = Holdings.settled()
            assert len(transport._queue_of(asyncio.get_running_loop())) == 0
            assert len(asyncio.all_tasks()) == 1
        median, late, last = (latencies[int((len(latencies) - 1) * share)] for share in (0.5, 0.99, 1))
        with capsys.disabled():
            print(
                f"\ncancellation, Python, {CANCELLATIONS} calls, {AT_ONCE} at once: seen by the server after "
                f"{median * 1000:.1f} ms (median), {late * 1000:.1f} ms (99 of 100), {last * 1000:.1f} ms (last); "
                f"before {before}, after {after}"
            )
        assert late < SOON
        after.assert_no_more_than(before, 4 * 1024)

    asyncio.run(run())


def test_a_request_canceled_between_attempts_is_not_retried() -> None:
    async def run() -> None:
        async with AsyncCallFluent(KEY, base_url=server.base_url) as client:
            task = asyncio.ensure_future(client.workspaces.list())
            while not server.requests:
                await asyncio.sleep(0.005)
            await asyncio.sleep(0.1)
            task.cancel()
            gave_up = time.monotonic()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert time.monotonic() - gave_up < SOON
            assert len(transport._queue_of(asyncio.get_running_loop())) == 0
            await asyncio.sleep(1.2)

    with Server(Reply.json({"status": False}, 503, retry_after="1")) as server:
        asyncio.run(run())
        assert len(server.requests) == 1


def test_a_request_canceled_after_its_response_leaves_no_ticket() -> None:
    async def run() -> None:
        async with AsyncCallFluent(KEY, base_url=server.base_url) as client:
            for _ in range(200):
                task = asyncio.ensure_future(client.workspaces.list())
                await asyncio.sleep(0)
                # The response arrives while the loop sleeps, and is not taken yet.
                time.sleep(0.003)
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
            await asyncio.sleep(0.1)
            assert len(transport._queue_of(asyncio.get_running_loop())) == 0
            assert await client.workspaces.list() == []

    with Server(Reply.ok([])) as server:
        asyncio.run(run())


def test_canceling_a_request_can_leave_the_outcome_unknown() -> None:
    async def run(operation: str) -> BaseException:
        with Server(Reply(delay=5)) as server:
            async with AsyncCallFluent(KEY, base_url=server.base_url) as client:
                uses = {
                    "start": lambda: client.calls.start(5, "+15550001234"),
                    "list": lambda: client.agents.list(1),
                    "post": lambda: client.request("POST", "/new"),
                    "raw": lambda: client.with_raw_response.request("PUT", "new"),
                    "get": lambda: client.request("GET", "/new"),
                }
                task = asyncio.ensure_future(uses[operation]())
                await asyncio.sleep(0.2)
                task.cancel()
                try:
                    await task
                except asyncio.CancelledError as error:
                    return error
        raise AssertionError

    for operation in ("start", "post", "raw"):
        assert is_outcome_unknown(asyncio.run(run(operation))), operation
    for operation in ("list", "get"):
        assert not is_outcome_unknown(asyncio.run(run(operation))), operation
