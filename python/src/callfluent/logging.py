"""The logger `callfluent`. It is silent unless the application configures `logging` or sets
`CALLFLUENT_LOG`.

The module is imported on first use: `logging` costs more than the rest of the package.
"""

import logging
import sys

_LEVELS = ("debug", "info", "warning", "error", "critical")


def logger() -> logging.Logger:
    """Returns the logger of this package.

    Its handler does nothing, as is usual for libraries. Without it, Python would print warnings to
    standard error.
    """
    found = logging.getLogger("callfluent")
    if not found.handlers:
        found.addHandler(logging.NullHandler())
    return found


def emit(level: int, message: str, created: float) -> None:
    """Emits a record with its own time, which may lie a moment in the past."""
    found = logger()
    if not found.isEnabledFor(level):
        return
    record = found.makeRecord(found.name, level, "callfluent", 0, "%s", (message,), None)
    record.relativeCreated += (created - record.created) * 1000
    record.created = created
    record.msecs = int(created % 1 * 1000) + 0.0
    found.handle(record)


def _is_shown_here(record: logging.LogRecord) -> bool:
    """Returns whether no handler of the application shows the record."""
    others = logging.getLogger().handlers if logging.getLogger("callfluent").propagate else []
    return all(other.level > record.levelno for other in others)


def log_to_stderr(level: str) -> None:
    """Writes records to standard error.

    Args:
        level: Lowest level to write: `debug`, `info`, `warning`, `error` or `critical`.

    Example:
        >>> log_to_stderr("debug")
    """
    name = str(level).strip().lower()
    if name not in _LEVELS:
        print(f"CALLFLUENT_LOG={level} is not a log level; use one of {', '.join(_LEVELS)}", file=sys.stderr)
        return
    shown = logging.StreamHandler()
    shown.addFilter(_is_shown_here)
    shown.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    found = logger()
    found.addHandler(shown)
    found.setLevel(getattr(logging, name.upper()))
