"""The base classes of records: attributes for documented and unknown fields, the mapping protocol,
copies and display."""

# `collections.abc` would load `collections`; this module is loaded by the interpreter.
from _collections_abc import ItemsView, KeysView, Mapping, ValuesView

from ._callfluent import LazyRecord, record_class
from .tables import Tabular

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, ClassVar

    from typing_extensions import Self

    from . import annotations as types
else:
    from .introspection import types

# pytest omits the frames of this module from tracebacks.
__tracebackhide__ = True

_MAX_RECORD_LENGTH = 300


class _Signature:
    """The constructor's signature as the stubs have it: the fields by name, with their types."""

    def __get__(self, record: object, kind: "type[_Fields]") -> "Any":
        from inspect import Parameter, Signature
        from typing import Any, get_type_hints

        hints = get_type_hints(kind)
        is_action = hasattr(kind, "_tag")
        parameters = []
        if not kind._required and not is_action:
            mapping = Mapping[str, Any]
            parameters.append(Parameter("record", Parameter.POSITIONAL_ONLY, default=..., annotation=mapping))
        for name in kind.__annotations__:
            if name in kind._names:
                default = Parameter.empty if name in kind._required else ...
                parameters.append(Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=hints[name]))
        if is_action or kind._takes_any_field:
            name, hint = ("extra", object) if is_action else ("others", Any)
            parameters.append(Parameter(name, Parameter.VAR_KEYWORD, annotation=hint))
        return Signature(parameters, return_annotation=None)


class _DataclassFields:
    """The fields as `dataclasses`, orjson, Flask and pandas ask for them. Those of a record include
    the undocumented ones."""

    def __get__(self, record: "_Fields | None", kind: "type[_Fields]") -> "dict[str, Any]":
        import dataclasses

        @dataclasses.dataclass
        class Example:
            field: object

        (example,) = dataclasses.fields(Example)
        fields: dict[str, Any] = {}
        for name in kind._names if record is None else record._fields:
            described: Any = dataclasses.field(default=None)
            described.name, described.type = name, object
            described._field_type = example._field_type  # type: ignore[attr-defined]
            fields[name] = described
        if record is not None:
            # orjson uses the dict after it has released it.
            _KEPT.__set__(record, fields)
        return fields


class _DataclassParams:
    """The options of a dataclass: its representation is its own."""

    init = frozen = True
    repr = eq = order = unsafe_hash = False


DATACLASS_FIELDS = _DataclassFields()


