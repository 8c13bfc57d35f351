"""Tasks of engines: requests that must not be repeated are rejected inside of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from callfluent import AsyncCallFluent, CallFluent, InvalidRequestError
from callfluent.engine_tasks import current_engine
from callfluent.sandbox import Sandbox

LEADS = {"lead-1": {"phone_number": "+15551234567"}}
AGENT = {
    "workspace_id": 1,
    "format": "outbound",
    "timezone": "UTC+00:00",
    "name": "Ann",
    "lang": "en",
    "voice": "alloy",
    "agent_type": "sales",
    "background": "a bakery",
    "goal": "orders",
    "tone": "Friendly",
    "instructions": "ask",
}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(demo=True) as sandbox:
        yield sandbox


@pytest.fixture(autouse=True)
def environment(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLFLUENT_BASE_URL", sandbox.base_url)
    monkeypatch.setenv("CALLFLUENT_API_KEY", sandbox.api_key)


@pytest.fixture(scope="module")
def dask() -> Iterator[Any]:
    distributed = pytest.importorskip("distributed", reason="one interpreter has the engines")
    with distributed.Client(n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None) as client:
        yield client


@pytest.fixture(scope="module")
def ray() -> Iterator[Any]:
    ray = pytest.importorskip("ray", reason="Ray is not installed for tests")
    ray.init(num_cpus=1, include_dashboard=False, log_to_driver=False)
    yield ray
    ray.shutdown()


@pytest.fixture(params=["dask", "ray"])
def in_task(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """Runs a function in a task of an engine."""
    engine = request.getfixturevalue(request.param)
    if request.param == "ray":
        return lambda function, *arguments: engine.get(engine.remote(function).remote(*arguments))
    return lambda function, *arguments: engine.submit(function, *arguments, pure=False).result()


def outcomes(journal: str) -> dict[str, str]:
    """Sends requests of all kinds. It runs as a task."""
    client = CallFluent()
    uses: dict[str, Callable[[], Any]] = {
        "start": lambda: client.calls.start(1002, "+15551234567"),
        "create": lambda: client.agents.create(**AGENT),
        "raw": lambda: client.with_raw_response.calls.start(1002, "+15551234567"),
        "workspace": lambda: client.workspaces.create("new"),
        "upload": lambda: client.knowledge.upload_only(1002, ("faq.txt", b"Open from 9 to 5.")),
        "hang up": lambda: client.calls.hang_up(1),
        "path": lambda: client.request("POST", "/workspace/create", json={"name": "new"}),
        "path, get": lambda: client.request("GET", "/workspace/get-all"),
        "start_many": lambda: client.calls.start_many(1002, LEADS),
        "create_many": lambda: client.agents.create_many({"a": AGENT}),
        "dry run": lambda: client.calls.start_many(1002, LEADS, dry_run=True),
        "journal": lambda: client.calls.start_many(1002, LEADS, journal=journal),
        "curl": lambda: client.as_curl.calls.start(1002, "+15551234567"),
        "list": lambda: client.agents.list(1),
        "patch": lambda: client.agents.patch(1002, tone="Warm"),
        "async": lambda: asyncio.run(start()),
        "async many": lambda: asyncio.run(start_many()),
    }

    async def start() -> None:
        async with AsyncCallFluent() as client:
            await client.calls.start(1002, "+15551234567")

    async def start_many() -> None:
        async with AsyncCallFluent() as client:
            await client.calls.start_many(1002, LEADS)

    found = {}
    for name, use in uses.items():
        try:
            use()
            found[name] = "sent"
        except InvalidRequestError as error:
            found[name] = str(error)
    return found


def test_a_task_cannot_send_what_must_not_be_repeated(
    in_task: Callable[..., Any], sandbox: Sandbox, tmp_path: Path
) -> None:
    found = in_task(outcomes, str(tmp_path / "calls.jsonl"))
    sent = {name for name, outcome in found.items() if outcome == "sent"}
    assert sent == {"dry run", "journal", "curl", "list", "patch", "path, get"}
    assert "calls.start: rejected inside a task of" in found["start"]
    for name in ("start", "raw", "start_many", "async", "async many"):
        assert "use calls.start_many with a journal" in found[name]
    for name in ("create", "create_many"):
        assert "use agents.create_many with a journal" in found[name]
    for name in ("workspace", "upload", "hang up", "path"):
        assert "send it from the program that starts the tasks" in found[name]
    assert len(sandbox.requests("calls.start")) == 1, "only the one of the journal"
    sandbox.reset()


def test_the_program_that_starts_tasks_is_free(in_task: Callable[..., Any], sandbox: Sandbox) -> None:
    assert in_task(current_engine) in ("Dask", "Ray")
    assert current_engine() is None
    with CallFluent() as client:
        assert client.calls.start(1002, "+15551234567").has_id


def test_programs_without_an_engine_are_free(sandbox: Sandbox) -> None:
    with CallFluent() as client:
        assert client.calls.start(1002, "+15551234567").has_id


# Sail sends the function to its workers by value, because this module is not installed there.
def task_of_spark(rows: Any) -> Iterator[Any]:
    import pandas

    from callfluent import CallFluent

    for _ in rows:
        try:
            CallFluent().calls.start(1002, "+15551234567")
            yield pandas.DataFrame({"outcome": ["sent"]})
        except ValueError as error:
            yield pandas.DataFrame({"outcome": [str(error)]})


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_a_task_of_spark_cannot_start_a_call(sandbox: Sandbox) -> None:
    server = pytest.importorskip("pysail.spark", reason="one interpreter has the engines").SparkConnectServer()
    from pyspark.sql import SparkSession

    server.start(background=True)
    spark = SparkSession.builder.remote(f"sc://localhost:{server.listening_address[1]}").create()
    try:
        before = len(sandbox.requests("calls.start"))
        outcome = spark.range(1).mapInPandas(task_of_spark, "outcome string").collect()[0].outcome
        assert outcome.startswith("calls.start: rejected inside a task of Spark (not sent)")
        assert len(sandbox.requests("calls.start")) == before
    finally:
        spark.stop()
        server.stop()
