"""Views of a request besides its result: raw response, request IDs, curl commands, and
hooks before and after each attempt."""

from __future__ import annotations

import asyncio
import contextvars
import json
import logging
import os
import pickle
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from server import KEY, Reply, Server

import callfluent
from callfluent import APITimeoutError, AsyncCallFluent, CallFluent, InvalidRequestError
from callfluent.hooks import Attempt, Hooks
from callfluent.sandbox import Sandbox

VECTORS = Path(__file__).parents[2] / "tests" / "visibility"
AGENT = {"agent": {"id": 7, "name": "Sales"}, "files": [], "totalCalls": 1, "averageDuration": 2}
BASE_URL = "https://api.example.com/api"


def vectors(name: str) -> list[Any]:
    return [
        pytest.param(vector, id=vector["name"]) for vector in json.loads((VECTORS / f"{name}.json").read_text("utf-8"))
    ]


def method(client: Any, operation: str) -> Any:
    resource, _, verb = operation.partition(".")
    return getattr(getattr(client, resource), verb)


class Recorder(Hooks):
    def __init__(self) -> None:
        self.begun: list[Attempt] = []
        self.ended: list[Attempt] = []

    def before_attempt(self, attempt: Attempt) -> None:
        attempt.headers["X-Attempt"] = str(attempt.number)
        self.begun.append(attempt)

    def after_attempt(self, attempt: Attempt) -> None:
        self.ended.append(attempt)


class AsyncRecorder(Recorder):
    async def before_attempt(self, attempt: Attempt) -> None:  # type: ignore[override]
        await asyncio.sleep(0.001)
        super().before_attempt(attempt)

    async def after_attempt(self, attempt: Attempt) -> None:  # type: ignore[override]
        super().after_attempt(attempt)


class Broken(Hooks):
    def before_attempt(self, attempt: Attempt) -> None:
        raise ValueError("a defect of the hook")

    def after_attempt(self, attempt: Attempt) -> None:
        raise ValueError("a defect of the hook")


