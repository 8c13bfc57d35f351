"""The logger `callfluent`: silent unless the application listens, or CALLFLUENT_LOG asks for its records on standard error.

It is imported when it is needed, since `logging` costs more than the whole package.
"""

import logging
import sys

_LEVELS = ("debug", "info", "warning", "error", "critical")


def logger() -> logging.Logger:
    """The logger of this package. It has a handler that does nothing, as is the habit of libraries: without any handler,
    Python would print warnings to standard error. What differs from the documentation is told by `client.drift()` as well."""
    found = logging.getLogger("callfluent")
    if not found.handlers:
        found.addHandler(logging.NullHandler())
    return found


def tell(level: int, text: str, created: float) -> None:
    """Hands over what happened at a time that may lie a moment back."""
    found = logger()
    if not found.isEnabledFor(level):
        return
    record = found.makeRecord(found.name, level, "callfluent", 0, "%s", (text,), None)
    record.relativeCreated += (created - record.created) * 1000
    record.created = created
    record.msecs = int(created % 1 * 1000) + 0.0
    found.handle(record)


def _is_shown_here(record: logging.LogRecord) -> bool:
    """Whether the application does not show it: it does where it has set `logging` up for records of this level."""
    others = logging.getLogger().handlers if logging.getLogger("callfluent").propagate else []
    return all(other.level > record.levelno for other in others)


def turn_on(level: str) -> None:
    """Shows the records from this level on, from `debug` to `critical`, on standard error."""
    name = level.strip().lower()
    if name not in _LEVELS:
        print(
            f"CALLFLUENT_LOG={level} is no level, so nothing is logged; it may be {', '.join(_LEVELS)}", file=sys.stderr
        )
        return
    shown = logging.StreamHandler()
    shown.addFilter(_is_shown_here)
    shown.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    found = logger()
    found.addHandler(shown)
    found.setLevel(getattr(logging, name.upper()))
