"""Hooks of requests that are canceled, time out, or are made by hooks: each hook sees the start and
the end of an attempt, in this order."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
from server import KEY, Reply, Server

from callfluent import APITimeoutError, AsyncCallFluent, CallFluent
from callfluent.hooks import Attempt, Hooks

WORKSPACES = Reply.ok([{"id": 7, "name": "Ann"}])


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(WORKSPACES) as server:
        yield server


@pytest.fixture
def failures(monkeypatch: pytest.MonkeyPatch) -> list[BaseException]:
    """The exceptions of hooks."""
    found: list[BaseException] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda failure: found.append(failure.exc_value))
    return found


class Recorder(Hooks):
    """Records the events of its attempts, in a list that hooks share."""

    def __init__(self, name: str, events: list[str]) -> None:
        self.name = name
        self.events = events

    def before_attempt(self, attempt: Attempt) -> Any:
        self.events.append(f"{self.name} before")

    def after_attempt(self, attempt: Attempt) -> Any:
        self.events.append(f"{self.name} after {attempt.error}")


class SlowRecorder(Recorder):
    """Waits before each attempt until it is released."""

    def __init__(self, name: str, events: list[str]) -> None:
        super().__init__(name, events)
        self.entered, self.released, self.ended = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def before_attempt(self, attempt: Attempt) -> None:
        super().before_attempt(attempt)
        self.entered.set()
        await self.released.wait()

    async def after_attempt(self, attempt: Attempt) -> None:
        await asyncio.sleep(0)
        super().after_attempt(attempt)
        self.ended.set()


@pytest.mark.parametrize(("ends", "error"), [("cancel", "canceled"), ("timeout", "APITimeoutError")])
def test_no_hook_sees_an_end_before_its_start(server: Server, ends: str, error: str) -> None:
    async def main() -> list[str]:
        events: list[str] = []
        first, last = Recorder("first", events), SlowRecorder("last", events)
        slow = SlowRecorder("slow", events)
        last.released.set()
        client = AsyncCallFluent(KEY, base_url=server.base_url, hooks=[first, slow, last])
        request = asyncio.create_task(client.workspaces.list(timeout=0.2 if ends == "timeout" else 30))
        await slow.entered.wait()
        if ends == "cancel":
            request.cancel()
        with pytest.raises((asyncio.CancelledError, APITimeoutError)):
            await request
        slow.released.set()
        await asyncio.wait_for(last.ended.wait(), 10)
        return events

    starts = ["first before", "slow before", "last before"]
    assert asyncio.run(main()) == [*starts, *(f"{name} after {error}" for name in ("first", "slow", "last"))]
    assert server.requests == []


def test_hooks_end_when_their_event_loop_shuts_down(server: Server) -> None:
    events: list[str] = []

    async def main() -> None:
        slow = SlowRecorder("slow", events)
        hooks = [Recorder("first", events), slow, Recorder("last", events)]
        client = AsyncCallFluent(KEY, base_url=server.base_url, hooks=hooks)
        # The loop cancels both the request and its hook when `main` has returned.
        main.request = asyncio.create_task(client.workspaces.list())  # type: ignore[attr-defined]
        await slow.entered.wait()

    asyncio.run(main())
    assert events[:2] == ["first before", "slow before"]
    assert sorted(events[2:]) == ["first after canceled", "slow after canceled"]


@pytest.mark.parametrize("error", [asyncio.CancelledError(), GeneratorExit(), ValueError("broken")], ids=repr)
@pytest.mark.parametrize("kind", ["plain", "coroutine"])
def test_a_hook_that_raises_delays_no_request(
    server: Server, failures: list[BaseException], kind: str, error: BaseException
) -> None:
    if kind == "coroutine" and not isinstance(error, Exception) and sys.version_info < (3, 11):
        pytest.skip("Python 3.10 does not count the requests to cancel a task")
    events: list[str] = []

    class Raises(Recorder):
        def before_attempt(self, attempt: Attempt) -> Any:
            super().before_attempt(attempt)
            if kind == "plain":
                raise error
            return self.fail()

        async def fail(self) -> None:
            raise error

    async def main() -> None:
        client = AsyncCallFluent(KEY, base_url=server.base_url, hooks=[Raises("a", events), Recorder("b", events)])
        assert len(await asyncio.wait_for(client.workspaces.list(timeout=30), 10)) == 1

    asyncio.run(main())
    assert events == ["a before", "b before", "a after None", "b after None"]
    assert failures == [error]


class Nested(Hooks):
    """Makes a request of its own before each attempt that is not one of those."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.client: Any = None
        self.names: list[str] = []
        self.is_nested = False

    def before_attempt(self, attempt: Attempt) -> Any:
        return self.run() if self.where == "before" else None

    def after_attempt(self, attempt: Attempt) -> Any:
        return self.run() if self.where == "after" else None

    def run(self) -> Any:
        if self.is_nested:
            return None
        self.is_nested = True
        if isinstance(self.client, AsyncCallFluent):
            return self.run_async()
        self.names.append(self.client.workspaces.list()[0].name)
        self.is_nested = False
        return None

    async def run_async(self) -> None:
        self.names.append((await self.client.workspaces.list())[0].name)
        self.is_nested = False


@pytest.mark.parametrize("where", ["before", "after"])
def test_a_hook_uses_its_client_at_the_concurrency_limit(server: Server, where: str) -> None:
    hook = Nested(where)
    hook.client = CallFluent(KEY, base_url=server.base_url, hooks=[hook], max_concurrency=1, queue_timeout=10)
    for _ in range(2):
        assert len(hook.client.workspaces.list()) == 1
    assert hook.names == ["Ann", "Ann"]


def test_an_async_hook_uses_its_client_at_the_limit(server: Server) -> None:
    async def main() -> None:
        hook = Nested("before")
        hook.client = AsyncCallFluent(KEY, base_url=server.base_url, hooks=[hook], max_concurrency=1, queue_timeout=10)
        assert len(await asyncio.wait_for(hook.client.workspaces.list(), 10)) == 1
        assert hook.names == ["Ann"]

    asyncio.run(main())


def test_a_task_that_outlives_its_hook_is_limited() -> None:
    class Background(Hooks):
        client: AsyncCallFluent
        task: Any = None

        def before_attempt(self, attempt: Attempt) -> None:
            if self.task is None:
                self.task = asyncio.create_task(self.later())

        async def later(self) -> None:
            await asyncio.sleep(0.1)
            await self.client.workspaces.list()

    async def main(server: Server) -> float:
        hook = Background()
        hook.client = AsyncCallFluent(KEY, base_url=server.base_url, hooks=[hook], max_concurrency=1)
        begun = time.monotonic()
        await asyncio.gather(hook.client.workspaces.list(), hook.client.workspaces.list())
        await hook.task
        return time.monotonic() - begun

    with Server(Reply.ok([])) as server:
        server.script[0].delay = 0.3
        assert asyncio.run(main(server)) >= 0.85


def test_no_attempt_begins_after_a_hook_overran_the_timeout(server: Server) -> None:
    class Slow(Hooks):
        def before_attempt(self, attempt: Attempt) -> None:
            time.sleep(0.2)

    client = CallFluent(KEY, base_url=server.base_url, hooks=[Slow()], timeout=0.1)
    with pytest.raises(APITimeoutError, match="the hooks before attempt 1 need longer") as raised:
        client.calls.start(7, "+15551234567")
    assert raised.value.attempts == 0 and not raised.value.outcome_unknown
    assert server.requests == []
