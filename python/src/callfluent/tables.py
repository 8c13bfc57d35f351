"""Lists of records as tables, for pandas, polars, pyarrow, DuckDB and other readers of Apache
Arrow. None of them is imported before it is asked for.

Classes of lists have the methods of `Tabular`. They must not be lists, tuples or
`collections.abc.Sequence`: pyarrow and polars would take the records for columns or rows, and would
make wrong tables without an error.
"""

from ._callfluent import NativeTable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeAlias

    from . import annotations as types

    _Part: TypeAlias = tuple[list[Any], Any, str | None]
    """A part of a table: records at hand, the position after them if pages follow, and the id of
    the agent, as JSON, if there can be several."""
else:
    from .introspection import types

# pytest omits the frames of this module from tracebacks.
__tracebackhide__ = True


class Tabular:
    """Readers of Apache Arrow take it as a table: `pyarrow.table(x)`, `polars.DataFrame(x)`,
    `pandas.DataFrame.from_arrow(x)`, `duckdb.sql("from x")`. Each of them starts with the first
    row."""

    __slots__ = ()
    # The name of the class of the records, for a list that contains none. An annotation would be a
    # field of records.
    _record_type = None  # type: str | None

    def _parts(self) -> "list[_Part]":
        """Returns the records as parts of a table. Lists of pages fetch their first page."""
        raise NotImplementedError

    def _table(self, columns: "Any" = None) -> "Table":
        return Table(self._parts(), columns, self._record_type)

    def __arrow_c_schema__(self) -> object:
        return self._table()._native.schema()

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        # The protocol lets a producer ignore the requested schema.
        return self._table()._native.stream()

    def to_arrow(self, columns: "types.Mapping[str, types.ColumnType] | None" = None) -> "types.Any":
        """Returns a `pyarrow.Table`.

        Args:
            columns: Types of columns by name, as in `callfluent.tables.table`.

        Raises:
            ImportError: pyarrow is not installed.

        Example:
            >>> client.agents.list(1).to_arrow().schema
        """
        return _imported("pyarrow").table(self._table(columns))

    def to_pandas(self, columns: "types.Mapping[str, types.ColumnType] | None" = None) -> "types.Any":
        """Returns a `pandas.DataFrame`. Integer columns with missing values stay integers.

        Args:
            columns: Types of columns by name, as in `callfluent.tables.table`.

        Raises:
            ImportError: pandas or pyarrow is not installed.

        Example:
            >>> client.calls.list(1001).to_pandas(columns={"duration": "float64"})
        """
        pandas, pyarrow = _imported("pandas"), _imported("pyarrow")
        # Without these types, pandas makes floats of integers with nulls.
        nullable = {pyarrow.int64(): pandas.Int64Dtype(), pyarrow.bool_(): pandas.BooleanDtype()}
        return pyarrow.table(self._table(columns)).to_pandas(types_mapper=nullable.get)

    def to_polars(self, columns: "types.Mapping[str, types.ColumnType] | None" = None) -> "types.Any":
        """Returns a `polars.DataFrame`.

        Args:
            columns: Types of columns by name, as in `callfluent.tables.table`.

        Raises:
            ImportError: polars is not installed.

        Example:
            >>> client.calls.list(1001).to_polars()
        """
        return _imported("polars").DataFrame(self._table(columns))


