"""`contextvars`: log records, handlers and streams run in the context of their own request."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import io
import logging
import weakref
from typing import Any

import pytest
from server import KEY, Reply, Server

from callfluent import AsyncCallFluent, CallFluent

REQUEST: contextvars.ContextVar[Any] = contextvars.ContextVar("request", default=None)


class Recorder(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.seen: list[tuple[Any, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.seen.append((REQUEST.get(), record.getMessage()))


@pytest.fixture
def recorder() -> Any:
    logger = logging.getLogger("callfluent")
    recorder, level = Recorder(), logger.level
    logger.addHandler(recorder)
    logger.setLevel(logging.DEBUG)
    yield recorder
    logger.removeHandler(recorder)
    logger.setLevel(level)


async def get(client: AsyncCallFluent, number: int) -> None:
    REQUEST.set(number)
    await client.agents.get(number)


def test_async_log_records_have_the_context_of_their_request(recorder: Recorder) -> None:
    async def run() -> None:
        with Server(*[Reply.ok({"agent": {"id": 1}})] * 20) as server:
            async with AsyncCallFluent(KEY, base_url=server.base_url) as client:
                await asyncio.gather(*(get(client, number) for number in range(20)))

    asyncio.run(run())
    found = {number: message for number, message in recorder.seen if message.startswith("request ")}
    assert set(found) == set(range(20))
    assert all(message.count(f"/get-one/{number} ") == 1 for number, message in found.items())


def test_a_retry_logs_in_the_context_of_its_request(recorder: Recorder) -> None:
    async def run() -> None:
        with Server(Reply(503, b"{}"), Reply.ok({"agent": {"id": 1}})) as server:
            async with AsyncCallFluent(KEY, base_url=server.base_url) as client:
                await get(client, 7)

    asyncio.run(run())
    logged = [number for number, message in recorder.seen if "7" in message]
    assert len(logged) > 1 and set(logged) == {7}


def test_sync_log_records_have_the_context_of_the_caller(recorder: Recorder) -> None:
    with Server(Reply.ok({"agent": {"id": 1}})) as server, CallFluent(KEY, base_url=server.base_url) as client:
        contextvars.copy_context().run(lambda: (REQUEST.set("sync"), client.agents.get(1)))
    assert {number for number, _ in recorder.seen} == {"sync"}


def test_nothing_keeps_the_context_of_the_first_request(recorder: Recorder) -> None:
    class Held:
        pass

    async def first(client: AsyncCallFluent) -> weakref.ref[Held]:
        held = Held()
        REQUEST.set(held)
        await client.agents.get(1)
        return weakref.ref(held)

    async def run() -> None:
        with Server(*[Reply.ok({"agent": {"id": 1}})] * 2) as server:
            async with AsyncCallFluent(KEY, base_url=server.base_url) as client:
                reference = await asyncio.create_task(first(client))
                recorder.seen.clear()
                await client.agents.get(2)
                recorder.seen.clear()
                gc.collect()
                assert reference() is None

    asyncio.run(run())


def test_a_stream_is_read_in_the_context_of_its_request() -> None:
    class Stream(io.BytesIO):
        name = "a.txt"

        def read(self, *size: int | None) -> bytes:
            seen.append(REQUEST.get())
            return super().read(*size)

    async def upload(client: AsyncCallFluent, number: int) -> None:
        REQUEST.set(number)
        await client.knowledge.upload_only(number, [Stream(b"text")])

    async def run() -> None:
        with Server(*[Reply.ok([])] * 3) as server:
            async with AsyncCallFluent(KEY, base_url=server.base_url) as client:
                await asyncio.gather(*(upload(client, number) for number in range(3)))

    seen: list[Any] = []
    asyncio.run(run())
    assert set(seen) == {0, 1, 2}
