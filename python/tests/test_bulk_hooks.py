"""Hooks of bulk operations: every attempt of every item reaches them, in both clients."""

from __future__ import annotations

import asyncio
import contextvars
import logging
import sys
import time
from collections import Counter
from typing import Any

import pytest
from server import KEY, Reply, Server

from callfluent import AsyncCallFluent, CallFluent
from callfluent.hooks import Attempt, Hooks
from callfluent.sandbox import Sandbox

AGENT = {"agent": {"id": 7, "name": "Sales"}, "files": [], "totalCalls": 1, "averageDuration": 2}
WHERE: contextvars.ContextVar[str] = contextvars.ContextVar("where", default="nowhere")


class Recorder(Hooks):
    def __init__(self) -> None:
        self.begun: list[Attempt] = []
        self.ended: list[Attempt] = []

    def before_attempt(self, attempt: Attempt) -> None:
        attempt.headers["X-Attempt"] = f"{attempt.path} {attempt.number}"
        self.begun.append(attempt)

    def after_attempt(self, attempt: Attempt) -> None:
        self.ended.append(attempt)


class AsyncRecorder(Recorder):
    async def before_attempt(self, attempt: Attempt) -> None:  # type: ignore[override]
        await asyncio.sleep(0.001)
        super().before_attempt(attempt)

    async def after_attempt(self, attempt: Attempt) -> None:  # type: ignore[override]
        await asyncio.sleep(0)
        super().after_attempt(attempt)


def sent(sandbox: Sandbox) -> list[str]:
    return [entry["headers"]["x-attempt"] for entry in sandbox.journal()]


def seen(recorder: Recorder) -> list[str]:
    return [f"{attempt.path} {attempt.number}" for attempt in recorder.ended]


async def until_ended(recorder: Recorder) -> None:
    """Waits for async hooks after an attempt, for which results do not wait."""
    while len(recorder.ended) < len(recorder.begun):
        await asyncio.sleep(0.001)


@pytest.mark.parametrize("make", [Recorder, AsyncRecorder])
def test_an_async_client_runs_the_hooks_of_every_attempt(make: type[Recorder]) -> None:
    recorder = make()

    async def run(sandbox: Sandbox) -> None:
        async with sandbox.async_client(hooks=[recorder]) as client:
            ids = [1001, 1002, 1003] * 10
            results = await client.agents.get_many(ids, max_concurrency=7)
            assert [item.id for item in results if item.error is None] == ids
        await until_ended(recorder)

    with Sandbox(demo=True) as sandbox:
        sandbox.respond(status=503)
        asyncio.run(run(sandbox))
        assert Counter(sent(sandbox)) == Counter(seen(recorder))
    assert len(recorder.ended) == 31
    assert Counter(attempt.status_code for attempt in recorder.ended) == {200: 30, 503: 1}
    assert {attempt.operation for attempt in recorder.ended} == {"agents.get"}
    assert max(attempt.number for attempt in recorder.ended) == 2


def test_a_sync_client_runs_the_hooks_of_every_attempt() -> None:
    recorder = Recorder()
    with Sandbox(demo=True) as sandbox, sandbox.client(hooks=[recorder]) as client:
        sandbox.respond(disconnect="before_response")
        results = client.agents.get_many([1001, 1002, 1003, 9999])
        assert [type(item.error).__name__ for item in results] == ["NoneType"] * 3 + ["NotFoundError"]
        assert Counter(sent(sandbox)) == Counter(seen(recorder))
    assert Counter(attempt.status_code for attempt in recorder.ended) == {200: 3, 404: 1, None: 1}
    assert [attempt.error for attempt in recorder.ended if attempt.error] == ["APIConnectionError"]


def test_operations_of_several_requests_run_hooks() -> None:
    recorder = Recorder()
    with Sandbox(demo=True) as sandbox, sandbox.client(hooks=[recorder]) as client:
        changed = client.agents.patch_many({1001: {"tone": "Warm"}, 1002: {"tone": "Calm"}})
        listed = client.calls.list_many([1001, 1002])
        assert not [item.error for item in [*changed, *listed] if item.error]
        assert Counter(sent(sandbox)) == Counter(seen(recorder))
    assert {attempt.operation for attempt in recorder.ended} == {"agents.get", "agents.update", "calls.list"}


def test_a_hook_that_fails_starts_each_phone_call_once(monkeypatch: pytest.MonkeyPatch) -> None:
    failures: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", failures.append)

    class Broken(Hooks):
        def before_attempt(self, attempt: Attempt) -> None:
            raise ValueError("a defect of the hook")

        def after_attempt(self, attempt: Attempt) -> None:
            raise ValueError("a defect of the hook")

    leads = [{"phone_number": f"+1555123456{digit}"} for digit in range(5)]
    with Sandbox(demo=True) as sandbox, sandbox.client(hooks=[Broken()]) as client:
        results = client.calls.start_many(1002, leads)
        assert all(item.value and item.value.id for item in results)
        assert len(sandbox.journal()) == 5
    assert len(failures) == 10


