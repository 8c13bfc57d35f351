"""Checks of arguments that Python itself reads: functions, lists, and names of columns. The core
and the binding check all others. A wrong type must not be an error of something within the package.

`import callfluent` does not import this module.
"""

from collections.abc import Mapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeGuard

    from .errors import InvalidRequestError

# pytest omits the frames of this module from tracebacks.
__tracebackhide__ = True


def kind_of(value: object) -> str:
    """Returns the type of a value with its article: `an int`, `a list`."""
    if value is None:
        return "None"
    name = type(value).__name__
    article = "" if name == "bytes" else "an " if name[0] in "aeioAEIO" else "a "
    return f"{article}{name}"


def invalid_argument(operation: str, name: str, reason: str) -> "InvalidRequestError":
    """Returns the error of an argument of a request. Nothing was sent."""
    return _error(f"{operation}: invalid arguments (not sent)", name, reason)


def invalid_value(subject: str, name: str, reason: str) -> "InvalidRequestError":
    """Returns the error of an argument of something that sends nothing, such as a table."""
    return _error(subject, name, reason)


def _error(begin: str, name: str, reason: str) -> "InvalidRequestError":
    from .errors import InvalidRequestError

    return InvalidRequestError(f"{begin}: {name}: {reason}", field_errors=[(name, reason)])


def is_list_like(value: object) -> bool:
    """Returns true for an iterable of items that are neither characters nor keys. A series of
    pandas has keys, and is a list."""
    is_other = isinstance(value, (str, bytes, bytearray, Mapping))
    return not is_other and (hasattr(type(value), "__iter__") or hasattr(type(value), "__getitem__"))


def check_function(operation: str, name: str, value: object) -> None:
    """Rejects an argument that cannot be invoked."""
    if not callable(value):
        raise invalid_argument(operation, name, f"expected a function, got {kind_of(value)}")


def pairs_of_columns(columns: "Any", subject: str) -> "list[tuple[str, str]] | None":
    """Returns names and types of columns, with strings only."""
    if columns is None:
        return None
    if not hasattr(type(columns), "items"):
        expected = 'expected a mapping of names to types, such as {"duration": "float64"}'
        raise invalid_value(subject, "columns", f"{expected}, got {kind_of(columns)}")
    pairs = [*columns.items()]
    for name, kind in pairs:
        if not isinstance(name, str):
            raise invalid_value(subject, "columns", f"the name of a column must be a string, got {kind_of(name)}")
        if not isinstance(kind, str):
            reason = f'the type of the column {name!r} must be a string such as "int64", got {kind_of(kind)}'
            raise invalid_value(subject, "columns", reason)
    return pairs


def is_mapping(value: object) -> "TypeGuard[Any]":
    """Returns true for a mapping, also for one that only has its methods."""
    return hasattr(type(value), "keys") and hasattr(type(value), "__getitem__")