@pytest.fixture
def failures(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Exceptions of hooks."""
    found: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", found.append)
    return found


# Raw responses


def test_the_raw_response_comes_with_the_result() -> None:
    headers = {"x_request_id": "server-1", "set_cookie": "session=secret", "x_echo": KEY}
    reply = Reply.json({"status": True, "data": AGENT}, **headers)
    with Server(Reply(503), reply) as server, CallFluent(KEY, base_url=server.base_url) as client:
        response = client.with_raw_response.agents.get(7)
    assert response.status_code == 200
    assert response.attempts == 2
    assert response.request_id == "server-1"
    assert response.headers["x-request-id"] == "server-1"
    assert "set-cookie" not in response.headers
    assert KEY not in json.dumps(response.headers)
    assert response.parse() is response.value
    assert response.parse().agent.name == "Sales"
    assert json.loads(response.text)["data"]["agent"]["id"] == 7
    assert (response.method, response.url) == ("GET", f"{server.base_url}/agent/get-one/7")


def test_every_kind_of_method_has_a_raw_response() -> None:
    with Sandbox(demo=True) as sandbox, sandbox.client() as client:
        agents = client.with_raw_response.agents.list(1)
        assert agents.parse()[0].id
        assert type(agents.parse()) is type(client.agents.list(1))
        page = client.with_raw_response.calls.list(1001, page=2)
        assert page.status_code == 200
        assert [call.id for call in page.value.items] == [call.id for call in client.calls.list(1001, page=2).items]
        following, expected = page.value.next_page(), client.calls.list(1001, page=2).next_page()
        assert (following and [call.id for call in following.items]) == (
            expected and [call.id for call in expected.items]
        )
        profile = client.with_raw_response.request("GET", "/user/profile")
        assert "user" in profile.value or "data" in profile.value, profile.text
        uploaded = client.with_raw_response.knowledge.upload_only(1001, [("a.txt", b"one")])
        assert uploaded.method == "PUT"
        patched = client.with_raw_response.agents.patch(1001, tone="Warm")
        assert patched.value.agent.tone == "Warm"


def test_an_async_client_has_raw_responses() -> None:
    async def run() -> None:
        with Sandbox(demo=True) as sandbox:
            async with sandbox.async_client() as client:
                response = await client.with_raw_response.agents.get(1001)
                assert (response.status_code, response.parse().agent.id) == (200, 1001)
                page = await client.with_raw_response.calls.list(1001)
                assert page.value.items[0].id == (await client.calls.list(1001)).items[0].id
                assert page.value.page == 1
                following, expected = await page.value.next_page(), await (await client.calls.list(1001)).next_page()
                assert (following and following.items[0].id) == (expected and expected.items[0].id)
                assert (await client.with_raw_response.request("GET", "/user/profile")).status_code == 200

    asyncio.run(run())


# Request IDs


def test_a_request_id_is_sent_and_shown() -> None:
    reply = Reply.json({"status": False}, 404, x_request_id="server-1")
    with Server(reply) as server, CallFluent(KEY, base_url=server.base_url) as client:
        with pytest.raises(callfluent.NotFoundError) as raised:
            client.agents.get(7, request_id="lead-42")
        assert server.requests[0].headers["x-request-id"] == "lead-42"
        assert (raised.value.client_request_id, raised.value.request_id) == ("lead-42", "server-1")
        assert raised.value.headers and raised.value.headers["x-request-id"] == "server-1"
        assert "client request id lead-42" in str(raised.value)
        copy = pickle.loads(pickle.dumps(raised.value))
        assert copy.client_request_id == "lead-42"
        with pytest.raises(InvalidRequestError) as invalid:
            client.agents.get(7, request_id="a\nb")
        assert invalid.value.field_errors[0][0] == "request_id"
        with pytest.raises(InvalidRequestError, match="request_id"):
            client.with_options(request_id=5)  # type: ignore[arg-type]
        assert len(server.requests) == 1


# curl commands


@pytest.mark.parametrize("vector", vectors("curl"))
@pytest.mark.parametrize("kind", [CallFluent, AsyncCallFluent])
def test_curl_commands_are_those_of_the_vectors(vector: dict[str, Any], kind: Any) -> None:
    client = kind(KEY, base_url=BASE_URL)
    named = dict(vector["arguments"])
    for option, name in (("request_id", "request_id"), ("headers", "extra_headers")):
        if option in vector:
            named[name] = vector[option]
    if "attachments" in vector:
        named["files"] = [(file["name"], file["text"].encode()) for file in vector["attachments"]]
    command = method(client.as_curl, vector["operation"])(**named)
    assert command.split("\n") == vector["lines"]


def test_a_request_by_path_has_a_curl_command() -> None:
    client = CallFluent(KEY, base_url=BASE_URL)
    command = client.as_curl.request("POST", "/x", {"a": "b"}, {"page": 1})
    assert command.startswith("curl --request POST 'https://api.example.com/api/x?page=1' ")
    assert command.endswith('--data-raw \'{"a":"b"}\'')
    with pytest.raises(InvalidRequestError, match="several requests"):
        client.as_curl.agents.patch(7, tone="Warm")
    with pytest.raises(InvalidRequestError, match="agent_id"):
        client.as_curl.agents.get("")


# Hooks


def check_attempts(vector: dict[str, Any], recorder: Recorder, error: BaseException | None, sandbox: Sandbox) -> None:
    assert (None if error is None else type(error).__name__) == vector["error"]
    seen = [{"number": it.number, "status": it.status_code, "error": it.error} for it in recorder.ended]
    assert seen == vector["attempts"]
    assert recorder.begun == recorder.ended
    for attempt in recorder.ended:
        assert attempt.operation == vector["operation"]
        assert (attempt.method, attempt.path) == (vector["method"], vector["path"])
        assert attempt.url_template == vector["url_template"]
        assert attempt.client_request_id == vector["request_id"]
        assert attempt.duration is not None
        assert 0 <= attempt.duration < 30
    sent = [entry["headers"]["x-attempt"] for entry in sandbox.journal()]
    assert sent == [str(attempt["number"]) for attempt in vector["attempts"]]


@pytest.mark.parametrize("vector", vectors("attempts"))
def test_hooks_see_the_attempts_of_the_vectors(vector: dict[str, Any]) -> None:
    recorder = Recorder()
    with Sandbox(demo=True) as sandbox:
        for response in vector["responses"]:
            sandbox.respond(**response)
        client = sandbox.client(max_retries=vector["max_retries"], hooks=[recorder])
        error = None
        try:
            method(client, vector["operation"])(**vector["arguments"], request_id=vector["request_id"])
        except callfluent.CallFluentError as raised:
            error = raised
        check_attempts(vector, recorder, error, sandbox)


@pytest.mark.parametrize("vector", vectors("attempts"))
@pytest.mark.parametrize("kind", [Recorder, AsyncRecorder])
def test_async_hooks_see_the_attempts_of_the_vectors(vector: dict[str, Any], kind: type[Recorder]) -> None:
    recorder = kind()

    async def run(sandbox: Sandbox) -> BaseException | None:
        client = sandbox.async_client(max_retries=vector["max_retries"], hooks=[recorder])
        try:
            await method(client, vector["operation"])(**vector["arguments"], request_id=vector["request_id"])
        except callfluent.CallFluentError as raised:
            return raised
        finally:
            # The last hook may be a task.
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        return None

    with Sandbox(demo=True) as sandbox:
        for response in vector["responses"]:
            sandbox.respond(**response)
        check_attempts(vector, recorder, asyncio.run(run(sandbox)), sandbox)


def test_a_broken_hook_changes_nothing(failures: list[Any]) -> None:
    recorder = Recorder()
    with Sandbox(demo=True) as sandbox:
        with sandbox.client(hooks=[Broken(), recorder]) as client:
            assert client.calls.start(1002, "+15551234567").id

        async def run() -> None:
            async with sandbox.async_client(hooks=[Broken(), recorder]) as client:
                assert (await client.calls.start(1002, "+15551234567")).id

        asyncio.run(run())
        assert len(sandbox.journal()) == 2, "each phone call is started once"
    assert [attempt.status_code for attempt in recorder.ended] == [200, 200]
    assert [str(failure.exc_value) for failure in failures] == ["a defect of the hook"] * 4


def test_a_failed_hook_is_logged_with_its_operation(failures: list[Any], caplog: pytest.LogCaptureFixture) -> None:
    with Sandbox(demo=True) as sandbox:
        with sandbox.client(hooks=[Broken()]) as client:
            client.agents.get_public(1002)

        async def run() -> None:
            async with sandbox.async_client(hooks=[Broken()]) as client:
                await client.agents.get_public(1002)

        asyncio.run(run())
    lines = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    text = "a hook failed; the request continues without it hook={} operation=agents.get_public error=ValueError: {}"
    assert lines == [text.format(hook, "a defect of the hook") for hook in ("before_attempt", "after_attempt")] * 2
    assert {record.name for record in caplog.records} == {"callfluent"}
    assert len(failures) == 4


def test_a_hook_cannot_replace_the_key(failures: list[Any]) -> None:
    class Thief(Hooks):
        def before_attempt(self, attempt: Attempt) -> None:
            attempt.headers.update({"Authorization": "Bearer mine", "X-Good": "1", "bad name": "1", "X-Number": 5})  # type: ignore[dict-item]

    with Server(Reply.ok(AGENT)) as server, CallFluent(KEY, base_url=server.base_url, hooks=[Thief()]) as client:
        client.agents.get(7)
    headers = server.requests[0].headers
    assert (headers["authorization"], headers["x-good"]) == (f"Bearer {KEY}", "1")
    assert len(failures) == 3
    assert "is set from the API key" in str(failures[0].exc_value)


def test_a_coroutine_needs_an_async_client(failures: list[Any]) -> None:
    with Server(Reply.ok(AGENT)) as server:
        with CallFluent(KEY, base_url=server.base_url, hooks=[AsyncRecorder()]) as client:
            client.agents.get(7)
    assert len(failures) == 2
    assert "AsyncCallFluent" in str(failures[0].exc_value)


@pytest.mark.parametrize("hooks", [Recorder(), [Recorder], [object()], 5])
def test_other_objects_are_rejected_as_hooks(hooks: Any) -> None:
    if isinstance(hooks, list) and hooks[0] is Recorder:
        # The class has the methods; its instances are hooks.
        hooks = [print]
    with pytest.raises(InvalidRequestError, match="hooks: ") as raised:
        CallFluent(KEY, hooks=hooks)
    assert raised.value.field_errors[0][0] == "hooks"


def test_hooks_run_in_the_context_of_their_request() -> None:
    variable: contextvars.ContextVar[int] = contextvars.ContextVar("variable")
    seen: dict[str, list[int]] = {"before": [], "after": []}

    class Context(Hooks):
        def before_attempt(self, attempt: Attempt) -> None:
            seen["before"].append(variable.get())

        def after_attempt(self, attempt: Attempt) -> None:
            seen["after"].append(variable.get())

    async def one(client: AsyncCallFluent, number: int) -> None:
        variable.set(number)
        await client.agents.get(1001)

    async def run(sandbox: Sandbox) -> None:
        async with sandbox.async_client(hooks=[Context()]) as client:
            await asyncio.gather(*(one(client, number) for number in range(20)))

    with Sandbox(demo=True) as sandbox:
        asyncio.run(run(sandbox))
        assert sorted(seen["before"]) == sorted(seen["after"]) == list(range(20))
        variable.set(99)
        sandbox.client(hooks=[Context()]).agents.get(1001)
    assert (seen["before"][-1], seen["after"][-1]) == (99, 99)


def test_a_hook_can_send_requests() -> None:
    with Sandbox(demo=True) as sandbox:
        other = sandbox.client()

        class Nested(Hooks):
            def before_attempt(self, attempt: Attempt) -> None:
                attempt.headers["X-Name"] = str(other.agents.get(1002).agent.id)

        sandbox.client(hooks=[Nested()]).agents.get(1001)
        assert sandbox.journal()[-1]["headers"]["x-name"] == "1002"


def test_a_slow_hook_does_not_block_other_threads() -> None:
    entered, released = threading.Event(), threading.Event()

    class Slow(Hooks):
        def before_attempt(self, attempt: Attempt) -> None:
            entered.set()
            assert released.wait(30)

    with Sandbox(demo=True) as sandbox:
        slow, fast = sandbox.client(hooks=[Slow()]), sandbox.client()
        waiting = threading.Thread(target=lambda: slow.agents.get(1001))
        waiting.start()
        assert entered.wait(30)
        for _ in range(20):
            fast.agents.get(1002)
        released.set()
        waiting.join(30)
        assert len(sandbox.journal()) == 21


def test_a_hook_counts_for_the_timeout() -> None:
    class Slow(Recorder):
        def before_attempt(self, attempt: Attempt) -> None:
            super().before_attempt(attempt)
            time.sleep(0.3)

    slow = Slow()
    with Server(Reply.ok(AGENT)) as server:
        client = CallFluent(KEY, base_url=server.base_url, hooks=[slow], timeout=0.1)
        with pytest.raises(APITimeoutError):
            client.agents.get(7)
        assert server.requests == []
    assert [attempt.error for attempt in slow.ended] == ["APITimeoutError"]


def test_a_canceled_task_ends_its_attempt() -> None:
    recorder = Recorder()

    async def run(server: Server) -> None:
        async with AsyncCallFluent(KEY, base_url=server.base_url, hooks=[recorder]) as client:
            task = asyncio.create_task(client.agents.get(7))
            while not recorder.begun:
                await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert [attempt.error for attempt in recorder.ended] == ["canceled"]

    with Server(Reply(delay=60)) as server:
        asyncio.run(run(server))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
def test_an_interrupt_ends_its_attempt(request: pytest.FixtureRequest) -> None:
    # A shell ignores interrupts for its background jobs.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    request.addfinalizer(lambda: signal.signal(signal.SIGINT, before))
    recorder = Recorder()
    with Server(Reply(delay=60)) as server:
        client = CallFluent(KEY, base_url=server.base_url, hooks=[recorder])

        def interrupt() -> None:
            while not recorder.begun:
                time.sleep(0.01)
            time.sleep(0.1)
            os.kill(os.getpid(), signal.SIGINT)

        thread = threading.Thread(target=interrupt)
        thread.start()
        with pytest.raises(KeyboardInterrupt):
            client.agents.get(7)
        thread.join()
    assert [attempt.error for attempt in recorder.ended] == ["canceled"]


def test_an_interrupt_in_a_hook_ends_the_request() -> None:
    class Interrupted(Recorder):
        def before_attempt(self, attempt: Attempt) -> None:
            super().before_attempt(attempt)
            raise KeyboardInterrupt

    with Server(Reply.ok(AGENT)) as server:
        with CallFluent(KEY, base_url=server.base_url, hooks=[Interrupted()]) as client:
            with pytest.raises(KeyboardInterrupt):
                client.agents.get(7)
        assert server.requests == []


def test_a_client_with_hooks_can_be_pickled() -> None:
    copy = pickle.loads(pickle.dumps(CallFluent(KEY, base_url=BASE_URL, hooks=[Broken()])))
    assert "get-one" in copy.as_curl.agents.get(7)
    assert CallFluent(KEY, hooks=[]).with_options(timeout=5)


def test_an_attempt_shows_no_headers() -> None:
    attempt = Attempt("agents.get", "GET", f"{BASE_URL}/x", "/api/x", 1)
    attempt.headers["X-Token"] = "hidden"
    assert repr(attempt) == "Attempt(agents.get, number=1)"
