"""The logger `callfluent`: silent unless the application listens, or CALLFLUENT_LOG asks for its records on standard error.

It is imported when it is needed, since `logging` costs more than the whole package.
"""

import logging


def logger() -> logging.Logger:
    """The logger of this package. It has a handler that does nothing, as is the habit of libraries: without any handler,
    Python would print warnings to standard error. What differs from the documentation is told by `client.drift()` as well."""
    found = logging.getLogger("callfluent")
    if not found.handlers:
        found.addHandler(logging.NullHandler())
    return found


def turn_on(level: str) -> None:
    """Shows the records from this level on, from `debug` to `error`, on standard error."""
    shown = logging.StreamHandler()
    shown.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    found = logger()
    found.addHandler(shown)
    found.setLevel(getattr(logging, level.strip().upper(), logging.INFO))