class _Fields(LazyRecord):
    """Fields as attributes. A documented field that the server did not send is `None`."""

    __slots__ = ("_kept",)
    if TYPE_CHECKING:
        _names: ClassVar[tuple[str, ...]]
        _nested: ClassVar[dict[str, str]]
        _required: ClassVar[tuple[str, ...]]
        _takes_any_field: ClassVar[bool]
        __dataclass_params__: ClassVar[Any]
    else:
        _names = ()
        _nested = {}
        # Fields without which it cannot be sent.
        _required = ()
        _takes_any_field = False
        __dataclass_params__ = _DataclassParams()

    def __init__(self, *fields: "types.Mapping[str, types.Any]", **named: "types.Any") -> None:
        self._set_fields({**self._given(fields), **named})

    def _given(self, fields: "tuple[Any, ...]") -> "dict[str, Any]":
        """Returns the fields of the mapping that is passed when a record is copied or unpickled."""
        try:
            return dict(*fields)
        except (TypeError, ValueError):
            raise TypeError(f"{type(self).__name__} takes its fields by name: {', '.join(self._names)}") from None

    if not TYPE_CHECKING:
        __signature__ = _Signature()
        __getattr__ = LazyRecord._field

        def __setattr__(self, name, value):
            raise AttributeError(f"{_with_article(self)} cannot be changed; make another one with replace()")

    def _nest(self, name: str, value: "Any") -> "Any":
        """Converts nested objects to records, and keeps them."""
        nested = self._nested.get(name)
        if nested is None:
            return value
        if isinstance(value, list):
            value[:] = to_records(value, nested)
            return value
        value = self._fields[name] = to_records(value, nested)
        return value

    def _get(self, name: str) -> "Any":
        if name not in self._fields:
            raise KeyError(name)
        # A field may have the name of a method.
        return self._field(name)

    def to_dict(self) -> "dict[str, types.Any]":
        """Returns the fields as plain dicts and lists.

        Returns:
            A new dict. Changes to it do not change the record.

        Example:
            >>> json.dumps(agent.to_dict())
            >>> json.dumps(client.agents.list(1).to_dicts())
        """
        return {name: _plain(value) for name, value in self._fields.items()}

    def to_json(self) -> str:
        """Returns the fields as JSON.

        Returns:
            One JSON object.

        Example:
            >>> path.write_text(agent.to_json())
        """
        import json

        return json.dumps(self.to_dict(), ensure_ascii=False)

    def _compact_json(self) -> str:
        """Returns the JSON as the core writes it."""
        import json

        return json.dumps(self.to_dict(), ensure_ascii=False, separators=(",", ":"))

    def _sent(self) -> "dict[str, Any]":
        """Returns the fields as an argument of a request."""
        return self.to_dict()

    def replace(self, **changes: "types.Any") -> "types.Self":
        """Returns a copy with some fields changed.

        Args:
            **changes: New values by field name.

        Returns:
            A new record of the same class.

        Example:
            >>> agent.replace(name="Night shift")
        """
        return type(self)({**self._fields, **changes})

    # `copy.replace` calls it.
    __replace__ = replace

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other) or not isinstance(other, _Fields):
            return NotImplemented
        return self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        # Values may be lists, which have no hash. Equal records have equal ids.
        return hash((type(self).__name__, self._fields.get("id")))

    def __dir__(self) -> "list[str]":
        return sorted({*object.__dir__(self), *self._names, *self._fields})

    def __repr__(self) -> str:
        """Returns the record on one line: all fields of a small record, the first ones of a large
        one."""
        from .short_text import short_text

        shown: list[str] = []
        for name in self._fields:
            field = f"{name}={short_text(self._field(name))}"
            if shown and sum(map(len, shown)) + len(field) > _MAX_RECORD_LENGTH:
                shown.append(f"... {len(self._fields) - len(shown)} more")
                break
            shown.append(field)
        return f"{type(self).__name__}({', '.join(shown)})"

    def _html(self) -> "str | None":
        from .display_records import record_html

        return record_html(self)

    def _repr_html_(self) -> "str | None":
        from .display_html import safely

        return safely(self._html)

    def _repr_mimebundle_(self, include: "Any" = None, exclude: "Any" = None) -> "dict[str, str]":
        from .display_html import bundle

        return bundle(self, self._html)

    def __rich_repr__(self) -> "types.Iterator[tuple[str, Any]]":
        for name in self._fields:
            yield name, self._field(name)

    def __reduce__(self) -> "tuple[Any, ...]":
        return (type(self), (self._fields,))

    def __copy__(self) -> "Self":
        return type(self)(self._fields)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: "types.Any", handler: "types.Any") -> "types.Any":
        """Lets pydantic and FastAPI accept, return and describe records."""
        from .pydantic_schema import core_schema_of

        return core_schema_of(cls, handler)


_KEPT: "Any" = _Fields.__dict__["_kept"]


if TYPE_CHECKING:
    _RecordBase = Mapping[str, Any]
else:
    # A base class would slow down access to fields; the class is registered below.
    _RecordBase = object


class _Values(ValuesView):  # type: ignore[type-arg]
    """The values of a record. The inherited iterator would look each of them up."""

    __slots__ = ()
    _mapping: "Record"

    def __iter__(self) -> "types.Iterator[types.Any]":
        return iter(self._mapping._nested_fields().values())


_Values.__name__ = ValuesView.__name__  # the `repr` of a view shows it


class _Items(ItemsView):  # type: ignore[type-arg]
    """The fields of a record as pairs. The inherited iterator would look each of them up."""

    __slots__ = ()
    _mapping: "Record"

    def __iter__(self) -> "types.Iterator[tuple[str, types.Any]]":
        return iter(self._mapping._nested_fields().items())


