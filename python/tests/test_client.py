"""The clients in ordinary use: pages, pickling, interrupts, forks, loops, uploads, secrets."""

from __future__ import annotations

import asyncio
import copy
import gc
import io
import json
import logging
import os
import pickle
import signal
import threading
import time
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest
from processes import run
from server import KEY, Reply, Server

import callfluent
from callfluent import AsyncCallFluent, CallFluent
from callfluent.sandbox import Sandbox

CANARY = "cf_canary_4f1d9b7e2a"
AGENT = {
    "workspace_id": 1,
    "format": "inbound",
    "timezone": "UTC+00:00",
    "name": "Front desk",
    "lang": "en",
    "voice": "alloy",
    "agent_type": "support",
    "background": "You answer the phone.",
    "goal": "Help callers",
    "tone": "Calm",
    "instructions": "Be brief.",
}


def test_the_main_workflow_runs_against_the_sandbox(callfluent_sandbox: Sandbox) -> None:
    client = callfluent_sandbox.client(strict=True)
    agent = client.agents.create(**AGENT)
    [file] = client.knowledge.upload(agent.id, [("a.txt", "text")])
    action = client.actions.create(agent.id, callfluent.SendSms(name="n", instruction="i", content="c"))
    assert action.agent_id == agent.id
    assert client.agents.patch(agent.id, tone="Lively").agent.tone == "Lively"
    assert client.agents.get(agent.id).files == [file] and file.name == "a.txt"
    assert client.agents.delete(agent.id) == []
    assert client.drift() == []
    assert [entry["status"] for entry in callfluent_sandbox.journal() if entry["status"] != 200] == []


@pytest.mark.parametrize("readme", ["README.md", "python/README.md"])
def test_the_example_of_a_readme_runs_as_printed(readme: str) -> None:
    text = (Path(__file__).parents[2] / readme).read_text("utf-8")
    example = text.partition("```python\n")[2].partition("```")[0]
    with Sandbox(demo=True) as sandbox:
        done = run(example, CALLFLUENT_API_KEY=sandbox.api_key, CALLFLUENT_BASE_URL=sandbox.base_url)
        operations = [entry["operation"] for entry in sandbox.journal()]
    assert done.returncode == 0, done.stderr
    assert {"agents.list", "actions.create", "calls.start", "calls.hang_up"} <= set(operations)


def test_iteration_fetches_pages_lazily() -> None:
    with Sandbox(demo=True, page_size=10) as sandbox:
        client = sandbox.client()
        calls = client.calls.list(1001)
        ids = {call.id for call in calls}
        assert len(ids) == client.agents.get(1001).total_calls == 35
        page = client.calls.list(1001, page=2)
        following = page.next_page()
        assert following is not None
        assert (page.page, len(page.items), following.page) == (2, 10, 3)
        assert client.calls.list(1001, page=99).next_page() is None

        async def run() -> int:
            async with sandbox.async_client() as client:
                page = await client.calls.list(1001, page=1)
                following = await page.next_page()
                assert following is not None and following.page == 2
                return len([call async for call in client.calls.list(1001)])

        assert asyncio.run(run()) == 35


