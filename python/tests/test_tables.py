"""Lists as tables for pandas, polars, pyarrow, DuckDB and nanoarrow."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from callfluent import CallFluent, InvalidRequestError
from callfluent.sandbox import Sandbox
from callfluent.tables import table

pa = pytest.importorskip("pyarrow", reason="installed for the newest Python only")
pd = pytest.importorskip("pandas")
pl = pytest.importorskip("polars")
duckdb = pytest.importorskip("duckdb")
nanoarrow = pytest.importorskip("nanoarrow")


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
