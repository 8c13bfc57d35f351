"""Lists of several pages: iterating fetches all pages, `items` holds one of them.

The core decides where a list ends. A list holds a position and asks the core for the next page.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
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

    class _Generic(Generic[T]): ...

else:
    T = None

    class _Generic:
        __slots__ = ()

        def __class_getitem__(cls, _):
            return cls


def _without_position(page: object) -> "dict[str, Any]":
    """Returns the state of a page to pickle. A position belongs to a process, so the copy requests
    its page again before the next one."""
    return {**page.__dict__, "_position": None}


class Page(_Generic[T]):
    """One page of a list."""

    items: "list[T]"
    """Records of this page."""
    page: int
    """Number of the page, counted from 1."""

    def __init__(self, items: "list[T]", page: int) -> None:
        self.items = items
        self.page = page

    def __iter__(self) -> "Iterator[T]":
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def _repr_html_(self) -> str:
        from .records import table

        return table(self.items)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(page={self.page}, {len(self.items)} items)"


class Pages(_Generic[T]):
    """A list of several pages. Iterating fetches each page when it is reached, and yields each
    record once. `items` and `page` are those of the requested page, the first by default."""

    def __init__(self, request: "ListRequest", page: "int | None", fetched: "Fetched | None" = None) -> None:
        self._request = request
        self._page = page
        self._items: list[Any] | None = None
        self._position: NativePages | None = None
        if fetched is not None:
            self._items, self._position = fetched

    @property
    def page(self) -> int:
        """Number of the page, counted from 1."""
        return self._page or 1

    @property
    def items(self) -> "list[T]":
        """Records of the requested page. It is fetched on first use."""
        if self._items is None:
            self._items, self._position = self._request.first(self._page)
        return self._items

    def next_page(self) -> "Pages[T] | None":
        """Returns the next page with new records, or `None` if there is none."""
        items, position = self.items, self._position
        if position is None:
            # This is an unpickled copy. Its records stay as they are.
            _, position = self._request.first(self._page)
            self._items, self._position = items, position
        fetched = self._request.after(position)
        return None if fetched is None else Pages(self._request, fetched[1].page, fetched)

    def __iter__(self) -> "Iterator[T]":
        page: Pages[T] | None = self
        while page is not None:
            yield from page.items
            page = page.next_page()

    def __getstate__(self) -> "dict[str, Any]":
        return _without_position(self)

    def __repr__(self) -> str:
        return f"Pages(page={self.page})"

    def _repr_html_(self) -> "str | None":
        """Returns a table if the page was fetched. Displaying a list must not send a request."""
        from .records import table

        return None if self._items is None else table(self._items)


class AsyncPage(Page[T]):
    """One page of a list."""

    def __init__(self, request: "AsyncListRequest", page: int, fetched: "Fetched") -> None:
        items, position = fetched
        super().__init__(items, page)
        self._request = request
        self._position: NativePages | None = position

    async def next_page(self) -> "AsyncPage[T] | None":
        """Returns the next page with new records, or `None` if there is none."""
        if self._position is None:
            _, self._position = await self._request.first(self.page)
        fetched = await self._request.after(self._position)
        return None if fetched is None else AsyncPage(self._request, fetched[1].page, fetched)

    def __getstate__(self) -> "dict[str, Any]":
        return _without_position(self)


class AsyncPages(_Generic[T]):
    """A list of several pages. `async for` fetches each page when it is reached, and yields each
    record once. Awaiting the list returns the requested page, the first by default."""

    def __init__(self, request: "AsyncListRequest", page: "int | None") -> None:
        self._request = request
        self._page = page

    if not TYPE_CHECKING:

        def __getattr__(self, name):
            if name in ("items", "next_page"):
                raise AttributeError(
                    f"await the list to get a page, which has {name!r}; `async for` goes through all pages"
                )
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    @property
    def page(self) -> int:
        """Number of the page, counted from 1."""
        return self._page or 1

    async def _first(self) -> "AsyncPage[T]":
        return AsyncPage(self._request, self.page, await self._request.first(self._page))

    def __await__(self) -> "Generator[Any, None, AsyncPage[T]]":
        return self._first().__await__()

    async def __aiter__(self) -> "AsyncIterator[T]":
        page: AsyncPage[T] | None = await self
        while page is not None:
            for item in page.items:
                yield item
            page = await page.next_page()

    def __repr__(self) -> str:
        return f"AsyncPages(page={self.page})"
