"""A data source of Spark for the call history. It needs PySpark 4 or `pyspark-client`, and pyarrow.

    from callfluent.spark import CallFluentDataSource

    spark.dataSource.register(CallFluentDataSource)
    calls = spark.read.format("callfluent").option("workspace_id", 1).load()

Each partition reads the calls of some agents, in Arrow batches. `spark.readStream` returns new
calls. Driver and workers read the API key from `CALLFLUENT_API_KEY`: options are shown in plans.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from pyspark.sql.datasource import (  # pyright: ignore[reportMissingImports]
    DataSource,
    DataSourceReader,
    DataSourceStreamReader,
    InputPartition,
)

from .engines import CallReader, chunks
from .errors import InvalidRequestError
from .tables import _imported

__all__ = ["CallFluentDataSource"]

_OPTIONS = {
    "agent_ids",
    "agents_per_partition",
    "base_url",
    "json_columns",
    "limiter",
    "max_retries",
    "push_filters",
    "requests_per_second",
    "start",
    "timeout",
    "workers",
    "workspace_id",
}
_KEYS = {"api_key", "apikey", "key", "token"}
# Types of Spark by type of a column, and the other way round.
_SPARK_TYPES = {
    "int64": "bigint",
    "float64": "double",
    "boolean": "boolean",
    "string": "string",
    "json": "string",
    "timestamp": "timestamp",
}
_COLUMN_TYPES = {
    "bigint": "int64",
    "int": "int64",
    "smallint": "int64",
    "tinyint": "int64",
    "double": "float64",
    "float": "float64",
    "boolean": "boolean",
    "string": "string",
    "timestamp": "timestamp",
}
_WRITE = (
    "the data source callfluent only reads: Spark can run a task more than once, and a person would be phoned twice; "
    "use calls.start_many or agents.create_many with a journal in the driver program"
)


class CallFluentDataSource(DataSource):
    """The calls of agents as a data source of Spark, under the name `callfluent`.

    Options:
        `agent_ids`: IDs of agents, separated by commas; or `workspace_id`, for all its agents.
        `agents_per_partition`: Number of agents of a partition. Default: 1.
        `requests_per_second`: Rate of all tasks together. It needs `workers`, the number of tasks
        that run at once, or `limiter`, such as `file:///tmp/callfluent.rate`.
        `push_filters`: `true` applies filters before rows reach Spark, and requests no agent that a
        filter excludes. PySpark also needs `spark.sql.python.filterPushdown.enabled`.
        `json_columns`: Columns of a given schema that contain objects or lists.
        `start`: `latest` lets a stream begin with calls that do not exist yet. Default: `earliest`.
        `base_url`, `timeout` (seconds), `max_retries`: As for a client.

    A schema that is passed to `spark.read` selects the columns that are read. Without one, the
    columns are found in the first page of calls.

    Example:
        >>> spark.dataSource.register(CallFluentDataSource)
        >>> spark.read.format("callfluent").option("agent_ids", "1001,1002").load().show()
    """

    @classmethod
    def name(cls) -> str:
        """Returns the name of the format."""
        return "callfluent"

    def schema(self) -> str:
        """Returns the columns of the first calls."""
        settings = _Settings(self.options)
        reader = settings.reader()
        columns = reader.discovered(settings.agents(reader)).columns
        return ", ".join(f"`{name.replace('`', '``')}` {_SPARK_TYPES[kind]}" for name, kind in columns.items())

    def reader(self, schema: Any) -> DataSourceReader:
        """Returns the reader of a batch."""
        settings = _Settings(self.options)
        # PySpark rejects a reader that takes filters, unless its configuration allows it.
        kind = _FilteringReader if settings.pushes_filters else _BatchReader
        return kind(settings, schema)

    def streamReader(self, schema: Any) -> DataSourceStreamReader:
        """Returns the reader of a stream."""
        return _StreamReader(_Settings(self.options), schema)

    def writer(self, schema: Any, overwrite: bool) -> Any:
        """Raises an error: a task that writes could phone a person twice."""
        raise InvalidRequestError(_WRITE)

    def streamWriter(self, schema: Any, overwrite: bool) -> Any:
        """Raises an error: a task that writes could phone a person twice."""
        raise InvalidRequestError(_WRITE)


class _Settings:
    """The options of a read, validated."""

    def __init__(self, options: Any) -> None:
        given = {str(name).lower(): str(value) for name, value in options.items()}
        if _KEYS & {*given}:
            raise InvalidRequestError(
                "the data source callfluent takes no key, because plans show options; "
                "set CALLFLUENT_API_KEY for the driver and the workers, e.g. spark.executorEnv.CALLFLUENT_API_KEY"
            )
        for name in given.keys() - _OPTIONS:
            # Spark and its distributions pass options of their own.
            from difflib import get_close_matches

            close = get_close_matches(name, _OPTIONS, 1, 0.8)
            if close:
                raise InvalidRequestError(f"the data source callfluent has no option {name!r}; use {close[0]!r}")
        self.given = given
        if ("agent_ids" in given) == ("workspace_id" in given):
            raise InvalidRequestError("the data source callfluent: pass the option agent_ids or workspace_id")
        if given.get("start", "earliest") not in ("earliest", "latest"):
            raise InvalidRequestError(f"start: expected earliest or latest, got {given['start']!r}")
        if given.get("push_filters", "false").lower() not in ("true", "false"):
            raise InvalidRequestError(f"push_filters: expected true or false, got {given['push_filters']!r}")
        self.pushes_filters = given.get("push_filters", "").lower() == "true"
        self.agents_per_partition = self._number("agents_per_partition", int) or 1
        # It is validated here, before tasks start.
        self.reader()

    def _number(self, name: str, kind: Any) -> Any:
        value = self.given.get(name)
        try:
            return None if value is None else kind(value)
        except ValueError:
            raise InvalidRequestError(f"the data source callfluent: {name}: expected a number, got {value!r}") from None

    def _list(self, name: str) -> list[str]:
        return [item.strip() for item in self.given.get(name, "").split(",") if item.strip()]

    def reader(self, columns: Any = None) -> CallReader:
        """Returns a reader with these columns."""
        return CallReader(
            columns=columns,
            requests_per_second=self._number("requests_per_second", float),
            workers=self._number("workers", int),
            limiter=self.given.get("limiter"),
            base_url=self.given.get("base_url"),
            timeout=self._number("timeout", float),
            max_retries=self._number("max_retries", int),
        )

    def agents(self, reader: CallReader) -> list[int | str]:
        """Returns the IDs of the agents to read."""
        if "workspace_id" in self.given:
            return reader.agents_of(self.given["workspace_id"])
        return [int(agent) if agent.isdecimal() else agent for agent in self._list("agent_ids")]

    def reader_of(self, schema: Any) -> CallReader:
        """Returns a reader with the columns of a schema of Spark or, in Sail, of Arrow."""
        json_columns = {*self._list("json_columns"), "custom_fields"}
        columns: dict[str, Any] = {}
        for field in schema:
            kind = _kind_of(field)
            if kind is None:
                raise InvalidRequestError(
                    f"the data source callfluent: column {field.name!r} has an unknown type; "
                    f"use {', '.join(_COLUMN_TYPES)}"
                )
            columns[field.name] = "json" if kind == "string" and field.name in json_columns else kind
        # The API's IDs are integers; as strings, they are converted later.
        return self.reader({**columns, "id": "int64", "agent_id": "int64"})


def _kind_of(field: Any) -> str | None:
    """Returns the type of a column for a field of a schema."""
    data_type = getattr(field, "dataType", None)
    if data_type is not None:
        return _COLUMN_TYPES.get(data_type.simpleString())
    # A field of Arrow.
    types = _imported("pyarrow.types")
    if types.is_integer(field.type):
        return "int64"
    if types.is_floating(field.type):
        return "float64"
    if types.is_boolean(field.type):
        return "boolean"
    if types.is_timestamp(field.type):
        return "timestamp"
    return "string" if "string" in str(field.type) else None


def _type_name(field: Any) -> str:
    data_type = getattr(field, "dataType", None)
    return str(field.type) if data_type is None else str(data_type.simpleString())


def _exact_type(field: Any) -> bool:
    """Returns true if values of this type are those of the column."""
    names = ("bigint", "int64", "double", "boolean", "bool", "string", "large_string", "string_view")
    return _type_name(field) in names


def _arrow_schema(schema: Any) -> Any:
    """Returns the schema of the batches that the engine expects."""
    pyarrow = _imported("pyarrow")
    if isinstance(schema, pyarrow.Schema):
        return schema
    types = {
        "bigint": pyarrow.int64(),
        "int": pyarrow.int32(),
        "smallint": pyarrow.int16(),
        "tinyint": pyarrow.int8(),
        "double": pyarrow.float64(),
        "float": pyarrow.float32(),
        "boolean": pyarrow.bool_(),
        "string": pyarrow.string(),
        "timestamp": pyarrow.timestamp("us", "UTC"),
    }
    fields = [pyarrow.field(field.name, types[field.dataType.simpleString()], field.nullable) for field in schema]
    return pyarrow.schema(fields)


class _Partition(InputPartition):
    """Some agents, and for a stream the IDs between which their calls are read."""

    def __init__(self, agents: list[int | str], between: dict[Any, tuple[int, int]] | None = None) -> None:
        super().__init__(None)
        self.agents = agents
        self.between = between

    def __repr__(self) -> str:
        return f"_Partition({self.agents!r}, {self.between!r})"


class _Reader:
    """The common part of both readers. It is pickled, and contains no client and no key."""

    def __init__(self, settings: _Settings, schema: Any) -> None:
        self._settings = settings
        self._reader = settings.reader_of(schema)
        self._schema = schema
        self._filters: list[tuple[str, str, Any]] = []
        # Values of other types are rounded or cut, so that a test before that could differ.
        self._tested: dict[str, str] = {
            field.name: self._reader.columns[field.name]
            for field in schema
            if _exact_type(field) and (field.name not in ("id", "agent_id") or "int" in _type_name(field))
        }

    def read(self, partition: InputPartition) -> Iterator[Any]:
        """Yields the calls of a partition as Arrow batches."""
        pyarrow = _imported("pyarrow")
        assert isinstance(partition, _Partition)
        schema = _arrow_schema(self._schema)
        for batch in self._reader.batches(partition.agents, partition.between):
            batch = _filtered(batch, self._filters)
            if batch.num_rows:
                columns = [batch.column(field.name).cast(field.type) for field in schema]
                yield pyarrow.RecordBatch.from_arrays(columns, schema=schema)


class _BatchReader(_Reader, DataSourceReader):
    """Reads all calls of the agents."""

    def partitions(self) -> Sequence[InputPartition]:
        """Returns the agents of each task."""
        agents = self._settings.agents(self._reader)
        for column, test, value in self._filters:
            if column == "agent_id" and test == "EqualTo":
                agents = [agent for agent in agents if agent == value]
            if column == "agent_id" and test == "In":
                agents = [agent for agent in agents if agent in value]
        size = self._settings.agents_per_partition
        return [_Partition(chunk) for chunk in chunks(agents, size)] or [_Partition([])]


class _FilteringReader(_BatchReader):
    """Reads the calls that filters keep."""

    def pushFilters(self, filters: list[Any]) -> Iterable[Any]:
        """Takes the filters that this reader applies. Those on `agent_id` save requests."""
        for filter in filters:
            test = _test_of(filter, self._tested)
            if test is None:
                yield filter
            else:
                self._filters.append(test)


class _StreamReader(_Reader, DataSourceStreamReader):
    """Reads new calls. An offset is the highest ID of each agent."""

    def initialOffset(self) -> dict[str, int]:
        """Returns the offset before the first call of the stream."""
        if self._settings.given.get("start") == "latest":
            return self._latest({})
        return {}

    def latestOffset(self, *_: Any) -> dict[str, int]:
        """Returns the highest ID of each agent."""
        return self._latest({})

    def _latest(self, offset: dict[str, int]) -> dict[str, int]:
        for agent in self._settings.agents(self._reader):
            highest = self._reader.highest_id(agent)
            if highest is not None:
                offset[str(agent)] = highest
        return offset

    def partitions(self, start: dict[str, int], end: dict[str, int]) -> Sequence[InputPartition]:
        """Returns the agents that have new calls."""
        new = {agent: (start.get(agent, -1), high) for agent, high in end.items() if high > start.get(agent, -1)}
        agents: list[int | str] = [int(agent) if agent.isdecimal() else agent for agent in new]
        between = {int(agent) if agent.isdecimal() else agent: ids for agent, ids in new.items()}
        size = self._settings.agents_per_partition
        return [_Partition(chunk, {agent: between[agent] for agent in chunk}) for chunk in chunks(agents, size)]


# Tests of a filter and the functions of pyarrow that apply them.
_TESTS = {
    "EqualTo": "equal",
    "GreaterThan": "greater",
    "GreaterThanOrEqual": "greater_equal",
    "LessThan": "less",
    "LessThanOrEqual": "less_equal",
    "In": "is_in",
    "IsNull": "is_null",
    "IsNotNull": "is_valid",
    "StringStartsWith": "starts_with",
    "StringEndsWith": "ends_with",
    "StringContains": "match_substring",
}
# Values that Spark and pyarrow compare alike.
_VALUES = {"int64": (int, float), "float64": (int, float), "boolean": (bool,), "string": (str,)}


def _test_of(filter: Any, columns: dict[str, str]) -> tuple[str, str, Any] | None:
    """Returns column, test and value of a filter that this reader applies."""
    test = type(filter).__name__
    attribute = [*getattr(filter, "attribute", ())]
    if test not in _TESTS or len(attribute) != 1 or attribute[0] not in columns:
        return None
    if test in ("IsNull", "IsNotNull"):
        return attribute[0], test, None
    kinds = _VALUES.get(columns[attribute[0]], ())
    values = filter.value if test == "In" else [filter.value]
    # A boolean is an integer in Python. Spark has its own rules for NaN.
    is_same_kind = all(type(value) in kinds and value == value for value in values)
    return (attribute[0], test, filter.value) if is_same_kind else None


def _filtered(batch: Any, filters: Iterable[tuple[str, str, Any]]) -> Any:
    pyarrow, compute = _imported("pyarrow"), _imported("pyarrow.compute")
    for column, test, value in filters:
        apply = getattr(compute, _TESTS[test])
        values = batch.column(column)
        if test in ("IsNull", "IsNotNull"):
            kept = apply(values)
        elif test == "In":
            kept = apply(values, value_set=pyarrow.array([*value], values.type))
        elif test.startswith("String"):
            kept = apply(values, pattern=value)
        else:
            kept = apply(values, value)
        # Rows whose test is null are dropped, as in SQL.
        batch = batch.filter(kept)
    return batch
