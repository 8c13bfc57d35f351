"""Lists as tables for pandas, polars, pyarrow, DuckDB and nanoarrow."""

from __future__ import annotations

import asyncio
import json
import pickle
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from server import KEY, Reply, Server

from callfluent import CallFluent, InvalidRequestError, PhoneNumberList
from callfluent.sandbox import Sandbox
from callfluent.tables import table

pa = pytest.importorskip("pyarrow", reason="installed for the newest Python only")
pd = pytest.importorskip("pandas")
pl = pytest.importorskip("polars")
duckdb = pytest.importorskip("duckdb")
nanoarrow = pytest.importorskip("nanoarrow")


CASES = json.loads((Path(__file__).parents[2] / "tests" / "tables" / "cases.json").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_shared_cases_have_their_columns_and_rows(case: dict[str, Any]) -> None:
    pages = [Reply.ok(case["records"]), Reply.ok([]), Reply.ok([])]
    with Server(*pages) as server, CallFluent(KEY, base_url=server.base_url) as client:
        history = table(client.calls.list(7), case["types"])
        assert [[*column] for column in history.columns.items()] == case["columns"]
        rows = history.to_arrow()
        times = [name for name, kind in history.columns.items() if kind == "timestamp"]
        for name in times:
            position = rows.column_names.index(name)
            rows = rows.set_column(position, name, rows[name].cast(pa.int64()))
        assert [[*row.values()] for row in rows.to_pylist()] == case["rows"]


@pytest.fixture(scope="module")
def client() -> Iterator[CallFluent]:
    with Sandbox(demo=True) as sandbox, sandbox.client() as client:
        yield client


@pytest.fixture
def calls(client: CallFluent) -> Any:
    return client.calls.list(1001)


def test_each_reader_gets_all_rows(calls: Any) -> None:
    wanted = [call.id for call in calls]
    history = table(calls)
    arrow = pa.table(history)
    arrow.validate(full=True)
    assert arrow["id"].to_pylist() == wanted
    assert pl.DataFrame(history)["id"].to_list() == wanted
    assert pd.DataFrame.from_arrow(history)["id"].tolist() == wanted
    assert [row[0] for row in duckdb.sql("select id from history").fetchall()] == wanted
    assert nanoarrow.Array(history).to_pylist()[0]["id"] == wanted[0]
    assert pa.RecordBatchReader.from_stream(history).read_all() == arrow


def test_an_empty_list_has_the_documented_columns(tmp_path: Path) -> None:
    with Sandbox() as sandbox, sandbox.client() as client:
        agent, other = (sandbox.add_agent(name=name)["id"] for name in "ab")
        workspace = client.workspaces.create("empty").id
        calls = client.calls.list(agent)
        for records in (calls, calls.items, calls.items + [], calls.items[:0], pickle.loads(pickle.dumps(calls))):
            assert records.to_pandas()["id"].tolist() == [], records
        assert client.agents.list(workspace).to_polars()["name"].to_list() == []
        assert PhoneNumberList({"numbers": []}).to_arrow()["number"].to_pylist() == []
        assert client.calls.list_many([agent])[0].value.to_arrow().column_names == ["id", "extra"]
        several = table([client.calls.list(agent), client.calls.list(other)])
        assert [*several.columns] == ["id", "agent_id", "extra"]
        assert [*several._table({"duration": "float64"}).columns] == ["id", "agent_id", "duration", "extra"]

        async def run() -> None:
            async with sandbox.async_client() as client:
                assert (await client.calls.list(agent).to_pandas())["id"].tolist() == []
                page = await client.calls.list(agent)
                assert page.to_pandas()["id"].tolist() == []
                agents = await client.agents.list(workspace)
                assert agents.to_pandas()["name"].tolist() == []
                assert [*table([page]).columns] == ["id", "agent_id", "extra"]

        asyncio.run(run())


def test_an_agent_id_that_is_not_a_number_stays(tmp_path: Path) -> None:
    pages = [Reply.ok([{"id": 1}]), Reply.ok([]), Reply.ok([{"id": 2}]), Reply.ok([])]
    with Server(*pages) as server, CallFluent(KEY, base_url=server.base_url) as client:
        history = table([client.calls.list("agent-7"), client.calls.list("007")])
        rows = history.to_arrow().to_pylist()
    assert [json.loads(row["extra"]) for row in rows] == [{"agent_id": "agent-7"}, {"agent_id": "007"}]
    with Server(*pages) as server, CallFluent(KEY, base_url=server.base_url) as client:
        history = table([client.calls.list("agent-7"), client.calls.list(7)], {"agent_id": "string"})
        assert history.to_arrow()["agent_id"].to_pylist()[0] == "agent-7"


def test_an_agent_id_that_is_a_whole_float_is_a_number() -> None:
    with Server(Reply.ok([{"id": 1}]), Reply.ok([])) as server, CallFluent(KEY, base_url=server.base_url) as client:
        agent_id: Any = 7.0
        assert table([client.calls.list(agent_id)]).to_arrow()["agent_id"].to_pylist() == [7]


@pytest.mark.parametrize("name", ["agents", "pages", "page", "numbers", "workspaces"])
def test_readers_take_every_list_as_it_is(client: CallFluent, name: str) -> None:
    records: Any = {
        "agents": lambda: client.agents.list(1),
        "pages": lambda: client.calls.list(1001),
        "page": lambda: client.calls.list(1001, page=2).items,
        "numbers": lambda: client.phone_numbers.list(1, "outbound"),
        "workspaces": lambda: client.workspaces.list(),
    }[name]()
    key = "number" if name == "numbers" else "id"
    wanted = [getattr(record, key) for record in records]
    # A second reader starts again with the first row.
    for _ in range(2):
        assert pa.table(records)[key].to_pylist() == wanted
        assert pl.DataFrame(records)[key].to_list() == wanted
        assert pl.LazyFrame(records).collect()[key].to_list() == wanted
        assert pd.DataFrame.from_arrow(records)[key].tolist() == wanted
        assert [row[0] for row in duckdb.sql(f"select {key} from records").fetchall()] == wanted
        assert [row[key] for row in nanoarrow.Array(records).to_pylist()] == wanted
    assert pa.schema(records) == records.to_arrow().schema
    assert pd.DataFrame(list(records))[key].tolist() == wanted
    assert records.to_pandas()[key].tolist() == records.to_polars()[key].to_list() == wanted
    assert str(records.to_pandas(columns={key: "string"})[key].dtype) == "str"


def test_a_plain_list_of_records_is_not_a_table(client: CallFluent) -> None:
    agents = list(client.agents.list(1))
    for reader in (pa.table, pd.DataFrame.from_arrow):
        with pytest.raises((TypeError, ValueError)):
            reader(agents)
    arrow = table(agents).to_arrow()
    assert arrow == client.agents.list(1).to_arrow()
    # Decoded records are written again.
    assert all(agent.to_dict() for agent in agents) and table(agents).to_arrow() == arrow
    files = client.agents.get(1001).files
    assert table(files).to_arrow()["id"].to_pylist() == [file.id for file in files]


def test_pandas_and_numpy_take_a_list_as_rows(client: CallFluent) -> None:
    agents = client.agents.list(1)
    frame = pd.DataFrame(agents)
    assert frame["id"].tolist() == [agent.id for agent in agents] and "tone" in frame.columns


def test_calls_of_several_agents_have_their_agent(client: CallFluent) -> None:
    ids = [1001, 1002, 1003]
    history = table(client.calls.list(agent_id) for agent_id in ids)
    wanted = [(call.id, agent_id) for agent_id in ids for call in client.calls.list(agent_id)]
    for _ in range(2):
        rows = history.to_arrow()
        assert [*zip(rows["id"].to_pylist(), rows["agent_id"].to_pylist(), strict=True)] == wanted
    assert list(history.columns)[:2] == ["id", "agent_id"] and history.columns["agent_id"] == "int64"
    assert list(history.to_pandas(columns={"duration": "float64"}).columns) == ["id", "agent_id", "duration", "extra"]
    with pytest.raises(InvalidRequestError, match="table: expected lists of calls, got Agent"):
        table([client.calls.list(1001), *client.agents.list(1)])


def test_calls_without_an_agent_get_that_of_their_list() -> None:
    pages = [Reply.ok([{"id": 1}]), Reply.ok([{"id": 2}, {"id": 3, "agent_id": 9}]), Reply.ok([]), Reply.ok([])]
    with Server(*pages) as server, CallFluent(KEY, base_url=server.base_url) as client:
        one, other = client.calls.list(7), client.calls.list("8")
        assert one.items and other.items
        rows = table([one, other]).to_arrow().to_pylist()
        assert [(row["id"], row["agent_id"], row["extra"]) for row in rows] == [
            (1, 7, None),
            (2, 8, None),
            (3, 8, '{"agent_id":9}'),
        ]
        assert list(table(one).columns) == ["id", "extra"]


def test_lists_are_fetched_when_the_reader_reaches_them() -> None:
    with Sandbox(demo=True) as sandbox, sandbox.client() as client:
        history = table(client.calls.list(agent_id) for agent_id in (1001, 1002, 1003))
        assert len([entry for entry in sandbox.journal() if entry["operation"] == "calls.list"]) == 1
        history.to_arrow()
        assert len([entry for entry in sandbox.journal() if entry["operation"] == "calls.list"]) >= 4


def test_async_lists_are_awaited() -> None:
    async def run(sandbox: Sandbox) -> None:
        async with sandbox.async_client() as client:
            pages = client.calls.list(1001)
            arrow = await pages.to_arrow()
            assert (await pages.to_pandas())["id"].tolist() == arrow["id"].to_pylist()
            assert (await pages.to_polars(columns={"duration": "int64"})).columns == ["id", "duration", "extra"]
            page = await client.calls.list(1001, page=1)
            assert pa.table(page)["id"].to_pylist() == [call.id for call in page]
            assert pl.DataFrame(await client.agents.list(1))["id"].len() > 0
            for reader in (pa.table, pl.DataFrame, pd.DataFrame.from_arrow, table):
                with pytest.raises(TypeError, match="an async list cannot be read as a table; use `await pages.to_arr"):
                    reader(pages)

    with Sandbox(demo=True) as sandbox:
        asyncio.run(run(sandbox))


def test_pages_are_fetched_while_another_thread_has_the_gil() -> None:
    with Sandbox(demo=True, page_size=5) as sandbox, sandbox.client() as client:
        reader = pa.RecordBatchReader.from_stream(table(client.calls.list(1001)))
        sandbox.respond(operation="calls.list", delay_ms=100, times=100)
        done: list[int] = []
        thread = threading.Thread(target=lambda: done.append(reader.read_all().num_rows))
        interval = sys.getswitchinterval()
        # Other threads get the GIL only when this one waits.
        sys.setswitchinterval(60)
        try:
            thread.start()
            time.sleep(0.05)
            until = time.monotonic() + 2
            while time.monotonic() < until:
                pass
            requests = len(sandbox.journal())
        finally:
            sys.setswitchinterval(interval)
        assert requests >= 7, "pages were fetched while this thread had the GIL"
        thread.join()
        assert done == [35]


def test_ctrl_c_ends_a_reader_that_waits() -> None:
    program = """
import os, signal, threading
import pyarrow as pa
from callfluent.sandbox import Sandbox
from callfluent.tables import table

# A shell ignores interrupts for its background jobs.
signal.signal(signal.SIGINT, signal.default_int_handler)
sandbox = Sandbox(demo=True, page_size=5)
client = sandbox.client(timeout=300)
history = table(client.calls.list(1001))
sandbox.respond(operation="calls.list", delay_ms=60_000)
threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
try:
    pa.table(history)
except KeyboardInterrupt:
    print("interrupted")
except OSError as error:
    try:
        threading.Event().wait(5)
    except KeyboardInterrupt:
        print("interrupted")
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=40, check=False)
    assert (ended.returncode, ended.stdout) == (0, "interrupted\n"), ended.stderr


def test_a_table_equals_its_records(calls: Any) -> None:
    rows = table(calls).to_arrow().to_pylist()
    for row, call in zip(rows, calls, strict=True):
        extra = json.loads(row.pop("extra") or "{}")
        for name, value in call.items():
            if value is None:
                assert row.get(name) is None
            elif name in ("started_at", "ended_at"):
                assert row[name].isoformat().replace("+00:00", "Z") == value
            elif isinstance(value, dict):
                assert json.loads(row[name]) == value
            else:
                assert (row | extra)[name] == value


def test_columns_have_types(calls: Any) -> None:
    columns = table(calls).columns
    assert columns["id"] == "int64"
    assert columns["duration"] == "float64"
    assert columns["started_at"] == "timestamp"
    assert [*columns][-1] == "extra"


def test_given_columns_replace_those_that_are_found(calls: Any) -> None:
    history = table(calls, columns={"duration": "int64", "status": "string"})
    assert history.columns == {"id": "int64", "duration": "int64", "status": "string", "extra": "json"}
    first = history.to_arrow().to_pylist()[0]
    assert "started_at" in json.loads(first["extra"])


def test_an_unknown_type_is_an_error(calls: Any) -> None:
    with pytest.raises(InvalidRequestError, match='unknown column type "flot"; expected int64, float64'):
        table(calls, columns={"duration": "flot"})  # type: ignore[dict-item]


def test_agents_have_a_column_for_each_field(client: CallFluent) -> None:
    agents = client.agents.list(1)
    frame = table(agents).to_polars()
    assert frame["name"].to_list() == [agent.name for agent in agents]
    assert frame.schema["welcome_msg_flag"] == pl.Boolean


def test_records_of_several_classes_are_an_error(client: CallFluent) -> None:
    with pytest.raises(InvalidRequestError, match="expected records of one class, got Agent, Workspace"):
        table([client.agents.list(1)[0], client.workspaces.list()[0]])


def test_an_empty_list_is_an_empty_table() -> None:
    assert table([]).to_arrow().num_rows == 0


def test_integers_with_nulls_stay_integers_in_pandas(client: CallFluent) -> None:
    frame = table(client.agents.list(1), columns={"voice_mail_mode": "int64"}).to_pandas()
    assert str(frame["voice_mail_mode"].dtype) == "Int64"


def test_an_error_of_a_later_page_reaches_the_reader() -> None:
    with Sandbox(demo=True) as sandbox, sandbox.client(max_retries=0) as client:
        calls = client.calls.list(1001)
        history = table(calls)
        sandbox.respond(operation="calls.list", status=500, body={"message": "The database is down."}, times=100)
        with pytest.raises(OSError, match="The database is down"):
            pa.table(history)
        sandbox.reset()


def test_a_reader_that_stops_early_ends_the_stream(calls: Any) -> None:
    for _ in range(20):
        reader = pa.RecordBatchReader.from_stream(table(calls))
        del reader


def test_a_stream_is_read_on_another_thread(calls: Any) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor() as threads:
        tables = list(threads.map(lambda _: table(calls).to_arrow(), range(8)))
    assert all(other == tables[0] for other in tables)


def test_a_program_ends_with_an_open_stream() -> None:
    program = """
import pyarrow as pa
from callfluent.sandbox import Sandbox
from callfluent.tables import table

sandbox = Sandbox(demo=True)
client = sandbox.client()
reader = pa.RecordBatchReader.from_stream(table(client.calls.list(1001)))
print(reader.schema.names[0])
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stdout) == (0, "id\n"), ended.stderr


def test_missing_packages_are_named(calls: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(ImportError, match="this table needs polars: pip install polars"):
        table(calls).to_polars()


def test_importing_the_package_imports_no_reader() -> None:
    program = "import sys, callfluent.tables; print([n for n in ('pandas', 'polars', 'pyarrow') if n in sys.modules])"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert ended.stdout == "[]\n"
