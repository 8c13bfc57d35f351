"""The source for dlt, incremental into DuckDB."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from callfluent import APIError, CallFluent, InvalidRequestError
from callfluent.sandbox import Sandbox

dlt = pytest.importorskip("dlt", reason="one interpreter has the engines")
duckdb = pytest.importorskip("duckdb")

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(demo=True, page_size=10) as sandbox:
        yield sandbox


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[CallFluent]:
    with sandbox.client() as client:
        yield client


class Warehouse:
    """A pipeline into a file, whose state is lost between runs: the file has it, too."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.runs = 0

    def run(self, source: Any) -> None:
        self.runs += 1
        pipeline = dlt.pipeline(
            "calls",
            pipelines_dir=str(self.folder / f"run-{self.runs}"),
            destination=dlt.destinations.duckdb(str(self.folder / "warehouse.duckdb")),
            dataset_name="telephony",
        )
        pipeline.run(source)

    def rows(self, query: str) -> list[Any]:
        with duckdb.connect(str(self.folder / "warehouse.duckdb"), read_only=True) as database:
            return database.sql(query).fetchall()  # type: ignore[no-any-return]


@pytest.fixture
def warehouse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Warehouse:
    monkeypatch.setenv("RUNTIME__DLTHUB_TELEMETRY", "false")
    return Warehouse(tmp_path)


def test_a_second_run_loads_only_new_calls(client: CallFluent, sandbox: Sandbox, warehouse: Warehouse) -> None:
    from callfluent.dlt import callfluent

    warehouse.run(callfluent(workspace_id=1, client=client))
    agents = [agent.id for agent in client.agents.list(1)]
    wanted = sorted((call.id, agent) for agent in agents for call in client.calls.list(agent))
    assert warehouse.rows("select id, agent_id from telephony.calls order by id") == wanted
    assert warehouse.rows("select id from telephony.agents order by id") == [(agent,) for agent in sorted(agents)]
    types = dict(warehouse.rows("select column_name, data_type from information_schema.columns"))
    assert types["started_at"] == "TIMESTAMP WITH TIME ZONE" and types["custom_fields"] == "JSON"

    started = client.calls.start(1002, "+15551234567").id
    before = len(sandbox.requests("calls.list"))
    warehouse.run(callfluent(workspace_id=1, client=client))
    assert len(sandbox.requests("calls.list")) - before == len(agents), "one page of each agent"
    assert warehouse.rows("select id, agent_id from telephony.calls order by id") == [*wanted, (started, 1002)]
    loads = warehouse.rows("select count(*) from telephony.calls group by _dlt_load_id order by 1")
    assert loads == [(1,), (len(wanted),)]


def test_a_run_that_fails_loses_no_call(client: CallFluent, sandbox: Sandbox, warehouse: Warehouse) -> None:
    from callfluent.dlt import callfluent

    sandbox.respond(operation="calls.list", status=400, body={"message": "no"}, after=2)
    with pytest.raises(Exception, match="400") as raised:
        warehouse.run(callfluent([1001, 1002], client=client))
    assert any(isinstance(error, APIError) for error in _causes(raised.value))
    warehouse.run(callfluent([1001, 1002], client=client))
    wanted = sorted((call.id,) for agent in (1001, 1002) for call in client.calls.list(agent))
    assert warehouse.rows("select id from telephony.calls order by id") == wanted


def test_a_run_that_stops_early_loses_no_call(client: CallFluent, warehouse: Warehouse) -> None:
    from callfluent.dlt import callfluent

    wanted = sorted((call.id,) for call in client.calls.list(1001))
    warehouse.run(callfluent(1001, client=client).add_limit(1))
    first = warehouse.rows("select id from telephony.calls order by id")
    assert 0 < len(first) < len(wanted)
    warehouse.run(callfluent(1001, client=client))
    assert warehouse.rows("select id from telephony.calls order by id") == wanted


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def test_the_key_is_not_in_the_files_of_a_pipeline(client: CallFluent, sandbox: Sandbox, warehouse: Warehouse) -> None:
    from callfluent.dlt import callfluent

    warehouse.run(callfluent([1002], client=client))
    files = [path for path in warehouse.folder.rglob("*") if path.is_file()]
    assert len(files) > 5
    assert [path for path in files if sandbox.api_key.encode() in path.read_bytes()] == []


def test_agents_or_a_workspace_must_be_given(client: CallFluent) -> None:
    from callfluent.dlt import callfluent

    for given in ({}, {"agent_ids": [1], "workspace_id": 1}):
        with pytest.raises(InvalidRequestError, match="pass agent_ids or workspace_id"):
            callfluent(client=client, **given)
