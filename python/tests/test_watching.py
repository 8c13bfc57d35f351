"""Waiting for the end of a call and watching the calls of an agent, on the sandbox's clock."""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from server import KEY, Reply, Server

from callfluent import APITimeoutError, AsyncCallFluent, CallFluent, InvalidRequestError, NotFoundError
from callfluent.sandbox import Sandbox

AGENT = 1002
SHORT: dict[str, Any] = {"min_interval": 0.005, "max_interval": 0.01}
PATIENCE = 30.0
"""Seconds after which a test fails."""


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(demo=True, page_size=2) as sandbox:
        yield sandbox


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[CallFluent]:
    with sandbox.client() as client:
        yield client


def start(client: CallFluent) -> Any:
    return client.calls.start(AGENT, "+15550001234").id


def lists(sandbox: Sandbox) -> int:
    return sum(entry["operation"] == "calls.list" for entry in sandbox.journal())


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


def in_thread(run: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_a_wait_returns_the_call_when_it_has_ended(sandbox: Sandbox, client: CallFluent) -> None:
    call_id = start(client)

    def end() -> None:
        until(lambda: lists(sandbox) > 3)
        sandbox.advance(600)

    thread = in_thread(end)
    call = client.calls.wait(AGENT, call_id, timeout=PATIENCE, **SHORT)
    thread.join()
    assert call.id == call_id and call["status"] == "completed"


def test_a_wait_takes_a_predicate(sandbox: Sandbox, client: CallFluent) -> None:
    call_id = start(client)
    seen: list[str] = []

    def ended(call: Any) -> bool:
        seen.append(call["status"])
        if len(seen) == 2:
            sandbox.advance(10)
        return bool(call["status"] == "in-progress")

    call = client.calls.wait(AGENT, call_id, timeout=PATIENCE, ended=ended, **SHORT)
    assert call["status"] == "in-progress" and seen == ["ringing", "ringing", "in-progress"]


def test_a_sync_wait_rejects_a_coroutine_function(sandbox: Sandbox, client: CallFluent) -> None:
    call_id = start(client)

    async def ended(call: Any) -> bool:
        return False

    with pytest.raises(InvalidRequestError, match="ended: is a coroutine function: .* use AsyncCallFluent") as raised:
        client.calls.wait(AGENT, call_id, timeout=PATIENCE, ended=ended, **SHORT)
    assert raised.value.field_errors[0][0] == "ended"


def test_an_async_wait_awaits_its_predicate(sandbox: Sandbox, client: CallFluent) -> None:
    call_id = start(client)
    seen: list[str] = []

    async def ended(call: Any) -> bool:
        await asyncio.sleep(0)
        seen.append(call["status"])
        if len(seen) == 2:
            sandbox.advance(10)
        return bool(call["status"] == "in-progress")

    async def run() -> Any:
        async with sandbox.async_client() as asynchronous:
            plain = await asynchronous.calls.wait(AGENT, call_id, timeout=PATIENCE, ended=lambda call: True, **SHORT)
            assert plain["status"] == "ringing"
            return await asynchronous.calls.wait(AGENT, call_id, timeout=PATIENCE, ended=ended, **SHORT)

    assert asyncio.run(run())["status"] == "in-progress" and seen == ["ringing", "ringing", "in-progress"]


def test_an_expired_wait_names_the_last_state(client: CallFluent) -> None:
    call_id = start(client)
    with pytest.raises(APITimeoutError) as expired:
        client.calls.wait(AGENT, call_id, timeout=0.2)
    message = f'calls.wait: timeout after 0.2 s: phone call {call_id} has not ended, its status is "ringing"'
    assert message in str(expired.value) and not expired.value.outcome_unknown
    with pytest.raises(APITimeoutError, match="the call history of agent 1002 does not contain phone call 999999"):
        client.calls.wait(AGENT, "999999", timeout=0.2)


@pytest.mark.parametrize("timeout", [1e-9, 1e-6])
def test_a_wait_whose_timeout_has_passed_sends_nothing(sandbox: Sandbox, client: CallFluent, timeout: float) -> None:
    with pytest.raises(APITimeoutError, match=r"calls\.wait: timeout after 0.* was not read in time"):
        client.calls.wait(AGENT, 1, timeout=timeout)
    assert sandbox.journal() == []


def test_invalid_arguments_are_found_before_sending(sandbox: Sandbox, client: CallFluent) -> None:
    wrong: Any = "soon"
    with pytest.raises(InvalidRequestError, match="timeout: must be above 0"):
        client.calls.wait(AGENT, 1, timeout=0)
    with pytest.raises(InvalidRequestError, match="timeout: expected seconds as a number"):
        client.calls.wait(AGENT, 1, timeout=wrong)
    with pytest.raises(InvalidRequestError, match="min_interval: must be above 0"):
        client.calls.wait(AGENT, 1, min_interval=0)
    with pytest.raises(InvalidRequestError, match="include_existing: expected True or False"):
        client.calls.watch(AGENT, include_existing=wrong)
    assert sandbox.journal() == []


def test_a_watch_yields_new_and_changed_calls(sandbox: Sandbox, client: CallFluent) -> None:
    calls = client.calls.watch(AGENT, **SHORT)
    started: list[Any] = []
    seen: list[tuple[Any, str]] = []

    def act() -> None:
        until(lambda: lists(sandbox) > 4)
        with sandbox.client() as other:
            started.append(start(other))
        until(lambda: len(seen) == 1)
        sandbox.advance(600)

    thread = in_thread(act)
    for call in calls:
        seen.append((call.id, call["status"]))
        if len(seen) == 2:
            break
    thread.join()
    assert seen == [(started[0], "ringing"), (started[0], "completed")]


def test_a_watch_yields_existing_calls_on_request(client: CallFluent) -> None:
    existing = [call.id for call in client.calls.list(AGENT)]
    calls = client.calls.watch(AGENT, include_existing=True)
    assert existing and [call.id for call in itertools.islice(calls, len(existing))] == existing


def test_a_watch_continues_after_an_error(sandbox: Sandbox) -> None:
    with sandbox.client(max_retries=0) as client:
        sandbox.respond(status=500, operation="calls.list", times=1)
        calls = client.calls.watch(AGENT, include_existing=True, **SHORT)
        with pytest.raises(Exception, match="500"):
            next(calls)
        assert next(calls).id == client.calls.list(AGENT).items[0].id
    with sandbox.client() as client, pytest.raises(NotFoundError):
        next(client.calls.watch(99_999))


def test_an_iterator_belongs_to_one_thread(sandbox: Sandbox, client: CallFluent) -> None:
    calls = client.calls.watch(AGENT, **SHORT)
    seen: list[Any] = []
    thread = in_thread(lambda: seen.append(next(calls).id))
    until(lambda: lists(sandbox) > 4)
    with pytest.raises(RuntimeError, match="the iterator is in use; create one for each thread or task"):
        next(calls)
    call_id = start(client)
    thread.join()
    assert seen == [call_id]


# A shell ignores SIGINT in what it starts in the background, and programs inherit that.
PROGRAM = """
import signal, sys
from callfluent import CallFluent
signal.signal(signal.SIGINT, signal.default_int_handler)
client = CallFluent("key", base_url=sys.argv[1])
print("begin", flush=True)
try:
    for call in client.calls.watch(1002):
        pass
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")
def test_ctrl_c_ends_a_watch_at_once(sandbox: Sandbox) -> None:
    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM.replace('"key"', repr(sandbox.api_key)), sandbox.base_url],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "CALLFLUENT_OFFLINE": "1"},
    )
    assert program.stdout is not None and program.stdout.readline() == "begin\n"
    until(lambda: lists(sandbox) > 2)
    begin = time.monotonic()
    program.send_signal(signal.SIGINT)
    assert program.communicate(timeout=PATIENCE)[0] == "interrupted\n"
    # The delay between polls is longer.
    assert time.monotonic() - begin < 5 and program.returncode == 0


def test_async_waits_and_watches_do_not_block_the_loop(sandbox: Sandbox) -> None:
    async def run() -> None:
        async with sandbox.async_client() as client:
            started = await client.calls.start(AGENT, "+15550001234")
            waiting = asyncio.create_task(client.calls.wait(AGENT, started.id, timeout=PATIENCE, **SHORT))
            ticks = 0
            while ticks < 20:
                await asyncio.sleep(0.002)
                ticks += 1
            assert not waiting.done()
            await sandbox.async_advance(600)
            assert (await waiting)["status"] == "completed"
            existing = [call.id async for call in client.calls.list(AGENT)]
            seen = []
            async for call in client.calls.watch(AGENT, include_existing=True):
                seen.append(call.id)
                if len(seen) == len(existing):
                    break
            assert seen == existing
            custom = await client.calls.wait(AGENT, started.id, ended=lambda call: call["status"] == "completed")
            assert custom.id == started.id

    asyncio.run(run())


def test_a_canceled_async_watch_loses_no_call(sandbox: Sandbox) -> None:
    async def run() -> None:
        async with sandbox.async_client() as client:
            calls = client.calls.watch(AGENT, **SHORT)
            started: list[Any] = []
            seen: list[Any] = []

            async def take(seconds: float) -> None:
                try:
                    while True:
                        seen.append((await asyncio.wait_for(anext(calls), seconds)).id)
                except asyncio.TimeoutError:
                    pass

            first = asyncio.ensure_future(anext(calls))
            while lists(sandbox) < 6:
                await asyncio.sleep(0.005)
            started.append((await client.calls.start(AGENT, "+15550001234")).id)
            seen.append((await first).id)
            for number in range(25):
                started.append((await client.calls.start(AGENT, "+15550001234")).id)
                await take(0.0005 * number)
            while len(seen) < len(started):
                seen.append((await asyncio.wait_for(anext(calls), PATIENCE)).id)
            assert seen == started

    asyncio.run(run())


def test_cancelling_the_task_closes_the_connection(capsys: pytest.CaptureFixture[str]) -> None:
    with Server(Reply(delay=PATIENCE)) as server:

        async def run() -> None:
            async with AsyncCallFluent(KEY, base_url=server.base_url) as client:
                task = asyncio.create_task(anext(client.calls.watch(AGENT)))
                while not server.requests:
                    await asyncio.sleep(0.005)
                begin = time.monotonic()
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
                assert time.monotonic() - begin < 5

        asyncio.run(run())
