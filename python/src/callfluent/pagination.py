"""Lists of several pages: iterating fetches all pages, `items` holds one of them.

The rule for the end of a list is that of the core: an empty page, or two pages in a row without new records.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
    from typing import Any, Generic, TypeVar

    T = TypeVar("T")

    class _Generic(Generic[T]): ...

else:
    T = None

    class _Generic:
        __slots__ = ()

        def __class_getitem__(cls, _):
            return cls


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


# New calls move older ones to later pages while a client fetches them, so a page without new records is not the end.
_MAX_PAGES_WITHOUT_NEW_RECORDS = 2


class _Seen:
    """Decides where a list ends, and which of the records of a page are new."""

    def __init__(self) -> None:
        self._known: set[object] = set()
        self._repeated = 0
        self.is_at_end = False

    def new(self, items: "list[Any]") -> "list[Any]":
        fresh = []
        for item in items:
            key = item.id if item.id is not None else repr(item.to_dict())
            if key not in self._known:
                self._known.add(key)
                fresh.append(item)
        self._repeated = 0 if fresh else self._repeated + 1
        self.is_at_end = not items or self._repeated == _MAX_PAGES_WITHOUT_NEW_RECORDS
        return fresh


class Pages(_Generic[T]):
    """A list of several pages. Iterating fetches each page when it is reached. `items` and `page` are those of the requested
    page, the first by default."""

    def __init__(self, fetch: "Callable[[int | None], list[Any]]", page: "int | None") -> None:
        self._fetch = fetch
        self._page = page
        self._first: list[Any] | None = None

    @property
    def page(self) -> int:
        """Number of the page, counted from 1."""
        return self._page or 1

    @property
    def items(self) -> "list[T]":
        """Records of the requested page. It is fetched on first use."""
        if self._first is None:
            self._first = self._fetch(self._page)
        return self._first

    def next_page(self) -> "Pages[T] | None":
        """Returns the next page with new records, or `None` if there is none."""
        if not self.items:
            return None
        seen = _Seen()
        seen.new(self.items)
        number = self.page
        while not seen.is_at_end:
            number += 1
            following: Pages[T] = Pages(self._fetch, number)
            if seen.new(following.items):
                return following
        return None

    def __iter__(self) -> "Iterator[T]":
        seen, number = _Seen(), self.page
        yield from seen.new(self.items)
        while not seen.is_at_end:
            number += 1
            yield from seen.new(self._fetch(number))

    def __repr__(self) -> str:
        return f"Pages(page={self.page})"

    def _repr_html_(self) -> "str | None":
        """Returns a table if the page was fetched. Displaying a list must not send a request."""
        from .records import table

        return None if self._first is None else table(self._first)


class AsyncPage(Page[T]):
    """One page of a list."""

    def __init__(self, items: "list[T]", pages: "AsyncPages[T]") -> None:
        super().__init__(items, pages.page)
        self._pages = pages

    async def next_page(self) -> "AsyncPage[T] | None":
        """Returns the next page with new records, or `None` if there is none."""
        if not self.items:
            return None
        pages = self._pages
        seen = _Seen()
        seen.new(self.items)
        number = self.page
        while not seen.is_at_end:
            number += 1
            following = await AsyncPages[T](pages._fetch, number)
            if seen.new(following.items):
                return following
        return None


class AsyncPages(_Generic[T]):
    """A list of several pages. `async for` fetches each page when it is reached. Awaiting it returns the requested page, the
    first by default."""

    def __init__(self, fetch: "Callable[[int | None], Awaitable[list[Any]]]", page: "int | None") -> None:
        self._fetch = fetch
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
        return AsyncPage(await self._fetch(self._page), self)

    def __await__(self) -> "Generator[Any, None, AsyncPage[T]]":
        return self._first().__await__()

    async def __aiter__(self) -> "AsyncIterator[T]":
        seen, number = _Seen(), self.page
        items = await self._fetch(self._page)
        while True:
            for item in seen.new(items):
                yield item
            if seen.is_at_end:
                return
            number += 1
            items = await self._fetch(number)

    def __repr__(self) -> str:
        return f"AsyncPages(page={self.page})"