def test_hooks_run_in_the_context_of_the_operation() -> None:
    places: list[str] = []

    class Where(Hooks):
        def before_attempt(self, attempt: Attempt) -> None:
            places.append(WHERE.get())

    async def run(sandbox: Sandbox) -> None:
        async with sandbox.async_client(hooks=[Where()]) as client:

            async def one(place: str) -> None:
                WHERE.set(place)
                await client.agents.get_many([1001, 1002])

            await asyncio.gather(one("left"), one("right"))

    with Sandbox(demo=True) as sandbox:
        asyncio.run(run(sandbox))
        assert Counter(places) == {"left": 2, "right": 2}
        with sandbox.client(hooks=[Where()]) as client:
            contextvars.copy_context().run(lambda: (WHERE.set("sync"), client.agents.get_many([1001])))
    assert places[-1] == "sync"


def test_log_records_have_the_context_of_the_operation(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "callfluent")
    places: list[str] = []

    class Where(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            places.append(WHERE.get())

    async def run(sandbox: Sandbox) -> None:
        async with sandbox.async_client() as client:
            WHERE.set("async")
            await client.agents.get_many([1001, 1002, 1003], max_concurrency=1)

    handler = Where()
    logging.getLogger("callfluent").addHandler(handler)
    try:
        with Sandbox(demo=True) as sandbox:
            asyncio.run(run(sandbox))
    finally:
        logging.getLogger("callfluent").removeHandler(handler)
    assert places == ["async"] * 3


def test_the_event_loop_runs_while_hooks_wait() -> None:
    ticks = 0

    class Slow(Hooks):
        async def before_attempt(self, attempt: Attempt) -> None:  # type: ignore[override]
            seen = ticks
            while ticks < seen + 3:
                await asyncio.sleep(0)

    async def run(sandbox: Sandbox) -> None:
        async def tick() -> None:
            nonlocal ticks
            while True:
                ticks += 1
                await asyncio.sleep(0)

        ticking = asyncio.create_task(tick())
        async with sandbox.async_client(hooks=[Slow()]) as client:
            results = await client.agents.get_many([1001] * 20, max_concurrency=20)
        ticking.cancel()
        assert not [item for item in results if item.error]

    with Sandbox(demo=True) as sandbox:
        asyncio.run(run(sandbox))


def test_results_arrive_between_hooks() -> None:
    progress: list[int] = []

    class Slow(Recorder):
        def before_attempt(self, attempt: Attempt) -> None:
            super().before_attempt(attempt)
            time.sleep(0.005)

    with Sandbox(demo=True) as sandbox, sandbox.client(hooks=[Slow()]) as client:
        client.agents.get_many([1001] * 60, max_concurrency=2, progress=lambda done, _: progress.append(done))
    assert progress[-1] == 60
    assert len(progress) > 3, progress


def test_a_hook_can_send_requests_with_its_own_client() -> None:
    class Nested(Hooks):
        names: list[str | None] = []

        def after_attempt(self, attempt: Attempt) -> None:
            if attempt.operation == "agents.get":
                self.names.append(client.user.profile().user.name)

    with Sandbox(demo=True) as sandbox, sandbox.client(hooks=[Nested()]) as client:
        client.agents.get_many([1001, 1002, 1003])
    assert len(Nested.names) == 3


def test_a_canceled_operation_ends_its_attempts() -> None:
    recorder = Recorder()

    async def run(server: Server) -> None:
        async with AsyncCallFluent(KEY, base_url=server.base_url, hooks=[recorder]) as client:
            task = asyncio.create_task(client.agents.get_many([1, 2, 3, 4]))
            while len(recorder.begun) < 4:
                await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert [attempt.error for attempt in recorder.ended] == ["canceled"] * 4
            await asyncio.sleep(0.05)
            assert len(recorder.ended) == 4

    with Server(Reply(delay=60)) as server:
        asyncio.run(run(server))


def test_a_failed_progress_ends_its_attempts() -> None:
    recorder = Recorder()

    def stop(completed: int, total: int) -> None:
        if completed > 0:
            raise LookupError

    # One item is done at once; the others wait.
    replies = [Reply.ok(AGENT), *[Reply(delay=60)] * 3]
    with Server(*replies) as server, CallFluent(KEY, base_url=server.base_url, hooks=[recorder]) as client:
        with pytest.raises(LookupError):
            client.agents.get_many([1, 2, 3, 4], progress=stop)
    assert len(recorder.ended) == len(recorder.begun)
    assert Counter(attempt.error for attempt in recorder.ended)[None] == 1
    assert {attempt.error for attempt in recorder.ended} <= {None, "canceled"}


def test_an_interrupt_in_a_hook_sends_no_further_request() -> None:
    class Interrupted(Hooks):
        def before_attempt(self, attempt: Attempt) -> None:
            raise KeyboardInterrupt

    with Server(Reply.ok({"id": 1})) as server:
        with CallFluent(KEY, base_url=server.base_url, hooks=[Interrupted()]) as client:
            with pytest.raises(KeyboardInterrupt):
                client.calls.start_many(1, [{"phone_number": f"+1555123456{digit}"} for digit in range(5)])
            time.sleep(0.1)
        assert server.requests == []