class Table(Tabular):
    """Records as a table with typed columns. Make one with `table`.

    Arrow readers take it as it is: `pyarrow.table(t)`, `polars.DataFrame(t)`,
    `pandas.DataFrame.from_arrow(t)`, `duckdb.sql("from t")`. Each of them starts with the first
    row. If the records are pages of a list, the pages after the first are fetched while the
    reader works; an error of the API then is an error of the reader.
    """

    __slots__ = ("_given", "_native", "_record_type")

    def __init__(
        self,
        parts: "list[_Part]",
        columns: "types.Mapping[str, types.ColumnType] | None",
        record_type: "str | None" = None,
    ) -> None:
        from .argument_checks import invalid_value, pairs_of_columns
        from .errors import InvalidRequestError

        kinds = sorted({type(item).__name__ for items, _, _ in parts for item in items})
        if len(kinds) > 1:
            raise InvalidRequestError(f"table: expected records of one class, got {', '.join(kinds)}")
        given = pairs_of_columns(columns, "table")
        self._record_type = kinds[0] if kinds else record_type
        try:
            self._native = NativeTable(self._record_type, parts, given)
        except TypeError:
            reason = f"expected records, such as agents or calls, got {', '.join(kinds)}"
            raise invalid_value("table", "records", reason) from None
        except ValueError as error:
            raise InvalidRequestError(f"table: {error}") from None
        self._given = parts

    def _parts(self) -> "list[_Part]":
        return self._given

    @classmethod
    def of_lines(cls, path: "Any", columns: "types.Mapping[str, str] | None") -> "Table":
        """Returns the table of the calls in a JSONL file. Its lines are read while the table is
        read."""
        from .argument_checks import pairs_of_columns
        from .errors import InvalidRequestError

        given = pairs_of_columns(columns, "table")
        table = cls.__new__(cls)
        table._record_type = "Call"
        try:
            table._native = NativeTable.of_lines("Call", path, given)
        except ValueError as error:
            raise InvalidRequestError(f"table: {error}") from None
        table._given = []
        return table

    @property
    def columns(self) -> "dict[str, str]":
        """Names and types of the columns. The last one, `extra`, is a JSON object of everything
        that has no column."""
        return dict(self._native.columns)

    def _table(self, columns: "Any" = None) -> "Table":
        return self if columns is None else Table(self._given, columns, self._record_type)

    def __repr__(self) -> str:
        columns = ", ".join(f"{name}: {kind}" for name, kind in self.columns.items())
        return f"Table({columns})"


def table(records: "types.Iterable[types.Any]", columns: "types.Mapping[str, types.ColumnType] | None" = None) -> Table:
    """Returns records as a table with typed columns.

    Documented fields have typed columns. The columns of undocumented fields, such as those of
    calls, are found in the records at hand; for pages, in the first page. A number of seconds whose
    name contains `duration` is `float64`, a time in ISO 8601 is a `timestamp` in UTC. Values that
    do not fit their column are in the column `extra`, as JSON. No record makes the table fail.

    Args:
        records: A result of `list`, records of one class, or the lists of calls of several agents.
            The calls of several agents have a column `agent_id`.
        columns: Types of columns by name: `int64`, `float64`, `boolean`, `string`, `timestamp` or
            `json`. If given, undocumented fields without a type go to `extra`.

    Returns:
        The table. It can be read several times; each time, pages after the first are fetched
        again.

    Raises:
        InvalidRequestError: A column has an unknown type, or the records have several classes.

    Example:
        >>> table(client.calls.list(1001)).to_pandas()
        >>> table(client.calls.list(agent_id) for agent_id in (1001, 1002)).to_polars()
    """
    # Records themselves are asked for nothing: an unknown name decodes the whole record.
    given: Any = records
    if hasattr(type(given), "_parts"):
        return Table(given._parts(), columns, given._record_type)
    if not hasattr(type(given), "__iter__"):
        from .argument_checks import invalid_value, kind_of

        raise invalid_value("table", "records", f"expected a list of records, got {kind_of(given)}")
    items = [*given]
    if not any(hasattr(type(item), "_part_of_agent") for item in items):
        return Table([(items, None, None)], columns)
    return Table(_parts_of_agents(items), columns, items[0]._record_type)


def _agent_json(agent_id: "float | str") -> str:
    """Returns the ID of an agent as JSON: a number if it is one in another form, too."""
    from json import dumps

    is_whole = isinstance(agent_id, float) and agent_id.is_integer()
    text = str(int(agent_id) if is_whole else agent_id)
    is_number = text.isascii() and text.isdigit() and (text == "0" or text[0] != "0")
    return text if is_number else dumps(text)


def _parts_of_agents(items: "list[Any]") -> "list[_Part]":
    parts: list[_Part] = []
    for item in items:
        if not hasattr(type(item), "_part_of_agent"):
            from .errors import InvalidRequestError

            raise InvalidRequestError(f"table: expected lists of calls, got {type(item).__name__}")
        # The columns are found in the first records, so no other list has to be fetched before.
        parts.append(item._part_of_agent(not any(known for known, _, _ in parts)))
    return parts


def _imported(name: str, user: str = "this table") -> "Any":
    """Imports a package that the user has to install."""
    from importlib import import_module

    try:
        return import_module(name)
    except ImportError as error:
        raise ImportError(f"{user} needs {name}: pip install {name}", name=name) from error
