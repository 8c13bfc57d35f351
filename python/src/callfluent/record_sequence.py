"""The records of a response: a sequence that is also a table.

It is not a `list`, because readers of tables take a list for rows or columns; see `tables`.
"""

# Type checkers read `record_sequence.pyi`; jedi does not follow generic classes that are defined
# twice.
from .introspection import types
from .tables import Tabular

# pytest omits the frames of this module from tracebacks.
__tracebackhide__ = True

_MAX_SHOWN = 5
_MAX_LENGTH = 300


class _PydanticSerializer:
    """Lets pydantic encode a list in a place without a type, such as the result of a route of
    FastAPI."""

    def __get__(self, records, kind):
        try:
            from .pydantic_schema import list_serializer
        except ImportError:
            raise AttributeError("pydantic is not installed") from None
        return list_serializer()


class Records(Tabular):
    """The records of a response, in the order of the server. It is a sequence that cannot be
    changed: `list(records)` is a list that can. It equals a list with the same records.

    It is also a table: see `to_pandas`, `to_polars` and `to_arrow`.
    """

    __slots__ = ("_is_result", "_list", "_record_type")
    __hash__ = None
    __pydantic_serializer__ = _PydanticSerializer()

    # The type of `list[int]`, without an import.
    __class_getitem__ = classmethod(type(list[int]))

    def __init__(
        self,
        records: "types.Iterable[types.Any]" = (),
        is_result: bool = True,
        record_type: "str | None" = None,
    ) -> None:
        self._list = records if type(records) is list else list(records)
        # An empty list has the columns of its records.
        self._record_type = record_type
        # Some operations return a list that nobody asked for: all agents after a call has ended.
        self._is_result = is_result

    def __len__(self) -> int:
        return len(self._list)

    def __iter__(self) -> "types.Iterator[types.Any]":
        return iter(self._list)

    def __reversed__(self) -> "types.Iterator[types.Any]":
        return reversed(self._list)

    def __contains__(self, record: object) -> bool:
        return record in self._list

    def __getitem__(self, index: "types.Any") -> "types.Any":
        found = self._list[index]
        return Records(found, self._is_result, self._record_type) if type(index) is slice else found

    # Without `__radd__`: it would replace a list that `+=` extends.
    def __add__(self, others: "types.Iterable[types.Any]") -> "types.Any":
        if not isinstance(others, (Records, list)):
            return NotImplemented
        return Records([*self._list, *others], record_type=self._record_type)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Records):
            return self._list == other._list
        return self._list == other if isinstance(other, list) else NotImplemented

    def index(self, record: object, *between: int) -> int:
        """Returns the position of a record."""
        return self._list.index(record, *between)

    def count(self, record: object) -> int:
        """Returns how many records equal this one."""
        return self._list.count(record)

    def _parts(self):
        return [(self._list, None, None)]

    def to_dicts(self) -> "list[dict[str, types.Any]]":
        """Returns the records as plain dicts, for example for JSON.

        Example:
            >>> json.dumps(client.agents.list(1).to_dicts())
        """
        return [record.to_dict() for record in self._list]

    def plot(self, axes: "types.Any" = None) -> "types.Any":
        """Draws the calls of each day with matplotlib.

        Args:
            axes: Axes of matplotlib to draw on. Default: new ones.

        Returns:
            The axes.

        Raises:
            ImportError: matplotlib is not installed.
            ValueError: The records have no time.

        Example:
            >>> client.calls.list(1001).items.plot()
        """
        from .display_calls import plot

        return plot(self._list, axes)

    def __getattr__(self, name):
        if name == "keys":
            # `dict(records)` asks for it. Without an error, records with two fields would be pairs.
            raise TypeError("a list of records is not a mapping; use to_dicts()")
        if hasattr(list, name):
            raise AttributeError(f"a list of records cannot be changed and has no {name!r}; use list(records)")
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    @property
    def __dict__(self):
        # FastAPI encodes the result of a route without a return type by `vars`, if it is an object
        # of an unknown class.
        return self._list

    def __dir__(self) -> "list[str]":
        return sorted({*dir(type(self))})

    def __repr__(self) -> str:
        items = self._list
        if not self._is_result and items:
            name = type(items[0]).__name__
            return f"<1 {name}>" if len(items) == 1 else f"<{len(items)} of {name}>"
        from .short_text import short_list

        whole = repr(items) if len(items) <= _MAX_SHOWN else ""
        return whole if whole and len(whole) <= _MAX_LENGTH else short_list(items)

    def _html(self) -> "str | None":
        from .display_records import records_html

        return records_html(self._list) if self._is_result and self._list else None

    def _repr_html_(self) -> "str | None":
        from .display_html import safely

        return safely(self._html)

    def _repr_mimebundle_(self, include: "types.Any" = None, exclude: "types.Any" = None) -> "dict[str, str]":
        from .display_html import bundle

        return bundle(self, self._html)

    def _repr_pretty_(self, printer: "types.Any", is_cycle: bool) -> None:
        printer.text("[...]" if is_cycle else repr(self))

    def __copy__(self) -> "Records":
        return Records([*self._list], self._is_result, self._record_type)

    def __reduce__(self) -> "tuple[types.Any, ...]":
        return (Records, (self._list, self._is_result, self._record_type))

    @classmethod
    def __get_pydantic_core_schema__(cls, source: "types.Any", handler: "types.Any") -> "types.Any":
        """Lets pydantic and FastAPI accept, return and describe lists of records."""
        from .pydantic_schema import schema_of_list

        return schema_of_list(cls, source, handler)
