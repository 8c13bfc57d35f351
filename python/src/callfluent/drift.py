"""An entry of `client.drift()`. The module is imported on first use."""

from __future__ import annotations

from typing import NamedTuple


class DriftEntry(NamedTuple):
    """A difference between responses and the API's documentation."""

    path: str
    """Record and field, such as `Agent.tone`."""
    kind: str
    """Kind of difference, such as a missing or an unknown field."""
    value: str | None
    """The unknown value, if the difference is one."""
    count: int  # type: ignore[assignment]  # Users want the number, not the method of tuples.
    """Number of occurrences."""
