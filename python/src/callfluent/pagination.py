"""Lists of several pages: iterating fetches all pages, `items` holds one of them.

The core decides where a list ends. A list holds a position and asks the core for the next page.
"""

# Type checkers read `pagination.pyi`; jedi does not follow generic classes that are defined twice.
from .introspection import types
from .tables import Tabular

T = None


class _Generic:
    __slots__ = ()

    # The type of `list[int]`, without an import.
    __class_getitem__ = classmethod(type(list[int]))


# pytest omits the frames of this module from tracebacks.
__tracebackhide__ = True


def _without_position(page) -> "dict[str, types.Any]":
    """Returns the state of a page to pickle. A position belongs to a process, so the copy requests
    its page again before the next one."""
    return {**page.__dict__, "_position": None}


def _records(items, record_type=None):
    """Returns records as a list with a short representation."""
    from .record_sequence import Records

    return items if type(items) is Records else Records(items, record_type=record_type)


class _ListReport:
    """Shows how many records were fetched. The number of all is not known."""

    __slots__ = ("_count", "_report")

    def __init__(self, reporter):
        self._count = 0
        self._report = None if reporter is None else reporter(None)

    def add(self, items):
        """Adds the records of a page."""
        if self._report is not None:
            self._count += len(items)
            self._report.update(self._count, 0)

    def close(self, stopped=False):
        """Ends the report."""
        if self._report is not None:
            self._report.close(stopped)


class Page(_Generic[T], Tabular):
    """One page of a list. It is a table, too: see `to_pandas`, `to_polars` and `to_arrow`."""

    items: "types.Records"
    """Records of this page."""
    page: int
    """Number of the page, counted from 1."""

    def __init__(self, items, page, record_type=None):
        self.items = _records(items, record_type)
        self.page = page

    @property
    def _record_type(self):
        return self.items._record_type

    def __iter__(self) -> "types.Iterator":
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def _parts(self):
        return self.items._parts()

    def to_dicts(self) -> "list[dict[str, types.Any]]":
        """Returns the records of this page as plain dicts, for example for JSON."""
        return self.items.to_dicts()

    def plot(self, axes: "types.Any" = None) -> "types.Any":
        """Draws the calls of each day on this page with matplotlib; see `Records.plot`."""
        return self.items.plot(axes)

    def _repr_html_(self) -> "str | None":
        return self.items._repr_html_()

    def _repr_mimebundle_(self, include: "types.Any" = None, exclude: "types.Any" = None) -> "dict[str, str]":
        from .display_html import bundle

        return bundle(self, self.items._html)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(page={self.page}, {len(self.items)} items)"


