"""Values on one line, for representations of records and lists. The module is imported when one is
shown.
"""

from ._callfluent import LazyRecord

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_MAX_LENGTH = 60
_MAX_SHOWN = 5


def short_text(value: "Any") -> str:
    """Returns a value on one line."""
    if isinstance(value, list) and len(value) > 3:
        return f"[{short_text(value[0])}, ... {len(value)} in all]"
    if isinstance(value, LazyRecord):
        # A record within another: what identifies it.
        record: Any = value
        named = [name for name in ("id", "name", "number") if name in record._fields]
        text = ", ".join(f"{name}={short_text(record._field(name))}" for name in named)
        return f"{type(record).__name__}({text}{', ' if text else ''}...)" if record._fields else repr(record)
    if isinstance(value, list):
        return f"[{', '.join(map(short_text, value))}]"
    text = repr(value)
    return text if len(text) <= _MAX_LENGTH else f"{text[:_MAX_LENGTH]}..."


def short_list(values: "list[Any]") -> str:
    """Returns the first values of a list on one line, and the number of all."""
    shown = [short_text(value) for value in values[:_MAX_SHOWN]]
    if len(values) > len(shown):
        shown.append(f"... {len(values)} in all")
    return f"[{', '.join(shown)}]"
