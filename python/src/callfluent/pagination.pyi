"""Lists of several pages: iterating fetches all pages, `items` holds one of them."""

from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator, Mapping
from typing import Any, Generic, Protocol, TypeVar

from ._callfluent import NativePages
from .columns import ColumnType
from .progress import Report
from .record_sequence import Records
from .tables import Tabular

T = TypeVar("T")
Fetched = tuple[list[Any], NativePages]
"""A page: its records and its position."""
Reporter = Callable[[int | None], Report]
"""Creates the report of an iteration."""

class ListRequest(Protocol):
    """Requests the pages of one list."""

    @property
    def record_type(self) -> str: ...
    def first(self, page: int | None) -> Fetched: ...
    def after(self, position: NativePages) -> Fetched | None: ...

class AsyncListRequest(Protocol):
    """Requests the pages of one list."""

    @property
    def record_type(self) -> str: ...
    def first(self, page: int | None) -> Awaitable[Fetched]: ...
    def after(self, position: NativePages) -> Awaitable[Fetched | None]: ...

class Page(Tabular, Generic[T]):
    """One page of a list. It is a table, too: see `to_pandas`, `to_polars` and `to_arrow`."""

    items: Records[T]
    """Records of this page."""
    page: int
    """Number of the page, counted from 1."""
    def __init__(self, items: Records[T] | list[T], page: int, record_type: str | None = None) -> None: ...
    def __iter__(self) -> Iterator[T]: ...
    def __len__(self) -> int: ...
    def _repr_html_(self) -> str | None: ...
    def _repr_mimebundle_(self, include: Any = ..., exclude: Any = ...) -> dict[str, str]: ...
    def plot(self, axes: Any = ...) -> Any:
        """Draws the calls of each day on this page with matplotlib. Returns the axes."""
        ...
    def to_dicts(self) -> list[dict[str, Any]]:
        """Returns the records of this page as plain dicts, for example for JSON."""
        ...

class Pages(Tabular, Generic[T]):
    """A list of several pages. Iterating fetches each page when it is reached, and yields each
    record once. `items` and `page` are those of the requested page, the first by default.

    It is also a table of all pages: see `to_pandas`, `to_polars` and `to_arrow`. The pages after
    the first are fetched while the table is read.
    """

    def __init__(
        self, request: ListRequest, page: int | None, fetched: Fetched | None = None, reporter: Reporter | None = None
    ) -> None: ...
    @property
    def page(self) -> int:
        """Number of the page, counted from 1."""
        ...
    @property
    def items(self) -> Records[T]:
        """Records of the requested page. It is fetched on first use."""
        ...
    def next_page(self) -> Pages[T] | None:
        """Returns the next page with new records, or `None` if there is none."""
        ...
    def from_page(self, page: int) -> Pages[T]:
        """Returns the list from this page on, counted from 1."""
        ...
    def pages(self) -> Iterator[Pages[T]]:
        """Iterates over this page and all later ones that have new records."""
        ...
    def resume(self) -> Iterator[T]:
        """Continues the latest iteration after an error, after the last record that it yielded. A
        page that could not be fetched is requested again."""
        ...
    def _repr_html_(self) -> str | None: ...
    def _repr_mimebundle_(self, include: Any = ..., exclude: Any = ...) -> dict[str, str]: ...
    def plot(self, axes: Any = ...) -> Any:
        """Fetches all pages, and draws the calls of each day with matplotlib. Returns the axes."""
        ...
    def to_dicts(self) -> list[dict[str, Any]]:
        """Returns the records of all pages as plain dicts, for example for JSON."""
        ...
    def __iter__(self) -> Iterator[T]: ...

class AsyncPage(Page[T]):
    """One page of a list."""

    def __init__(self, request: AsyncListRequest, page: int, fetched: Fetched) -> None: ...
    async def next_page(self) -> AsyncPage[T] | None:
        """Returns the next page with new records, or `None` if there is none."""
        ...

class AsyncPages(Generic[T]):
    """A list of several pages. `async for` fetches each page when it is reached, and yields each
    record once. Awaiting the list returns the requested page, the first by default.

    `await pages.to_pandas()`, `to_polars()`, `to_arrow()` and `to_dicts()` return all pages.
    """

    def __init__(self, request: AsyncListRequest, page: int | None, reporter: Reporter | None = None) -> None: ...
    @property
    def page(self) -> int:
        """Number of the page, counted from 1."""
        ...
    def from_page(self, page: int) -> AsyncPages[T]:
        """Returns the list from this page on, counted from 1."""
        ...
    def pages(self) -> AsyncIterator[AsyncPage[T]]:
        """Iterates over this page and all later ones that have new records."""
        ...
    def resume(self) -> AsyncIterator[T]:
        """Continues the latest iteration after an error, after the last record that it yielded. A
        page that could not be fetched is requested again."""
        ...
    async def to_arrow(self, columns: Mapping[str, ColumnType] | None = ...) -> Any:
        """Returns all pages as a `pyarrow.Table`."""
        ...
    async def to_pandas(self, columns: Mapping[str, ColumnType] | None = ...) -> Any:
        """Returns all pages as a `pandas.DataFrame`. Integer columns with missing values stay
        integers."""
        ...
    async def to_polars(self, columns: Mapping[str, ColumnType] | None = ...) -> Any:
        """Returns all pages as a `polars.DataFrame`."""
        ...
    async def plot(self, axes: Any = ...) -> Any:
        """Fetches all pages, and draws the calls of each day with matplotlib. Returns the axes."""
        ...
    async def to_dicts(self) -> list[dict[str, Any]]:
        """Returns the records of all pages as plain dicts, for example for JSON."""
        ...
    def __await__(self) -> Generator[Any, None, AsyncPage[T]]: ...
    def __aiter__(self) -> AsyncIterator[T]: ...