class Pages(_Generic[T], Tabular):
    """A list of several pages. Iterating fetches each page when it is reached, and yields each
    record once. `items` and `page` are those of the requested page, the first by default.

    It is also a table of all pages: see `to_pandas`, `to_polars` and `to_arrow`. The pages after
    the first are fetched while the table is read.

    After an error, `resume()` continues after the last record that was yielded.
    """

    _latest = None
    # The records of the latest page that an iteration over records has not yielded.
    _rest = ()

    def __init__(self, request, page, fetched=None, reporter=None):
        self._request = request
        self._page = page
        # Creates the report of an iteration.
        self._reporter = reporter
        self._items = None
        self._position = None
        if fetched is not None:
            items, self._position = fetched
            self._items = self._records(items)

    @property
    def _record_type(self):
        return self._request.record_type

    def _records(self, items):
        return _records(items, self._record_type)

    @property
    def page(self) -> int:
        """Number of the page, counted from 1."""
        return self._page or 1

    @property
    def items(self) -> "types.Records":
        """Records of the requested page. It is fetched on first use."""
        if self._items is None:
            items, self._position = self._request.first(self._page)
            self._items = self._records(items)
        return self._items

    def next_page(self) -> "Pages | None":
        """Returns the next page with new records, or `None` if there is none."""
        items, position = self.items, self._position
        if position is None:
            # This is an unpickled copy. Its records stay as they are.
            _, position = self._request.first(self._page)
            self._items, self._position = self._records(items), position
        fetched = self._request.after(position)
        return None if fetched is None else Pages(self._request, fetched[1].page, fetched)

    def from_page(self, page: int) -> "Pages":
        """Returns the list from this page on, counted from 1."""
        return Pages(self._request, page, None, self._reporter)

    def pages(self) -> "types.Iterator":
        """Iterates over this page and all later ones that have new records.

        Example:
            >>> for page in client.calls.list(1001).pages():
            ...     print(page.page, len(page.items))
        """
        self._latest, self._rest = None, ()
        return self._following(self)

    def resume(self) -> "types.Iterator":
        """Continues the latest iteration after an error, even one that the body of the loop raised.
        It begins after the last record, or the last page of `pages()`, that was yielded. A page
        that could not be fetched is requested again.

        Example:
            >>> calls = client.calls.list(1001)
            >>> try:
            ...     exported = list(calls)
            ... except APIConnectionError:
            ...     rest = list(calls.resume())
        """
        yield from self._rest
        latest = self._latest
        yield from self._records_of(self._following(self if latest is None else latest.next_page()))

    def _records_of(self, pages):
        for page in pages:
            # The iterator of a list has no `close`, so `resume` can continue it.
            self._rest = iter(page.items)
            yield from self._rest

    def _following(self, page):
        report = _ListReport(self._reporter)
        try:
            while page is not None:
                report.add(page.items)
                self._latest = page
                yield page
                page = page.next_page()
        except BaseException:
            report.close(True)
            raise
        report.close()

    def __iter__(self) -> "types.Iterator":
        return self._records_of(self.pages())

    def _parts(self):
        return [self._part(None)]

    def _part_of_agent(self, is_fetched):
        """Returns the list as a part of a table with other lists. It is not fetched unless the
        columns have to be found in it."""
        agent = self._request.agent
        if is_fetched or self._items is not None:
            return self._part(agent)
        return [], self._request.start(self._page), agent

    def _part(self, agent):
        if self._reporter is not None:
            # Whoever reads a table without a copy fetches the pages without Python.
            return [*self], None, agent
        # `items` fetches the first page, and with it the position. An unpickled copy has no
        # position.
        items = [*self.items]
        return items, self._position or self._request.first(self._page)[1], agent

    def to_dicts(self) -> "list[dict[str, types.Any]]":
        """Returns the records of all pages as plain dicts, for example for JSON."""
        return [record.to_dict() for record in self]

    def __getstate__(self) -> "dict[str, types.Any]":
        # A function or a bar belongs to a process.
        state = {**_without_position(self), "_reporter": None}
        state.pop("_latest", None)
        state.pop("_rest", None)
        return state

    def __repr__(self) -> str:
        if self._items is None:
            return f"Pages(page={self.page}, nothing fetched yet: iterate over all pages, or use .items)"
        return f"Pages(page={self.page}, {len(self._items)} items)"

    def plot(self, axes: "types.Any" = None) -> "types.Any":
        """Fetches all pages, and draws the calls of each day; see `Records.plot`."""
        return self._records([*self]).plot(axes)

    def _html(self) -> "str | None":
        return None if self._items is None else self._items._html()

    def _repr_html_(self) -> "str | None":
        """Returns a table if the page was fetched. Displaying a list must not send a request."""
        return None if self._items is None else self._items._repr_html_()

    def _repr_mimebundle_(self, include: "types.Any" = None, exclude: "types.Any" = None) -> "dict[str, str]":
        from .display_html import bundle

        return bundle(self, self._html)


class AsyncPage(Page[T]):
    """One page of a list."""

    def __init__(self, request, page, fetched):
        items, position = fetched
        super().__init__(items, page, request.record_type)
        self._request = request
        self._position = position

    def _part_of_agent(self, is_fetched):
        return [*self.items], None, self._request.agent

    async def next_page(self) -> "AsyncPage | None":
        """Returns the next page with new records, or `None` if there is none."""
        if self._position is None:
            _, self._position = await self._request.first(self.page)
        fetched = await self._request.after(self._position)
        return None if fetched is None else AsyncPage(self._request, fetched[1].page, fetched)

    def __getstate__(self) -> "dict[str, types.Any]":
        return _without_position(self)


