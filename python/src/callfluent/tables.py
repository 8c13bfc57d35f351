"""Lists of records as tables, for pandas, polars, pyarrow, DuckDB and other readers of Apache
Arrow. None of them is imported before it is asked for."""

from ._callfluent import NativeTable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any, Literal

    ColumnType = Literal["int64", "float64", "boolean", "string", "timestamp", "json"]


class Table:
    """Records as a table with typed columns. Make one with `table`.

    Arrow readers take it as it is: `pyarrow.table(t)`, `polars.DataFrame(t)`,
    `pandas.DataFrame.from_arrow(t)`, `duckdb.sql("from t")`. Each of them starts with the first
    row. If the records are pages of a list, the pages after the first are fetched while the
    reader works; an error of the API then is an error of the reader.
    """

    def __init__(self, native: NativeTable) -> None:
        self._native = native

    @property
    def columns(self) -> "dict[str, str]":
        """Names and types of the columns. The last one, `extra`, is a JSON object of everything
        that has no column."""
        return dict(self._native.columns)

    def __arrow_c_schema__(self) -> object:
        return self._native.schema()

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        # The protocol lets a producer ignore the requested schema.
        return self._native.stream()

    def to_arrow(self) -> "Any":
        """Returns a `pyarrow.Table`.

        Raises:
            ImportError: pyarrow is not installed.
        """
        return _imported("pyarrow").table(self)

    def to_pandas(self) -> "Any":
        """Returns a `pandas.DataFrame`. Integer columns with missing values stay integers.

        Raises:
            ImportError: pandas or pyarrow is not installed.
        """
        pandas, pyarrow = _imported("pandas"), _imported("pyarrow")
        return pyarrow.table(self).to_pandas(types_mapper=_nullable_integers(pandas, pyarrow))

    def to_polars(self) -> "Any":
        """Returns a `polars.DataFrame`.

        Raises:
            ImportError: polars is not installed.
        """
        return _imported("polars").DataFrame(self)

    def __repr__(self) -> str:
        columns = ", ".join(f"{name}: {kind}" for name, kind in self.columns.items())
        return f"Table({columns})"


def table(records: "Iterable[Any]", columns: "Mapping[str, ColumnType] | None" = None) -> Table:
    """Returns records as a table with typed columns.

    Documented fields have typed columns. The columns of undocumented fields, such as those of
    calls, are found in the records at hand; for pages, in the first page. A number of seconds whose
    name contains `duration` is `float64`, a time in ISO 8601 is a `timestamp` in UTC. Values that
    do not fit their column are in the column `extra`, as JSON. No record makes the table fail.

    Args:
        records: A result of `list`, or records of one class.
        columns: Types of columns by name: `int64`, `float64`, `boolean`, `string`, `timestamp` or
            `json`. If given, undocumented fields without a type go to `extra`.

    Returns:
        The table. It can be read several times; each time, pages after the first are fetched
        again.

    Raises:
        InvalidRequestError: A column has an unknown type, or the records have several classes.

    Example:
        >>> callfluent.table(client.calls.list(1001)).to_pandas()
        >>> duckdb.sql("select status, count(*) from calls group by status")
    """
    from .errors import InvalidRequestError

    items, position = _source(records)
    kinds = sorted({type(item).__name__ for item in items})
    if len(kinds) > 1:
        raise InvalidRequestError(f"table: expected records of one class, got {', '.join(kinds)}")
    types: list[tuple[str, str]] | None = None if columns is None else [*columns.items()]
    try:
        return Table(NativeTable(kinds[0] if kinds else None, items, position, types))
    except (TypeError, ValueError) as error:
        raise InvalidRequestError(f"table: {error}") from None


def _source(records: "Any") -> "tuple[list[Any], Any]":
    """Returns the records at hand, and the position after them if pages follow."""
    from .pagination import AsyncPage, Pages

    if isinstance(records, Pages):
        pages: Any = records
        # `items` fetches the first page, and with it the position. An unpickled copy has no
        # position.
        items = pages.items
        return items, pages._position or pages._request.first(pages._page)[1]
    if isinstance(records, AsyncPage):
        return records.items, None
    return [*records], None


def _nullable_integers(pandas: "Any", pyarrow: "Any") -> "Any":
    """Returns the types for which pandas would lose values: integers with nulls become floats."""
    types = {pyarrow.int64(): pandas.Int64Dtype(), pyarrow.bool_(): pandas.BooleanDtype()}
    return types.get


def _imported(name: str) -> "Any":
    from importlib import import_module

    try:
        return import_module(name)
    except ImportError as error:
        raise ImportError(f"this table needs {name}: pip install {name}", name=name) from error
