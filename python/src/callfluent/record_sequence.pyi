"""The records of a response: a sequence that is also a table."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar, overload

from .tables import Tabular

T = TypeVar("T", covariant=True)

# At run time it is not a `collections.abc.Sequence`, because polars would take it for rows.
class Records(Tabular, Sequence[T]):
    """The records of a response, in the order of the server. It is a sequence that cannot be
    changed: `list(records)` is a list that can. It equals a list with the same records.

    It is also a table: see `to_pandas`, `to_polars` and `to_arrow`.
    """

    def __init__(
        self,
        records: Iterable[T] = ...,  # pyright: ignore[reportInvalidTypeVarUse]
        is_result: bool = ...,
        record_type: str | None = ...,
    ) -> None: ...
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[T]: ...
    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> Records[T]: ...
    def __add__(self, others: Records[Any] | list[Any]) -> Records[Any]: ...
    def _html(self) -> str | None: ...
    def _repr_html_(self) -> str | None: ...
    def _repr_mimebundle_(self, include: Any = ..., exclude: Any = ...) -> dict[str, str]: ...
    def plot(self, axes: Any = ...) -> Any:
        """Draws the calls of each day with matplotlib. Returns the axes."""
        ...
    def to_dicts(self) -> list[dict[str, Any]]:
        """Returns the records as plain dicts, for example for JSON.

        Example:
            >>> json.dumps(client.agents.list(1).to_dicts())
        """
        ...
