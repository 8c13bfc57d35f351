"""Time of log records: while a sync or an async request runs, and when it does not complete."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
import time
from collections.abc import Iterator

import pytest
from server import KEY, Reply, Server

from callfluent import AsyncCallFluent, CallFluent

BUSY = Reply.json({"status": False}, 503, retry_after="1")
SOON = 0.5


class Heard(logging.Handler):
    """Records the time of each log record."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []
        self.came: list[float] = []
        self.first = threading.Event()

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)
        self.came.append(time.time())
        self.first.set()


@pytest.fixture
def heard() -> Iterator[Heard]:
    handler, logger = Heard(), logging.getLogger("callfluent")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel("DEBUG")
    yield handler
    logger.setLevel(level)
    logger.removeHandler(handler)


def sync_request(server: Server) -> None:
    CallFluent(KEY, base_url=server.base_url).workspaces.list()


def sync_in_a_thread(server: Server) -> None:
    thread = threading.Thread(target=sync_request, args=(server,))
    thread.start()
    thread.join()


def async_request(server: Server) -> None:
    async def run() -> None:
        await AsyncCallFluent(KEY, base_url=server.base_url).workspaces.list()

    asyncio.run(run())


@pytest.mark.parametrize("call", [sync_request, sync_in_a_thread, async_request])
def test_log_records_arrive_while_the_request_runs(heard: Heard, call: object) -> None:
    assert callable(call)
    with Server(BUSY, Reply.ok([])) as server:
        call(server)
    ended = time.time()
    assert len(heard.records) == 2
    assert ended - heard.came[0] > SOON, "the first attempt is logged before the second one starts"
    assert heard.came[0] - heard.records[0].created < SOON


def test_a_record_has_the_time_of_its_event(heard: Heard) -> None:
    async def run(server: Server) -> None:
        async with AsyncCallFluent(KEY, base_url=server.base_url) as client:
            task = asyncio.ensure_future(client.workspaces.list())
            await asyncio.sleep(0)
            time.sleep(0.6)  # The loop is blocked when the response arrives.
            await task

    with Server(Reply.ok([])) as server:
        asyncio.run(run(server))
    [record], [came] = heard.records, heard.came
    assert came - record.created > 0.3
    formatted = logging.Formatter("%(asctime)s %(message)s").format(record)
    assert f",{int(record.created % 1 * 1000):03d} request method=GET" in formatted
    assert 0 < record.relativeCreated < (came - record.created) * 1000 + record.relativeCreated


def test_a_canceled_request_logs_earlier_events(heard: Heard) -> None:
    async def run(server: Server) -> None:
        async with AsyncCallFluent(KEY, base_url=server.base_url) as client:
            task = asyncio.ensure_future(client.workspaces.list())
            await asyncio.sleep(0)
            time.sleep(0.3)
            # The loop has had no turn since, and this is its last one.
            task.cancel()

    with Server(BUSY) as server:
        asyncio.run(run(server))
    assert [record.levelname for record in heard.records] == ["DEBUG"]


@pytest.mark.skipif(os.name != "posix", reason="signals are sent as on Unix")
def test_an_interrupted_request_logs_earlier_events(heard: Heard) -> None:
    def interrupt() -> None:
        heard.first.wait(10)
        os.kill(os.getpid(), signal.SIGINT)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with Server(BUSY) as server:
            threading.Thread(target=interrupt).start()
            with pytest.raises(KeyboardInterrupt):
                sync_request(server)
    finally:
        signal.signal(signal.SIGINT, before)
    assert len(heard.records) == 1


def test_a_log_handler_can_send_requests(heard: Heard) -> None:
    with Server(BUSY, Reply.ok([])) as server, Server(Reply.ok([])) as other:
        client = CallFluent(KEY, base_url=other.base_url)
        heard.addFilter(lambda record: not other.requests and client.workspaces.list() == [])
        sync_request(server)
        assert len(other.requests) == 1