_Items.__name__ = ItemsView.__name__


class Record(_Fields, _RecordBase):
    """A record of the API. It is a mapping from field names to values, and its fields are also
    attributes.

    Fields that the API's documentation does not list are attributes under their own names.
    """

    __slots__ = ()

    def get(self, name: str, default: "types.Any" = None) -> "types.Any":
        """Returns the value of a field, or the default if the server did not send it."""
        return self[name] if name in self._fields else default

    def keys(self) -> "types.KeysView[str]":
        """Returns the names of the fields that the server sent."""
        return KeysView(self)

    def values(self) -> "types.ValuesView[types.Any]":
        """Returns the values of the fields that the server sent."""
        return _Values(self)

    def items(self) -> "types.ItemsView[str, types.Any]":
        """Returns pairs of name and value of the fields that the server sent."""
        return _Items(self)

    def __getitem__(self, name: str) -> "types.Any":
        return self._get(name)

    def __iter__(self) -> "types.Iterator[str]":
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def __bool__(self) -> bool:
        # A record without fields is still a record.
        return True

    def __contains__(self, name: object) -> bool:
        return name in self._fields


# Pattern matching and libraries such as pandas then treat records as they treat dicts.
Mapping.register(Record)  # pyright: ignore[reportAttributeAccessIssue]


class RecordList(_Fields, Tabular):
    """A result that holds a list beside other fields. It is a sequence and a table of the list's
    records."""

    __slots__ = ()

    @property
    def _items(self) -> "list[Any]":
        (name,) = (name for name, record_type in self._nested.items() if record_type.startswith("["))
        return self._field(name) or []

    @property
    def _record_type(self) -> "str | None":  # type: ignore[override]
        return next(record_type[1:-1] for record_type in self._nested.values() if record_type.startswith("["))

    def _parts(self) -> "list[tuple[list[Any], Any, str | None]]":
        return [(self._items, None, None)]

    @property
    def free(self) -> "list[types.Any]":
        """Numbers that no agent uses."""
        in_use = self._field("in_use") or {}
        return [item for item in self._items if item.number is not None and item.number not in in_use]

    def __iter__(self) -> "types.Iterator[types.Any]":
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, index: "types.Any") -> "types.Any":
        return self._get(index) if isinstance(index, str) else self._items[index]

    def __contains__(self, item: object) -> bool:
        return item in self._items

    def __reversed__(self) -> "types.Iterator[types.Any]":
        yield from reversed(self._items)

    def index(self, item: object, *between: int) -> int:
        """Returns the position of a record."""
        return self._items.index(item, *between)

    def count(self, item: object) -> int:
        """Returns how many records equal this one."""
        return self._items.count(item)

    def to_dicts(self) -> "list[dict[str, types.Any]]":
        """Returns the records of the list as plain dicts. `to_dict` returns all fields."""
        return [item.to_dict() for item in self._items]

    def _html(self) -> "str | None":
        from .display_records import records_html

        return records_html(self._items)


class Action(Record):
    """An action to send."""

    __slots__ = ()
    # Name and value of the field that tells actions apart.
    _tag = ("", "")

    def __init__(self, *fields: "types.Mapping[str, types.Any]", **named: "types.Any") -> None:
        tag, value = self._tag
        super().__init__({tag: value, **self._given(fields)}, **named)


def to_records(value: "Any", record_type: str) -> "Any":
    """Converts plain objects to records of a class; brackets around its name mean a list."""
    if not record_type:
        return value
    if record_type.startswith("["):
        kind = record_class(record_type[1:-1])
        return [kind(item) if isinstance(item, dict) else item for item in value]
    return record_class(record_type)(value) if isinstance(value, dict) else value


def _plain(value: "Any") -> "Any":
    if isinstance(value, _Fields):
        return value.to_dict()
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return value


def _article(name: str) -> str:
    return f"an {name}" if name[:1] in "AEIOU" else f"a {name}"


def _with_article(record: _Fields) -> str:
    return _article(type(record).__name__)
