"""Reading call history in the tasks of an engine: Dask, Ray, Spark, or a pool of processes.

    import dask.dataframe
    from callfluent.engines import CallReader, chunks

    reader = CallReader(columns={"duration": "float64"}, requests_per_second=10, workers=4)
    frame = dask.dataframe.from_map(reader.to_pandas, chunks(agent_ids, 50), meta=reader.empty())

A reader can be pickled. It contains no client and no key: each process reads
`CALLFLUENT_API_KEY` from its own environment.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

from .argument_checks import invalid_value, is_list_like, kind_of, pairs_of_columns
from .client import CallFluent
from .errors import InvalidRequestError
from .limiters import Limiter, SharedRate, check_limiter, limiter_of
from .tables import Table, _agent_json, _imported, table

if TYPE_CHECKING:
    from typing import TypeAlias

    from .annotations import ColumnType

    AgentIds: TypeAlias = int | str | Iterable[int | str]

__all__ = ["CallReader", "chunks"]

# As in the tables of the core: readers write one row group for each batch.
_ROWS_OF_A_BATCH = 65_536
_ARROW_TYPES = {
    "int64": ("int64",),
    "float64": ("float64",),
    "boolean": ("bool_",),
    "string": ("string",),
    "json": ("string",),
    "timestamp": ("timestamp", "us", "UTC"),
}


def chunks(agent_ids: AgentIds, size: int = 50) -> list[list[int | str]]:
    """Splits agents into chunks, one for each task.

    Args:
        agent_ids: IDs of agents, or one ID. Each is kept once.
        size: Number of agents of a chunk, at least 1. Default: 50.

    Returns:
        The chunks, in the order of the IDs.

    Raises:
        InvalidRequestError: The size is below 1.

    Example:
        >>> chunks([1001, 1002, 1003], size=2)
        [[1001, 1002], [1003]]
    """
    if not isinstance(size, Integral) or isinstance(size, bool):
        raise invalid_value("chunks", "size", f"expected an integer of at least 1, got {kind_of(size)}")
    if size < 1:
        raise InvalidRequestError(f"chunks: size: must be at least 1, got {size}")
    agents = _ids(agent_ids)
    return [agents[start : start + size] for start in range(0, len(agents), size)]


class CallReader:
    """Reads the calls of agents as rows with typed columns, in any process.

    Pickles of a reader contain its options and neither a client nor the key. Each process makes a
    client when it reads first, with the key of its own environment. Threads of a process share it.

    Args:
        columns: Types of columns by name: `int64`, `float64`, `boolean`, `string`, `timestamp` or
            `json`. Other fields are in the column `extra`. Tasks need the same columns, so pass
            them, or take those of `discovered`. Default: `id`, `agent_id` and `extra`.
        requests_per_second: Rate of all workers together. Each takes its share, `workers` of them
            in all, unless there is a `limiter`. Default: unlimited.
        workers: Number of processes that read at once.
        limiter: A limiter that all workers share, or its URL, such as
            `file:///tmp/callfluent.rate`; see `callfluent.limiters`.
        base_url: Base URL. Default: `CALLFLUENT_BASE_URL` of each process, or the API's own URL.
        timeout: Total timeout of a request in seconds. Default: 60.
        max_retries: Maximum number of retries of a request. Default: 2.

    Raises:
        InvalidRequestError: An option is invalid, or `requests_per_second` has neither `workers`
            nor a `limiter`.

    Example:
        >>> reader = CallReader(columns={"duration": "float64"})
        >>> print(reader.to_pandas([1001, 1002]))
    """

    def __init__(
        self,
        *,
        columns: Mapping[str, ColumnType] | None = None,
        requests_per_second: float | None = None,
        workers: int | None = None,
        limiter: Limiter | str | None = None,
        base_url: str | None = None,
        timeout: float | None = None,
        max_retries: int | None = None,
    ) -> None:
        self.columns: dict[str, ColumnType] = {"id": "int64", "agent_id": "int64"}
        self.columns.update(pairs_of_columns(columns, "CallReader") or ())  # type: ignore[arg-type]
        self.columns.pop("extra", None)
        self.columns["extra"] = "json"
        unknown = sorted({kind for kind in self.columns.values() if kind not in _ARROW_TYPES})
        if unknown:
            raise InvalidRequestError(
                f"CallReader: columns: unknown types {', '.join(unknown)}; use {', '.join(_ARROW_TYPES)}"
            )
        self._rate = _rate_of(requests_per_second, workers, limiter)
        self._rate_name = self._rate if self._rate is None or isinstance(self._rate, (float, tuple)) else os.urandom(8)
        self._options = {"base_url": base_url, "timeout": timeout, "max_retries": max_retries}

    def discovered(self, agent_ids: AgentIds) -> CallReader:
        """Returns a reader with the columns that the first calls of these agents have.

        It reads the first page of one agent after another until one has calls.

        Args:
            agent_ids: IDs of agents.
        """
        calls = self._client().calls
        found = table(calls.list(agent_id) for agent_id in _ids(agent_ids)).columns
        reader = CallReader.__new__(CallReader)
        reader.__dict__.update(self.__dict__)
        extra: dict[str, Any] = {"extra": "json"}
        reader.columns = {"id": "int64", "agent_id": "int64", **found, **extra}  # type: ignore[dict-item]
        return reader

    def agents_of(self, workspace_id: int | str) -> list[int | str]:
        """Returns the IDs of the agents of a workspace.

        Args:
            workspace_id: ID of the workspace.
        """
        return [agent.id for agent in self._client().agents.list(workspace_id)]

    def pages(self, agent_id: int | str, after: int | None = None) -> Iterator[list[Any]]:
        """Yields the calls of an agent, page by page.

        Args:
            agent_id: ID of the agent.
            after: Only calls with higher IDs. If the server lists the highest ID first, reading
                ends there; otherwise all pages are read.

        Raises:
            InvalidRequestError: `after` is given, and a call has an ID that is not an integer.
        """
        yield from _new_calls(self._all_pages(agent_id), after)

    def _all_pages(self, agent_id: int | str) -> Iterator[list[Any]]:
        client = self._client()
        rate = _rate_hook(client)
        page: Any = client.calls.list(agent_id)
        is_first = True
        while page is not None:
            if rate is not None:
                # Outside of the request, so that a long wait is not a timeout.
                rate.wait()
            page = page if is_first else page.next_page()
            is_first = False
            if page is not None and page.items:
                yield [*page.items]

    def highest_id(self, agent_id: int | str) -> int | None:
        """Returns the highest ID of the calls of an agent, or `None` without calls.

        If the first page lists the highest ID first, it is the only one that is read.

        Args:
            agent_id: ID of the agent.

        Raises:
            InvalidRequestError: A call has an ID that is not an integer.
        """
        highest: int | None = None
        for calls in self._all_pages(agent_id):
            ids = [_integer_id(call) for call in calls]
            if highest is None and len(ids) > 1 and ids == sorted(ids, reverse=True):
                return ids[0]
            highest = max(ids) if highest is None else max(highest, *ids)
        return highest

    def rows(self, agent_ids: AgentIds, after: Mapping[int | str, int] | None = None) -> Iterator[dict[str, Any]]:
        """Yields the calls of agents as plain dicts with `agent_id`, one after another.

        Args:
            agent_ids: IDs of agents.
            after: For some agents, the ID after which their calls are read.
        """
        _check_by_agent("after", after)
        for agent_id in _ids(agent_ids):
            for page in self.pages(agent_id, None if after is None else after.get(agent_id)):
                for call in page:
                    yield {"agent_id": agent_id, **call.to_dict()}

    def batches(self, agent_ids: AgentIds, between: Mapping[Any, tuple[int, int]] | None = None) -> Iterator[Any]:
        """Yields the calls of agents as `pyarrow.RecordBatch` objects of at most about 65,000 rows.

        Args:
            agent_ids: IDs of agents.
            between: For some agents, two IDs: only calls above the first one and up to the second
                one are read.

        Raises:
            ImportError: pyarrow is not installed.
        """
        _check_by_agent("between", between)
        parts: list[Any] = []
        count = 0
        for agent_id in _ids(agent_ids):
            low, high = (between or {}).get(agent_id, (None, None))
            for page in self.pages(agent_id, low):
                calls = page if high is None else [call for call in page if call.id <= high]
                parts.append((calls, None, _agent_json(agent_id)))
                count += len(calls)
                if count >= _ROWS_OF_A_BATCH:
                    yield from self._batches(parts)
                    parts, count = [], 0
        if count:
            yield from self._batches(parts)

    def to_arrow(self, agent_ids: AgentIds) -> Any:
        """Returns the calls of agents as a `pyarrow.Table`.

        Args:
            agent_ids: IDs of agents.

        Raises:
            ImportError: pyarrow is not installed.
        """
        return _imported("pyarrow").Table.from_batches(self.batches(agent_ids), self.arrow_schema())

    def to_pandas(self, agent_ids: AgentIds) -> Any:
        """Returns the calls of agents as a `pandas.DataFrame`, whose columns have Arrow's types.

        Args:
            agent_ids: IDs of agents.

        Raises:
            ImportError: pandas or pyarrow is not installed.
        """
        return self.to_arrow(agent_ids).to_pandas(types_mapper=_imported("pandas").ArrowDtype)

    def empty(self) -> Any:
        """Returns a `pandas.DataFrame` without rows, which Dask takes as `meta`.

        Raises:
            ImportError: pandas or pyarrow is not installed.
        """
        return self.arrow_schema().empty_table().to_pandas(types_mapper=_imported("pandas").ArrowDtype)

    def arrow_schema(self) -> Any:
        """Returns the `pyarrow.Schema` of the columns.

        Raises:
            ImportError: pyarrow is not installed.
        """
        arrow = _imported("pyarrow")
        types = {name: _ARROW_TYPES[kind] for name, kind in self.columns.items()}
        return arrow.schema([(name, getattr(arrow, kind)(*rest)) for name, (kind, *rest) in types.items()])

    def _batches(self, parts: list[Any]) -> Iterator[Any]:
        arrow = _imported("pyarrow")
        schema = self.arrow_schema()
        given: Any = {name: kind for name, kind in self.columns.items() if name != "extra"}
        for batch in arrow.RecordBatchReader.from_stream(Table(parts, given)):
            yield arrow.RecordBatch.from_arrays([batch.column(name) for name in schema.names], schema=schema)

    def _client(self) -> CallFluent:
        return _client_of(self._rate, self._rate_name, self._options)

    def __repr__(self) -> str:
        return f"CallReader(columns={self.columns!r})"


def _ids(agent_ids: AgentIds) -> list[int | str]:
    """Returns each ID once. A string is one ID, not its letters."""
    if isinstance(agent_ids, (int, str)):
        return [agent_ids]
    if not is_list_like(agent_ids):
        raise invalid_value("agents", "agent_ids", f"expected IDs in a list, or an ID, got {kind_of(agent_ids)}")
    return [*dict.fromkeys(agent_ids)]


def _check_by_agent(name: str, value: object) -> None:
    if value is not None and not isinstance(value, Mapping):
        raise invalid_value("CallReader", name, f"expected a mapping of the IDs of agents, got {kind_of(value)}")


def _new_calls(pages: Iterable[Iterable[Any]], after: int | None) -> Iterator[list[Any]]:
    """Yields the calls of each page whose ID is higher, or all of them.

    The API documents no order. If the highest ID comes first, the rest of the pages is not read.
    """
    previous: int | None = None
    is_descending = True
    for page in pages:
        calls = [*page]
        if after is not None:
            for call in calls:
                identifier = _integer_id(call)
                is_descending = is_descending and (previous is None or identifier < previous)
                previous = identifier
            calls = [call for call in calls if call.id > after]
        if calls:
            yield calls
        if after is not None and is_descending and previous is not None and previous <= after:
            return


def _integer_id(call: Any) -> int:
    """Returns the ID of a call.

    Raises:
        InvalidRequestError: It is not an integer, so that IDs have no order.
    """
    if type(call.id) is not int:
        raise InvalidRequestError(f"only new calls: expected integer IDs, got {call.id!r}; read all calls instead")
    return call.id


def _rate_of(requests_per_second: float | None, workers: int | None, limiter: Limiter | str | None) -> Any:
    """Returns the share of a worker, or the limiter."""
    if limiter is not None:
        if not isinstance(limiter, str):
            check_limiter("CallReader", limiter)
            if requests_per_second is not None:
                raise InvalidRequestError("CallReader: requests_per_second: the limiter has its own; omit one of them")
            return limiter
        if requests_per_second is None:
            raise InvalidRequestError("CallReader: requests_per_second: missing; the URL of a limiter needs it")
        return (limiter, requests_per_second)
    if requests_per_second is None:
        return None
    for name, value in (("requests_per_second", requests_per_second), ("workers", workers)):
        if value is not None and (not isinstance(value, Real) or isinstance(value, bool)):
            raise invalid_value("CallReader", name, f"expected a number, got {kind_of(value)}")
    if workers is None or workers < 1:
        raise InvalidRequestError(
            "CallReader: workers: missing; pass the number of processes that read at once, or a limiter"
        )
    return requests_per_second / workers


# Clients of this process. A new client would not know the requests of the one before.
_clients: dict[Any, CallFluent] = {}


def _client_of(rate: Any, name: Any, options: Mapping[str, Any]) -> CallFluent:
    """Returns the client of this process with these options. `name` stands for the rate: a limiter
    that was unpickled twice is two objects."""
    variables = tuple(os.environ.get(name) for name in ("CALLFLUENT_API_KEY", "CALLFLUENT_BASE_URL"))
    known = (hash(variables), name, *options.values())
    client = _clients.get(known)
    if client is None:
        more: dict[str, Any] = {}
        if isinstance(rate, float):
            more["requests_per_second"] = rate
        elif rate is not None:
            more["hooks"] = [SharedRate(limiter_of(*rate) if isinstance(rate, tuple) else rate)]
        client = _clients.setdefault(known, CallFluent(**options, **more))
    return client


def _rate_hook(client: CallFluent) -> SharedRate | None:
    hooks: list[Any] = client._settings.options.get("hooks") or []
    return next((hook for hook in hooks if isinstance(hook, SharedRate)), None)
