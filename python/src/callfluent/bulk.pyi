"""Bulk operations: one operation for many items, with one result for each."""

from typing import Any, Generic, Literal, TypeAlias, TypeVar

from ._callfluent import NativeBulk, NativeClient
from .errors import CallFluentError
from .progress import Progress

T = TypeVar("T")

Resolution: TypeAlias = Literal["done", "repeat"]
"""Decision about an item whose outcome is unknown."""

class BulkItem(Generic[T]):
    """The result of one item of a bulk operation."""

    id: Any
    """ID of the item, as it was passed: the agent, or your own ID. Without IDs of your own, the
    index."""
    value: T | None
    """Result of the operation. ``None`` after an error, in a dry run, and if an earlier run did the
    item and the journal does not keep its result."""
    error: CallFluentError | None
    """Error of the operation."""
    from_journal: bool
    """True if an earlier run did the item, according to the journal."""
    def __init__(
        self, id: int | str, value: T | None = None, error: CallFluentError | None = None, from_journal: bool = False
    ) -> None: ...
    @property
    def outcome_unknown(self) -> bool:
        """True if the server may have processed the item although it failed."""
        ...
    def __eq__(self, other: object) -> bool: ...
    def __hash__(self) -> int: ...

class BulkCall:
    """A bulk operation with its arguments, for a transport."""

    verb: str
    record_type: str
    options: dict[str, Any]
    results: list[BulkItem[Any]]
    def __init__(
        self,
        verb: str,
        shared: dict[str, Any],
        items: Any,
        record_type: str,
        options: dict[str, Any],
        progress: Progress,
    ) -> None: ...
    def prepare(self, native: NativeClient, request_options: dict[str, Any] | None) -> NativeBulk: ...
    def add(self, run: NativeBulk, chunk: Any) -> bool: ...
    def close(self, run: NativeBulk) -> None: ...
