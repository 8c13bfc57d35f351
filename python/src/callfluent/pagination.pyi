"""Lists of several pages: iterating fetches all pages, `items` holds one of them."""

from collections.abc import AsyncIterator, Awaitable, Generator, Iterator
from typing import Any, Generic, Protocol, TypeVar

from ._callfluent import NativePages

T = TypeVar("T")
Fetched = tuple[list[Any], NativePages]
"""A page: its records and its position."""

class ListRequest(Protocol):
    """Requests the pages of one list."""

    def first(self, page: int | None) -> Fetched: ...
    def after(self, position: NativePages) -> Fetched | None: ...

class AsyncListRequest(Protocol):
    """Requests the pages of one list."""

    def first(self, page: int | None) -> Awaitable[Fetched]: ...
    def after(self, position: NativePages) -> Awaitable[Fetched | None]: ...

class Page(Generic[T]):
    """One page of a list."""

    items: list[T]
    """Records of this page."""
    page: int
    """Number of the page, counted from 1."""
    def __init__(self, items: list[T], page: int) -> None: ...
    def __iter__(self) -> Iterator[T]: ...
    def __len__(self) -> int: ...

class Pages(Generic[T]):
    """A list of several pages. Iterating fetches each page when it is reached, and yields each
    record once. `items` and `page` are those of the requested page, the first by default."""

    def __init__(self, request: ListRequest, page: int | None, fetched: Fetched | None = None) -> None: ...
    @property
    def page(self) -> int:
        """Number of the page, counted from 1."""
        ...
    @property
    def items(self) -> list[T]:
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
        """Continues the latest iteration after an error, with the page that failed."""
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
    record once. Awaiting the list returns the requested page, the first by default."""

    def __init__(self, request: AsyncListRequest, page: int | None) -> None: ...
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
        """Continues the latest iteration after an error, with the page that failed."""
        ...
    def __await__(self) -> Generator[Any, None, AsyncPage[T]]: ...
    def __aiter__(self) -> AsyncIterator[T]: ...
