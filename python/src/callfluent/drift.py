"""What `drift()` tells: a place where answers are not what the API's documentation says. It is loaded when somebody asks."""

from __future__ import annotations

from typing import NamedTuple


class DriftEntry(NamedTuple):
    """A difference between the answers and the documentation."""

    path: str
    """Where: the record and the field, such as `Agent.tone`."""
    kind: str
    """In what the answers differ, such as a field that is missing or unknown."""
    value: str | None
    """An unknown value, where the difference is one."""
    count: int  # type: ignore[assignment]  # The number is what is asked for, not the method of tuples.
    """How often it was met."""
