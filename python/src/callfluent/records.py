"""What all records have in common: attributes for documented and for unknown fields, comparison, copies, display."""

from ._callfluent import LazyRecord, record_class

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any, ClassVar

    from typing_extensions import Self

_LONGEST_SHOWN = 60
_MOST_ROWS = 100


class _Signature:
    """What `help` and notebooks show of how a record is made: its fields by name."""

    def __get__(self, record: object, kind: "type[Record]") -> "Any":
        from inspect import Parameter, Signature

        named = [Parameter(name, Parameter.KEYWORD_ONLY, default=None) for name in kind._names]
        return Signature([*named, Parameter("others", Parameter.VAR_KEYWORD)])


class Record(LazyRecord):
    """A record of the API. Its fields are attributes; fields that the documentation does not list are attributes under
    their own names. A documented field that the server did not send is `None`."""

    __slots__ = ()
    _names: "ClassVar[tuple[str, ...]]" = ()
    _nested: "ClassVar[dict[str, str]]" = {}
    _answered: "ClassVar[tuple[str, ...]]" = ()
    """The fields that answers have and requests have not."""

    def __init__(self, *fields: "Mapping[str, Any]", **named: "Any") -> None:
        self._set_fields({**self._given(fields), **named})

    def _given(self, fields: "tuple[Any, ...]") -> "dict[str, Any]":
        """The fields that were given as one mapping, as when a record is copied or unpickled."""
        try:
            return dict(*fields)
        except (TypeError, ValueError):
            raise TypeError(f"{type(self).__name__} takes its fields by name: {', '.join(self._names)}") from None

    if not TYPE_CHECKING:
        __signature__ = _Signature()
        __getattr__ = LazyRecord._field

        def __setattr__(self, name, value):
            raise AttributeError(f"{_named(self)} cannot be changed; make another one with replace()")

    def _nest(self, name: str, value: "Any") -> "Any":
        """Makes records of what are some, and keeps them."""
        nested = self._nested.get(name)
        if nested is None:
            return value
        if isinstance(value, list):
            value[:] = shaped(value, nested)
            return value
        value = self._fields[name] = shaped(value, nested)
        return value

    def to_dict(self) -> "dict[str, Any]":
        """The fields as plain values, for JSON and the like."""
        return {name: _plain(value) for name, value in self._fields.items()}

    def _sent(self) -> "dict[str, Any]":
        """The fields as an argument."""
        if not self._answered:
            return self.to_dict()
        return {
            name: value for name, value in self.to_dict().items() if name not in self._answered and value is not None
        }

    def replace(self, **changes: "Any") -> "Self":
        """A copy with some fields changed."""
        return type(self)({**self._fields, **changes})

    # What `copy.replace` calls.
    __replace__ = replace

    def keys(self) -> "Iterator[str]":
        """The names of the fields that the server sent; with it, `dict(record)` works."""
        return iter(self._fields)

    def __getitem__(self, name: str) -> "Any":
        if name not in self._fields:
            raise KeyError(name)
        # A field may be called like a method.
        return self._field(name)

    def __iter__(self) -> "Iterator[str]":
        return iter(self._fields)

    def __contains__(self, name: object) -> bool:
        return name in self._fields

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other) or not isinstance(other, Record):
            return NotImplemented
        return self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        # Equal records have equal names of fields; values may be lists.
        return hash((type(self).__name__, self._fields.get("id")))

    def __dir__(self) -> "list[str]":
        return sorted({*object.__dir__(self), *self._names, *self._fields})

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={_short(self[name])}" for name in self._fields)
        return f"{type(self).__name__}({shown})"

    def _repr_html_(self) -> str:
        import html

        rows = "".join(
            f"<tr><th>{html.escape(name)}</th><td>{html.escape(_short(self[name]))}</td></tr>" for name in self._fields
        )
        return f"<table><caption>{type(self).__name__}</caption>{rows}</table>"

    def __reduce__(self) -> "tuple[Any, ...]":
        return (type(self), (self._fields,))

    def __copy__(self) -> "Self":
        return type(self)(self._fields)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: "Any", handler: "Any") -> "Any":
        """Lets pydantic, and with it FastAPI, take and return records."""
        from pydantic_core import core_schema  # type: ignore[import-not-found,unused-ignore]

        def read(value: "Any") -> "Record":
            if isinstance(value, cls):
                return value
            if not isinstance(value, dict):
                raise ValueError(f"{_article(cls.__name__)} must be an object")
            return cls(value)

        return core_schema.no_info_plain_validator_function(
            read,
            serialization=core_schema.plain_serializer_function_ser_schema(lambda record: record.to_dict()),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: "Any", handler: "Any") -> "dict[str, Any]":
        """Lets pydantic, and with it FastAPI, describe records: as objects, which may have fields of any name."""
        return {"type": "object", "title": cls.__name__, "additionalProperties": True}


class Action(Record):
    """An action to send."""

    __slots__ = ()
    _tag: "ClassVar[tuple[str, str]]" = ("", "")

    def __init__(self, *fields: "Mapping[str, Any]", **named: "Any") -> None:
        tag, value = self._tag
        given = {name: item for name, item in named.items() if item is not None}
        super().__init__({tag: value, **self._given(fields)}, **given)


def shaped(value: "Any", shape: str) -> "Any":
    """Plain values as records of the class that `shape` names; in brackets, a list of them."""
    if not shape:
        return value
    if shape.startswith("["):
        kind = record_class(shape[1:-1])
        return [kind(item) if isinstance(item, dict) else item for item in value]
    return record_class(shape)(value) if isinstance(value, dict) else value


def table(records: "list[Any]") -> str:
    """Records as a table for notebooks: the fields that any of them has, and at most a hundred rows."""
    import html

    names = list({name: None for record in records for name in record})
    head = "".join(f"<th>{html.escape(name)}</th>" for name in names)
    rows = [
        "".join(f"<td>{html.escape(_short(record[name])) if name in record else ''}</td>" for name in names)
        for record in records[:_MOST_ROWS]
    ]
    left_out = len(records) - len(rows)
    foot = f"<tfoot><tr><td>... {left_out} more</td></tr></tfoot>" if left_out else ""
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody>{foot}</table>"


def _plain(value: "Any") -> "Any":
    if isinstance(value, Record):
        return value.to_dict()
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return value


def _article(name: str) -> str:
    return f"an {name}" if name[:1] in "AEIOU" else f"a {name}"


def _named(record: Record) -> str:
    return _article(type(record).__name__)


def _short(value: object) -> str:
    if isinstance(value, list) and len(value) > 3:
        return f"[{_short(value[0])}, ... {len(value)} in all]"
    text = repr(value)
    return text if len(text) <= _LONGEST_SHOWN or isinstance(value, Record) else f"{text[:_LONGEST_SHOWN]}..."
