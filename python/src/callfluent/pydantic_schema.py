"""Descriptions of records for pydantic and FastAPI. Only pydantic imports this module."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic_core import SchemaSerializer, core_schema  # type: ignore[import-not-found,unused-ignore]

if TYPE_CHECKING:
    from .records import _Fields


def core_schema_of(kind: type[_Fields], handler: Any) -> Any:
    """Returns the schema of a record: an object with the documented fields.

    Fields of a response may be absent, and undocumented ones are kept. An action must have its
    required fields and no others.
    """
    hints = {name: hint for name, hint in get_type_hints(kind).items() if not name.startswith("_")}
    # The field that tells actions apart.
    tag, _ = getattr(kind, "_tag", (None, None))
    required = {*kind._required, tag}
    fields = {
        name: core_schema.typed_dict_field(
            handler.generate_schema(_accepted(hint, tag is not None)), required=name in required
        )
        for name, hint in hints.items()
    }
    record = core_schema.typed_dict_schema(fields, cls=kind, extra_behavior="forbid" if tag else "allow")

    def validate(value: Any, validate_fields: Any) -> _Fields:
        if isinstance(value, kind):
            return value
        if isinstance(value, Mapping):
            value = dict(value)
        return kind(validate_fields(value))

    return core_schema.no_info_wrap_validator_function(
        validate,
        record,
        ref=f"{kind.__module__}.{kind.__qualname__}:{id(kind)}",
        serialization=core_schema.plain_serializer_function_ser_schema(lambda record: record.to_dict()),
    )


def schema_of_list(kind: type[Any], source: Any, handler: Any) -> Any:
    """Returns the schema of `Records[Agent]`: a list of agents."""
    arguments = get_args(source)
    items = core_schema.list_schema(handler.generate_schema(arguments[0]) if arguments else core_schema.any_schema())

    def validate(value: Any, validate_items: Any) -> Any:
        return value if isinstance(value, kind) else kind(validate_items(value))

    return core_schema.no_info_wrap_validator_function(
        validate, items, serialization=core_schema.plain_serializer_function_ser_schema(_to_dicts)
    )


@cache
def list_serializer() -> SchemaSerializer:
    """Returns the serializer of lists of records in places without a type."""
    serialization = core_schema.plain_serializer_function_ser_schema(_to_dicts)
    return SchemaSerializer(core_schema.any_schema(serialization=serialization))


def _to_dicts(records: Any) -> list[dict[str, Any]]:
    return records.to_dicts()  # type: ignore[no-any-return]


def _accepted(hint: Any, is_exact: bool) -> Any:
    """Returns the type that pydantic is to check. It reads an iterable only once and keeps the
    iterator, so an iterable becomes a list. The API may return values that it does not document."""
    arguments = get_args(hint)
    if get_origin(hint) is Iterable:
        return list[arguments[0]]  # type: ignore[valid-type]
    if get_origin(hint) is Literal and not is_exact:
        return Union[hint, str]  # noqa: UP007 - `|` needs a type on both sides.
    return hint
