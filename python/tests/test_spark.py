"""The data source for Spark, on Sail, which runs it without Java. `examples/engines/spark_calls.py`
is the same on PySpark."""

from __future__ import annotations

import os
import pickle
from collections.abc import Iterator
from typing import Any

import pytest

from callfluent import CallFluent, InvalidRequestError
from callfluent.sandbox import Sandbox

sail = pytest.importorskip("pysail.spark", reason="one interpreter has the engines")
pyarrow = pytest.importorskip("pyarrow")

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    from pyspark.sql import SparkSession

    from callfluent.spark import CallFluentDataSource

    server = sail.SparkConnectServer()
    server.start(background=True)
    spark = SparkSession.builder.remote(f"sc://localhost:{server.listening_address[1]}").create()
    spark.conf.set("spark.sql.session.timeZone", "UTC")
    spark.dataSource.register(CallFluentDataSource)
    yield spark
    spark.stop()
    server.stop()


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(demo=True, page_size=10) as sandbox:
        yield sandbox


@pytest.fixture(autouse=True)
def environment(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLFLUENT_BASE_URL", sandbox.base_url)
    monkeypatch.setenv("CALLFLUENT_API_KEY", sandbox.api_key)


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[CallFluent]:
    with sandbox.client() as client:
        yield client


def read(spark: Any, schema: str | None = None, **options: Any) -> Any:
    reader = spark.read.format("callfluent").options(**{"workspace_id": 1, **options})
    return (reader.schema(schema) if schema else reader).load()


def listed(sandbox: Sandbox) -> list[str]:
    """Returns the agents whose calls were listed, page by page."""
    return [entry["path"].split("/")[-2] for entry in sandbox.requests("calls.list")]


def test_rows_are_the_calls_of_the_lists(spark: Any, client: CallFluent) -> None:
    agents = [agent.id for agent in client.agents.list(1)]
    calls = {call.id: call for agent in agents for call in client.calls.list(agent)}
    rows = read(spark).collect()
    assert len(rows) == len(calls) > 40
    for row in rows:
        call = calls[row.id].to_dict()
        assert (row.agent_id, row.status, row.duration) == (call["agent_id"], call["status"], call["duration"])
        assert row.started_at.isoformat() + "Z" == call["started_at"]
        assert row.custom_fields == "{}" and row.extra is None


def test_each_partition_reads_some_agents(spark: Any) -> None:
    for size, partitions in ((1, 3), (2, 2), (50, 1)):
        frame = read(spark, agents_per_partition=size)
        assert f"partitions={partitions}" in explained(frame)


def explained(frame: Any) -> str:
    return str(frame._explain_string(extended=True))


def test_a_schema_selects_the_columns(spark: Any) -> None:
    schema = "id bigint, duration float, started_at timestamp, custom_fields string, missing int"
    rows = read(spark, schema).collect()
    assert rows[0].__fields__ == ["id", "duration", "started_at", "custom_fields", "missing"]
    assert {row.custom_fields for row in rows} == {"{}"} and {row.missing for row in rows} == {None}
    assert any(row.duration > 0 for row in rows)
    strings = read(spark, "id string, agent_id string", push_filters="true").where("agent_id = '1002'").collect()
    assert len(strings) == 5 and all(row.id.isdecimal() and row.agent_id == "1002" for row in strings)
    with pytest.raises(Exception, match="column 'id' has an unknown type"):
        read(spark, "id array<int>").collect()


def test_a_filter_on_agents_saves_requests(spark: Any, sandbox: Sandbox) -> None:
    frame = read(spark, "id bigint, agent_id bigint", push_filters="true")
    # Sail makes `or` of a short `in`, which no source gets.
    for condition, agents, found in (
        ("agent_id = 1002", {"1002"}, {1002}),
        ("agent_id in (1002, 1003, 4, 5, 6)", {"1002", "1003"}, {1002, 1003}),
        ("agent_id = 7", set(), set()),
        ("agent_id > 1001", {"1001", "1002", "1003"}, {1002, 1003}),
    ):
        sandbox.reset()
        rows = frame.where(condition).collect()
        assert ({*listed(sandbox)}, {row.agent_id for row in rows}) == (agents, found)


CONDITIONS = [
    "duration > 200",
    "duration >= 150 and duration < 300",
    "duration <= 0",
    "status = 'completed'",
    "status in ('busy', 'no-answer')",
    "status <> 'completed'",
    "transcript is null",
    "summary is not null and outcome like 'app%'",
    "outcome like '%booked'",
    "phone_number like '%0182%'",
    "started_at > timestamp '2026-01-05 00:00:00'",
    "id = 50052",
    "duration > 100 or status = 'busy'",
]


@pytest.mark.parametrize("condition", CONDITIONS)
def test_filters_keep_the_rows_that_spark_keeps(spark: Any, condition: str) -> None:
    rows = read(spark)
    plain = spark.createDataFrame([tuple(row) for row in rows.collect()], rows.schema)
    wanted = sorted(row.id for row in plain.where(condition).collect())
    for push in ("true", "false"):
        found = read(spark, push_filters=push).where(condition).collect()
        assert sorted(row.id for row in found) == wanted != []


def test_the_reader_applies_filters_itself(sandbox: Sandbox) -> None:
    from pyspark.sql.datasource import EqualTo, GreaterThan, In, IsNull, Not
    from pyspark.sql.types import StructType

    from callfluent.spark import CallFluentDataSource

    schema = StructType().add("id", "long").add("agent_id", "long").add("duration", "double").add("rounded", "float")
    schema.add("status", "string")
    reader: Any = CallFluentDataSource({"workspace_id": "1", "push_filters": "true"}).reader(schema)
    rest = [
        Not(EqualTo(("id",), 1)),
        EqualTo(("id",), "1"),
        EqualTo(("id",), True),
        EqualTo(("id", "part"), 1),
        EqualTo(("duration",), float("nan")),
        EqualTo(("rounded",), 0.1),
        In(("id",), (1, None)),
    ]
    mine = [GreaterThan(("duration",), 200), In(("agent_id",), (1001, 1002)), IsNull(("status",))]
    left = list(reader.pushFilters([*rest[:2], *mine, *rest[2:]]))
    assert [id(filter) for filter in left] == [id(filter) for filter in rest]
    reader = pickle.loads(pickle.dumps(reader))
    partitions = reader.partitions()
    assert [partition.agents for partition in partitions] == [[1001], [1002]]
    assert [batch for partition in partitions for batch in reader.read(partition)] == [], "no status is null"
    reader._filters.pop()
    rows = [row for partition in partitions for batch in reader.read(partition) for row in batch.to_pylist()]
    assert rows and all(row["duration"] > 200 for row in rows)


def test_a_stream_reads_each_call_once(client: CallFluent, sandbox: Sandbox) -> None:
    from pyspark.sql.types import StructType

    from callfluent.spark import CallFluentDataSource

    schema = StructType().add("id", "long").add("agent_id", "long")

    def reader(**options: str) -> Any:
        return CallFluentDataSource({"agent_ids": "1001,1002", **options}).streamReader(schema)

    def read(start: dict[str, int], end: dict[str, int]) -> list[tuple[int, int]]:
        stream = reader()
        return sorted(
            (row["agent_id"], row["id"])
            for partition in stream.partitions(start, end)
            for batch in stream.read(pickle.loads(pickle.dumps(partition)))
            for row in batch.to_pylist()
        )

    existing = sorted((agent, call.id) for agent in (1001, 1002) for call in client.calls.list(agent))
    start, end = reader().initialOffset(), reader().latestOffset()
    assert start == {} and end == {"1001": existing[34][1], "1002": existing[-1][1]}
    assert read(start, end) == existing
    assert reader().partitions(end, end) == []
    assert reader(start="latest").initialOffset() == end

    new = client.calls.start(1002, "+15551234567").id
    assert read(start, end) == existing, "a repeated batch has the same calls"
    latest = reader().latestOffset()
    assert read(end, latest) == [(1002, new)]
    client.calls.delete(new)


def test_the_key_is_neither_in_pickles_nor_in_plans(spark: Any, sandbox: Sandbox) -> None:
    from pyspark import cloudpickle
    from pyspark.sql.types import StructType

    from callfluent.spark import CallFluentDataSource

    source = CallFluentDataSource({"workspace_id": "1", "base_url": sandbox.base_url})
    schema = StructType().add("id", "long")
    reader, stream = source.reader(schema), source.streamReader(schema)
    assert [row for batch in reader.read(reader.partitions()[0]) for row in batch.to_pylist()] != []
    for value in (CallFluentDataSource, source, reader, stream, reader.partitions()):
        assert sandbox.api_key.encode() not in cloudpickle.dumps(value)
    frame = read(spark, base_url=sandbox.base_url)
    assert frame.count() > 0
    assert "Physical Plan" in explained(frame) and sandbox.api_key not in explained(frame)
    assert sandbox.api_key not in str(frame._plan.to_proto(spark._client))
    with pytest.raises(Exception, match="takes no key, because plans show options"):
        read(spark, api_key=sandbox.api_key).collect()


def test_nothing_can_be_written(spark: Any, sandbox: Sandbox) -> None:
    before = len(sandbox.requests("calls.start"))
    with pytest.raises(Exception, match="only reads.*calls.start_many"):
        read(spark).write.format("callfluent").mode("append").save()
    assert len(sandbox.requests("calls.start")) == before


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"workspace": "1"}, "has no option 'workspace'; use 'workspace_id'"),
        ({}, "pass the option agent_ids or workspace_id"),
        ({"agent_ids": "1", "workspace_id": "1"}, "pass the option agent_ids or workspace_id"),
        ({"agent_ids": "1", "requests_per_second": "fast"}, "requests_per_second: expected a number, got 'fast'"),
        ({"agent_ids": "1", "requests_per_second": "5"}, "workers: missing"),
        ({"agent_ids": "1", "push_filters": "yes"}, "push_filters: expected true or false"),
        ({"agent_ids": "1", "start": "now"}, "start: expected earliest or latest"),
    ],
)
def test_invalid_options_are_reported(options: dict[str, str], error: str) -> None:
    from callfluent.spark import CallFluentDataSource

    with pytest.raises(InvalidRequestError, match=error):
        CallFluentDataSource(options).schema()


def test_an_error_of_the_api_reaches_the_program(spark: Any, sandbox: Sandbox) -> None:
    with pytest.raises(Exception, match="404"):
        read(spark, "id bigint", agent_ids="999999", workspace_id=None).collect()


def test_spark_is_not_imported_until_it_is_used() -> None:
    import subprocess
    import sys

    code = (
        "import sys, callfluent, callfluent.engines, callfluent.limiters, callfluent.engine_tasks; "
        "print(*{'pyspark', 'pyarrow', 'dlt', 'dask', 'ray', 'redis', 'pandas'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ})
    assert done.stdout.strip() == ""