class AsyncPages(_Generic[T]):
    """A list of several pages. `async for` fetches each page when it is reached, and yields each
    record once. Awaiting the list returns the requested page, the first by default.

    `await pages.to_pandas()`, `to_polars()`, `to_arrow()` and `to_dicts()` return all pages.

    After an error, `resume()` continues after the last record that was yielded.
    """

    _latest = None
    # The records of the latest page that an iteration over records has not yielded.
    _rest = ()

    def __init__(self, request, page, reporter=None):
        self._request = request
        self._page = page
        # Creates the report of an iteration.
        self._reporter = reporter

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

    async def _first(self) -> "AsyncPage":
        return AsyncPage(self._request, self.page, await self._request.first(self._page))

    def __await__(self) -> "types.Generator":
        return self._first().__await__()

    def from_page(self, page: int) -> "AsyncPages":
        """Returns the list from this page on, counted from 1."""
        return AsyncPages(self._request, page, self._reporter)

    def pages(self) -> "types.AsyncIterator":
        """Iterates over this page and all later ones that have new records.

        Example:
            >>> async for page in client.calls.list(1001).pages():
            ...     print(page.page, len(page.items))
        """
        self._latest, self._rest = None, ()
        return self._following()

    async def resume(self) -> "types.AsyncIterator":
        """Continues the latest iteration after an error, even one that the body of the loop raised.
        It begins after the last record, or the last page of `pages()`, that was yielded. A page
        that could not be fetched is requested again.

        Example:
            >>> calls = client.calls.list(1001)
            >>> try:
            ...     exported = [call async for call in calls]
            ... except APIConnectionError:
            ...     rest = [call async for call in calls.resume()]
        """
        for item in self._rest:
            yield item
        async for item in self._records_of(self._following()):
            yield item

    async def _records_of(self, pages):
        async for page in pages:
            self._rest = iter(page.items)
            for item in self._rest:
                yield item

    async def _following(self):
        latest = self._latest
        report = _ListReport(self._reporter)
        try:
            page = await self if latest is None else await latest.next_page()
            while page is not None:
                report.add(page.items)
                self._latest = page
                yield page
                page = await page.next_page()
        except BaseException:
            report.close(True)
            raise
        report.close()

    async def _all(self) -> "types.Records":
        return _records([record async for record in self], self._request.record_type)

    async def to_arrow(self, columns: "types.Mapping[str, types.ColumnType] | None" = None) -> "types.Any":
        """Returns all pages as a `pyarrow.Table`.

        Args:
            columns: Types of columns by name, as in `callfluent.tables.table`.

        Raises:
            ImportError: pyarrow is not installed.
        """
        return (await self._all()).to_arrow(columns)

    async def to_pandas(self, columns: "types.Mapping[str, types.ColumnType] | None" = None) -> "types.Any":
        """Returns all pages as a `pandas.DataFrame`. Integer columns with missing values stay
        integers.

        Args:
            columns: Types of columns by name, as in `callfluent.tables.table`.

        Raises:
            ImportError: pandas or pyarrow is not installed.
        """
        return (await self._all()).to_pandas(columns)

    async def to_polars(self, columns: "types.Mapping[str, types.ColumnType] | None" = None) -> "types.Any":
        """Returns all pages as a `polars.DataFrame`.

        Args:
            columns: Types of columns by name, as in `callfluent.tables.table`.

        Raises:
            ImportError: polars is not installed.
        """
        return (await self._all()).to_polars(columns)

    async def plot(self, axes: "types.Any" = None) -> "types.Any":
        """Fetches all pages, and draws the calls of each day; see `Records.plot`."""
        return (await self._all()).plot(axes)

    async def to_dicts(self) -> "list[dict[str, types.Any]]":
        """Returns the records of all pages as plain dicts, for example for JSON."""
        return (await self._all()).to_dicts()

    def _parts(self):
        raise TypeError("an async list cannot be read as a table; use `await pages.to_arrow()`")

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._parts()

    def __arrow_c_schema__(self) -> object:
        return self._parts()

    async def __aiter__(self) -> "types.AsyncIterator":
        async for item in self._records_of(self.pages()):
            yield item

    def __getstate__(self) -> "dict[str, types.Any]":
        state = {**self.__dict__, "_reporter": None}
        state.pop("_latest", None)
        state.pop("_rest", None)
        return state

    def __repr__(self) -> str:
        return f"AsyncPages(page={self.page}, nothing fetched yet: use async for, or await one page)"
