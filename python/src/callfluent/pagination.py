"""Lists that the API answers page by page: one page when it is asked for its items, all pages when it is gone through."""

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
    """The records of this page."""
    page: int
    """The page's number, counted from 1."""

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


class _Seen:
    """Tells what is new. The end of a list is not marked: it is a page that brings nothing new."""

    def __init__(self) -> None:
        self.known: set[object] = set()

    def new(self, items: "list[Any]") -> "list[Any]":
        fresh = []
        for item in items:
            key = item.id if item.id is not None else repr(item.to_dict())
            if key not in self.known:
                self.known.add(key)
                fresh.append(item)
        return fresh


class Pages(_Generic[T]):
    """A list of several pages. Going through it fetches each page when it is reached; `items` and `page` are those of the
    page that was asked for, the first by default."""

    def __init__(self, fetch: "Callable[[int | None], list[Any]]", page: "int | None") -> None:
        self._fetch = fetch
        self._page = page
        self._first: list[Any] | None = None

    @property
    def page(self) -> int:
        """The page's number, counted from 1."""
        return self._page or 1

    @property
    def items(self) -> "list[T]":
        """The records of the page that was asked for; fetches it on first use."""
        if self._first is None:
            self._first = self._fetch(self._page)
        return self._first

    def next_page(self) -> "Pages[T] | None":
        """The page after this one; `None` where this one is the last."""
        if not self.items:
            return None
        following: Pages[T] = Pages(self._fetch, self.page + 1)
        ended = not following.items or following.items == self.items
        return None if ended else following

    def __iter__(self) -> "Iterator[T]":
        seen, number, items = _Seen(), self.page, self.items
        while fresh := seen.new(items):
            yield from fresh
            number += 1
            items = self._fetch(number)

    def __repr__(self) -> str:
        return f"Pages(page={self.page})"

    def _repr_html_(self) -> "str | None":
        """A table, where the page is here already: what shows something must not fetch it."""
        from .records import table

        return None if self._first is None else table(self._first)


class AsyncPage(Page[T]):
    """One page of a list."""

    def __init__(self, items: "list[T]", pages: "AsyncPages[T]") -> None:
        super().__init__(items, pages.page)
        self._pages = pages

    async def next_page(self) -> "AsyncPage[T] | None":
        """The page after this one; `None` where this one is the last."""
        if not self.items:
            return None
        pages = self._pages
        following = await AsyncPages[T](pages._fetch, self.page + 1)
        ended = not following.items or following.items == self.items
        return None if ended else following


class AsyncPages(_Generic[T]):
    """A list of several pages: `async for` goes through all of them, fetching each when it is reached; awaiting it gives
    the page that was asked for, the first by default."""

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
        """The page's number, counted from 1."""
        return self._page or 1

    async def _first(self) -> "AsyncPage[T]":
        return AsyncPage(await self._fetch(self._page), self)

    def __await__(self) -> "Generator[Any, None, AsyncPage[T]]":
        return self._first().__await__()

    async def __aiter__(self) -> "AsyncIterator[T]":
        seen, number = _Seen(), self.page
        items = await self._fetch(self._page)
        while fresh := seen.new(items):
            for item in fresh:
                yield item
            number += 1
            items = await self._fetch(number)

    def __repr__(self) -> str:
        return f"AsyncPages(page={self.page})"