def test_one_client_serves_several_loops_and_threads() -> None:
    with Server(Reply.ok([{"id": 1, "name": "a"}])) as server:
        client = AsyncCallFluent(KEY, base_url=server.base_url)

        async def run() -> int:
            results = await asyncio.gather(*(client.workspaces.list() for _ in range(20)))
            return sum(len(result) for result in results)

        assert [asyncio.run(run()) for _ in range(3)] == [20, 20, 20]
        counts: list[int] = []
        threads = [threading.Thread(target=lambda: counts.append(asyncio.run(run()))) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert counts == [20] * 4


def test_the_sync_client_works_inside_a_running_loop() -> None:
    async def run() -> int:
        with Server(Reply.ok([])) as server:
            return len(CallFluent(KEY, base_url=server.base_url).workspaces.list())

    assert asyncio.run(run()) == 0


def test_a_canceled_task_ends_its_request_at_the_server() -> None:
    async def run(server: Server) -> None:
        client = AsyncCallFluent(KEY, base_url=server.base_url)
        task = asyncio.create_task(client.workspaces.list())
        await asyncio.sleep(0.2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(client.workspaces.list(), 0.1)
        await asyncio.sleep(0.2)

    with Server(Reply(delay=5)) as server:
        asyncio.run(run(server))
        assert server.abandoned == 2


def test_awaiting_outside_asyncio_raises_with_the_remedy() -> None:
    coroutine = AsyncCallFluent(KEY).workspaces.list()
    with pytest.raises(RuntimeError, match="needs asyncio"):
        coroutine.send(None)


def test_a_timeout_limits_a_dripping_body() -> None:
    with Server(Reply(200, b" " * 1000, drip=0.05)) as server:
        client = CallFluent(KEY, base_url=server.base_url)
        started = time.monotonic()
        with pytest.raises(TimeoutError) as raised:
            client.workspaces.list(timeout=0.3)
        assert time.monotonic() - started < 0.6
        assert isinstance(raised.value, callfluent.APITimeoutError)


def test_a_call_that_may_have_started_is_not_retried() -> None:
    with Server(Reply(close=True)) as server:
        client = CallFluent(KEY, base_url=server.base_url)
        with pytest.raises(callfluent.APIConnectionError) as raised:
            client.calls.start(7, "+15550001234", name="Ada")
        assert raised.value.outcome_unknown
        assert raised.value.__cause__ is not None
        assert len(server.requests) == 1
        assert server.requests[0].json() == {"phone_number": "+15550001234", "name": "Ada"}


def test_other_threads_run_during_a_request() -> None:
    with Server(Reply(200, b'{"data": []}', delay=0.5)) as server:
        client = CallFluent(KEY, base_url=server.base_url)
        request = threading.Thread(target=client.workspaces.list)
        request.start()
        turns = 0
        while request.is_alive():
            time.sleep(0.001)
            turns += 1
    assert turns > 50


@pytest.fixture
def interrupts() -> Iterator[None]:
    """Restores interrupts as in a terminal: programs that a shell starts in the background ignore
    them."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.skipif(os.name != "posix", reason="signals are sent as on Unix")
def test_an_interrupt_ends_a_sync_request_at_once(interrupts: None) -> None:
    with Server(Reply(delay=10)) as server:
        client = CallFluent(KEY, base_url=server.base_url)
        interrupted = 0.0

        def interrupt() -> None:
            nonlocal interrupted
            interrupted = time.monotonic()
            os.kill(os.getpid(), signal.SIGINT)

        took = []
        for _ in range(3):
            threading.Timer(0.2, interrupt).start()
            with pytest.raises(KeyboardInterrupt):
                client.workspaces.list()
            took.append(time.monotonic() - interrupted)
        # The fastest of three, because a busy machine can delay each one.
        assert min(took) < 0.1, took
        time.sleep(0.1)
        assert server.abandoned == len(took)


@pytest.mark.skipif(os.name != "posix", reason="signals are sent as on Unix")
def test_a_signal_handler_can_send_a_request_and_continue() -> None:
    with Server(Reply(200, b'{"data": []}', delay=0.5)) as slow, Server(Reply.ok([])) as quick:
        client, other = CallFluent(KEY, base_url=slow.base_url), CallFluent(KEY, base_url=quick.base_url)
        seen: list[object] = []
        before = signal.signal(signal.SIGUSR1, lambda *_: seen.append(other.workspaces.list()))
        try:
            threading.Timer(0.1, lambda: os.kill(os.getpid(), signal.SIGUSR1)).start()
            assert client.workspaces.list() == []
        finally:
            signal.signal(signal.SIGUSR1, before)
        assert seen == [[]]


def test_a_loop_closed_with_requests_in_flight_is_collected() -> None:
    with Server(Reply(delay=30)) as server:
        client = AsyncCallFluent(KEY, base_url=server.base_url)

        def leave() -> weakref.ref[asyncio.AbstractEventLoop]:
            loop = asyncio.new_event_loop()

            async def start() -> None:
                _ = asyncio.ensure_future(client.workspaces.list())
                await asyncio.sleep(0.1)

            loop.run_until_complete(start())
            loop.close()
            return weakref.ref(loop)

        left = leave()
        other = asyncio.new_event_loop()
        with pytest.raises(TimeoutError):
            other.run_until_complete(client.workspaces.list(timeout=0.05))
        other.close()
        gc.collect()
        assert left() is None
        time.sleep(0.1)
        assert server.abandoned == 2


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_used_client_works_after_a_fork() -> None:
    with Sandbox() as sandbox:
        done = run(
            """
            import os, asyncio
            from callfluent import CallFluent, AsyncCallFluent
            client, other = CallFluent(), AsyncCallFluent()
            client.workspaces.list()
            asyncio.run(other.workspaces.list())
            child = os.fork()
            if child == 0:
                assert len(client.workspaces.list()) == 1
                assert len(asyncio.run(other.workspaces.list())) == 1
                os._exit(0)
            assert os.waitpid(child, 0)[1] == 0
            assert len(client.workspaces.list()) == 1
            """,
            CALLFLUENT_API_KEY=sandbox.api_key,
            CALLFLUENT_BASE_URL=sandbox.base_url,
        )
    assert done.returncode == 0, done.stderr


def test_the_interpreter_ends_with_requests_in_flight() -> None:
    with Server(Reply(delay=30)) as server:
        done = run(
            """
            import asyncio, threading
            from callfluent import AsyncCallFluent, CallFluent
            client = CallFluent()
            threading.Thread(target=client.workspaces.list, daemon=True).start()
            async def main():
                task = asyncio.create_task(AsyncCallFluent().workspaces.list())
                await asyncio.sleep(0.3)
            asyncio.run(main())
            """,
            CALLFLUENT_API_KEY=KEY,
            CALLFLUENT_BASE_URL=server.base_url,
        )
    assert done.returncode == 0, done.stderr


def test_errors_survive_pickling() -> None:
    with Server(Reply.json({"status": False, "msg": "no"}, 403, x_request_id="r-1")) as server:
        with pytest.raises(callfluent.PermissionDeniedError) as raised:
            CallFluent(KEY, base_url=server.base_url).workspaces.list()
    again = pickle.loads(pickle.dumps(raised.value))
    assert (type(again), str(again), again.request_id, again.status_code) == (
        callfluent.PermissionDeniedError,
        str(raised.value),
        "r-1",
        403,
    )


def test_a_pickled_client_has_a_given_key_only(monkeypatch: pytest.MonkeyPatch) -> None:
    given = CallFluent(CANARY, base_url="http://127.0.0.1:1/api").with_options(timeout=1)
    assert pickle.loads(pickle.dumps(given)).base_url == given.base_url
    assert CANARY.encode() in pickle.dumps(given)
    monkeypatch.setenv("CALLFLUENT_API_KEY", CANARY)
    from_environment = CallFluent()
    assert CANARY.encode() not in pickle.dumps(from_environment)
    assert copy.deepcopy(from_environment).base_url == from_environment.base_url


def test_requests_are_logged_without_headers_and_bodies(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", "callfluent")
    answer = Reply.json({"status": True, "data": [{"id": 1, "name": "secret", "new": 1}]}, x_request_id="r-1")
    with Server(answer) as server:
        CallFluent(CANARY, base_url=server.base_url).workspaces.list()
        asyncio.run(AsyncCallFluent(CANARY, base_url=server.base_url).workspaces.list())
    assert len([record for record in caplog.records if record.levelname == "DEBUG"]) == 2
    assert "GET" in caplog.text and "/api/workspace/get-all" in caplog.text and "r-1" in caplog.text
    assert "Workspace.new" in caplog.text, "a difference from the documentation is a warning"
    assert CANARY not in caplog.text and "secret" not in caplog.text


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_failing_log_handler_does_not_block_requests(caplog: pytest.LogCaptureFixture) -> None:
    def fail(record: logging.LogRecord) -> bool:
        raise RuntimeError("the filter fails")

    async def run(server: Server) -> list[int]:
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
        async with AsyncCallFluent(KEY, base_url=server.base_url) as client:
            calls = (client.workspaces.list() for _ in range(20))
            return [len(found) for found in await asyncio.wait_for(asyncio.gather(*calls), 10)]

    logger = logging.getLogger("callfluent")
    caplog.set_level("DEBUG", "callfluent")
    logger.addFilter(fail)
    try:
        with Server(Reply.ok([])) as server:
            assert asyncio.run(run(server)) == [0] * 20
    finally:
        logger.removeFilter(fail)


@pytest.mark.parametrize(
    "wrong", [{"timeout": -1}, {"timeout": "x"}, {"max_retries": -1}, {"extra_body": {"a": float("nan")}}]
)
def test_invalid_options_are_errors_of_the_package(wrong: dict[str, object]) -> None:
    with pytest.raises(callfluent.InvalidRequestError) as raised:
        CallFluent(KEY).workspaces.list(**wrong)  # type: ignore[arg-type]
    assert len(raised.value.field_errors) == 1
    for unusable in (10**30, float("nan")):
        with pytest.raises(callfluent.InvalidRequestError, match="agent_id"):
            CallFluent(KEY).agents.get(unusable)  # type: ignore[arg-type]


def test_the_environment_enables_the_log() -> None:
    with Sandbox() as sandbox:
        done = run(
            "from callfluent import CallFluent; CallFluent().workspaces.list()",
            CALLFLUENT_API_KEY=sandbox.api_key,
            CALLFLUENT_BASE_URL=sandbox.base_url,
            CALLFLUENT_LOG="debug",
        )
    assert "DEBUG callfluent: request method=GET" in done.stderr, done.stderr


def test_the_key_is_never_shown(caplog: pytest.LogCaptureFixture) -> None:
    answer = Reply.json({"status": False, "msg": f"{CANARY} is wrong"}, 401)
    with Server(answer) as server:
        client = CallFluent(CANARY, base_url=server.base_url)
        with pytest.raises(callfluent.AuthenticationError) as raised:
            client.workspaces.list()
    error = raised.value
    shown = [repr(client), str(client), repr(client.agents), str(error), repr(error), str(error.__dict__), caplog.text]
    for name in dir(client):
        if not name.startswith("__"):
            shown.append(repr(getattr(client, name)))
    with pytest.raises(TypeError):
        vars(client)
    assert CANARY not in "".join(shown)


def test_files_are_accepted_in_every_usual_form(tmp_path: Path) -> None:
    path = tmp_path / "prices.txt"
    path.write_text("from disk")
    opened = io.BytesIO(b"from memory")
    opened.name = "folder/opened.txt"
    files = [path, str(path), b"bytes", opened, ("named.txt", "text"), ("typed.bin", bytearray(b"array"), "x/y")]
    with Server(Reply.ok([])) as server:
        client = CallFluent(KEY, base_url=server.base_url)
        client.knowledge.upload_only(1, files)
        client.knowledge.upload_only(1, path)
        parts = server.requests[0].parts()
        contents = [content for _, content in parts]
        assert contents == [b"from disk", b"from disk", b"bytes", b"from memory", b"text", b"array"]
        names = [headers["content-disposition"].partition('filename="')[2][:-1] for headers, _ in parts]
        assert names == ["prices.txt", "prices.txt", "file", "opened.txt", "named.txt", "typed.bin"]
        assert parts[5][0]["content-type"] == "x/y"
        assert len(server.requests[1].parts()) == 1
        with pytest.raises(callfluent.InvalidRequestError, match="cannot be read"):
            client.knowledge.upload_only(1, tmp_path / "missing.txt")
        with pytest.raises(callfluent.InvalidRequestError, match=r"files\[0\]: a file is a path.*got an int"):
            client.knowledge.upload_only(1, [5])  # type: ignore[list-item]


def test_an_avatar_can_be_bytes_or_a_path(tmp_path: Path) -> None:
    path = tmp_path / "face.png"
    path.write_bytes(b"png")
    with Server(Reply.ok({"id": 1})) as server:
        client = CallFluent(KEY, base_url=server.base_url)
        for avatar in (b"png", path):
            client.agents.create(**AGENT, avatar=avatar)
        assert [request.json()["avatar"] for request in server.requests] == ["cG5n", "cG5n"]


def test_options_of_a_request_and_of_a_client() -> None:
    with Server(Reply.ok([])) as server:
        client = CallFluent(KEY, base_url=server.base_url, default_headers={"x-all": "a"})
        client.calls.hang_up(5, extra_headers={"x-one": "1"}, extra_body={"trace": True})
        client.with_options(extra_headers={"x-two": "2"}).workspaces.list()
        first, second = server.requests
        assert (first.headers["x-all"], first.headers["x-one"]) == ("a", "1")
        assert first.json() == {"callid": 5, "trace": True}
        assert second.headers["x-two"] == "2" and "x-one" not in second.headers
        assert first.headers["user-agent"].startswith("callfluent-python/")


def test_a_closed_client_raises_a_runtime_error() -> None:
    with CallFluent(KEY) as client:
        pass
    with pytest.raises(RuntimeError, match="closed"):
        client.workspaces.list()


def test_an_unclosed_client_warns_in_development_only() -> None:
    code = (
        "from callfluent import CallFluent; client = CallFluent('k'); other = client.with_options(); del client, other"
    )
    assert run(code).stderr.count("was never closed") == 1
    assert run(code, flags=()).stderr == ""
    at_the_end = run("from callfluent import CallFluent; clients = [CallFluent('k') for _ in range(3)]")
    assert (at_the_end.returncode, at_the_end.stderr) == (0, "")


def test_pydantic_loads_and_dumps_records() -> None:
    from pydantic import BaseModel

    class Answer(BaseModel):
        agent: callfluent.Agent

    answer = Answer(agent=callfluent.Agent({"id": 7, "name": "a"}))
    assert json.loads(answer.model_dump_json()) == {"agent": {"id": 7, "name": "a"}}
    assert Answer.model_validate({"agent": {"id": 8}}).agent.id == 8


def test_pydantic_validates_and_describes_records() -> None:
    import pydantic

    adapter = pydantic.TypeAdapter(callfluent.Agent)
    for wrong in [None, [], 0, "", "abc", [1], 5]:
        with pytest.raises(pydantic.ValidationError):
            adapter.validate_python(wrong)
    assert adapter.json_schema()["type"] == "object"
    assert adapter.json_schema(mode="serialization")["title"] == "Agent"


@pytest.mark.skipif(os.name != "posix", reason="uvloop runs on Unix")
def test_uvloop_runs_requests() -> None:
    import uvloop

    async def main() -> int:
        async with AsyncCallFluent(KEY, base_url=server.base_url) as client:
            return len(await asyncio.gather(*(client.workspaces.list() for _ in range(100))))

    with Server(Reply.ok([])) as server:
        for _ in range(2):
            loop = uvloop.new_event_loop()
            assert loop.run_until_complete(main()) == 100
            loop.close()


def test_results_behave_like_values() -> None:
    agent = callfluent.Agent({"id": 7, "name": "a", "crm": {"x": 1}, "background": "long " * 100})
    assert agent.id == 7 and agent.crm == {"x": 1} and agent.tone is None
    with pytest.raises(AttributeError):
        agent.unheard_of  # noqa: B018
    with pytest.raises(AttributeError, match="replace"):
        agent.name = "b"
    assert agent.replace(name="b").name == "b" and agent.name == "a"
    agent.to_dict()["crm"]["x"] = 2
    assert agent.crm == {"x": 1}
    assert dict(agent) == agent.to_dict() == json.loads(json.dumps(agent.to_dict()))
    assert agent == copy.copy(agent) == copy.deepcopy(agent) == pickle.loads(pickle.dumps(agent))
    assert len(repr(agent)) < 200 and "..." in repr(agent)
    assert len({agent, copy.copy(agent)}) == 1
    shown = agent._repr_html_()
    assert shown is not None and "<strong>a</strong>" in shown and "background (500 characters)" in shown
    match agent:
        case callfluent.Agent(name="a", id=number):
            assert number == 7
        case _:
            raise AssertionError


def test_the_tour_does_the_same_sync_and_async() -> None:
    tour = (Path(__file__).parents[1] / "examples" / "tour.py").read_text("utf-8")
    with Sandbox(demo=True) as sandbox:
        done = run(tour, CALLFLUENT_API_KEY=sandbox.api_key, CALLFLUENT_BASE_URL=sandbox.base_url)
        operations = [entry["operation"] for entry in sandbox.journal()]
    assert done.returncode == 0, done.stderr
    sync, async_ = (part.splitlines() for part in done.stdout.removeprefix("sync\n").split("\nasync\n"))
    # The numbers belong to another agent.
    assert [line.split()[0] for line in sync] == [line.split()[0] for line in async_]
    half = len(operations) // 2
    assert sorted(operations[:half]) == sorted(operations[half:])


@pytest.mark.skipif(os.name != "posix", reason="signals are sent as on Unix")
def test_a_signal_handler_can_send_a_request() -> None:
    answered: list[float] = []

    def handler(*_: object) -> None:
        client.agents.list(1)
        answered.append(time.monotonic())

    with Server(Reply.ok([])) as server, CallFluent(KEY, base_url=server.base_url, requests_per_second=2) as client:
        for _ in range(2):
            client.agents.list(1)
        before = signal.signal(signal.SIGALRM, handler)
        try:
            signal.setitimer(signal.ITIMER_REAL, 0.1)
            started = time.monotonic()
            client.agents.list(1, timeout=20)
            client.agents.list(1, timeout=20)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
        assert answered and time.monotonic() - started < 10
        assert len(server.requests) == 5
