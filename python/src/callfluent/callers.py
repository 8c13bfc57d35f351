"""How a resource's method reaches the core: waiting for the answer, or awaiting it on an event loop."""

from ._callfluent import Completions
from .record import shaped

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable
    from typing import Any
    from weakref import WeakKeyDictionary

    from ._callfluent import Core
    from .pages import AsyncPages, Pages

    Options = tuple[float | None, int | None, dict[str, str] | None, dict[str, object] | None]


def _given(options: "Options | None") -> "dict[str, Any] | None":
    """The options of a request that were given, by name."""
    if options is None or options == (None, None, None, None):
        return None
    timeout, max_retries, extra_headers, extra_body = options
    return {
        "timeout": timeout,
        "max_retries": max_retries,
        "extra_headers": extra_headers,
        "extra_body": extra_body,
    }


class Caller:
    """Calls an operation and waits for its answer."""

    __slots__ = ("_core",)

    def __init__(self, core: "Callable[[], Core]") -> None:
        self._core = core

    def __call__(
        self, operation: str, arguments: "dict[str, Any]", shape: str, files: "Any", options: "Options"
    ) -> "Any":
        return shaped(self._core().call(operation, arguments, files, _given(options)), shape)

    def pages(
        self, operation: str, arguments: "dict[str, Any]", shape: str, files: "Any", options: "Options"
    ) -> "Pages[Any]":
        from .pages import Pages

        def fetch(page: "int | None") -> "list[Any]":
            return self._core().call(operation, {**arguments, "page": page}, files, _given(options))  # type: ignore[no-any-return]

        return Pages(fetch, shape, arguments.get("page"))

    def request(self, method: str, path: str, json: "Any", query: "Any", options: "Options") -> "Any":
        return self._core().request(method, path, json, query, _given(options))


class AsyncCaller:
    """Starts an operation and is awaited for its answer."""

    __slots__ = ("_core",)

    def __init__(self, core: "Callable[[], Core]") -> None:
        self._core = core

    async def __call__(
        self, operation: str, arguments: "dict[str, Any]", shape: str, files: "Any", options: "Options"
    ) -> "Any":
        core = self._core()
        answer = await _completed(lambda c, f: core.start(c, f, operation, arguments, files, _given(options)))
        return shaped(answer, shape)

    def pages(
        self, operation: str, arguments: "dict[str, Any]", shape: str, files: "Any", options: "Options"
    ) -> "AsyncPages[Any]":
        from .pages import AsyncPages

        async def fetch(page: "int | None") -> "list[Any]":
            return await self(operation, {**arguments, "page": page}, "", files, options)  # type: ignore[no-any-return]

        return AsyncPages(fetch, shape, arguments.get("page"))

    async def request(self, method: str, path: str, json: "Any", query: "Any", options: "Options") -> "Any":
        core = self._core()
        return await _completed(lambda c, f: core.start_request(c, f, method, path, json, query, _given(options)))


_loops: "WeakKeyDictionary[asyncio.AbstractEventLoop, Completions] | None" = None


async def _completed(start: "Callable[[Completions, asyncio.Future[Any]], int]") -> "Any":
    """Starts a call and waits for it; a call that is no longer awaited is ended."""
    loop = _running_loop()
    completions = _completions(loop)
    future = loop.create_future()
    ticket = start(completions, future)
    try:
        return await future
    finally:
        if not future.done() or future.cancelled():
            completions.cancel(ticket)


def _running_loop() -> "asyncio.AbstractEventLoop":
    import asyncio

    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        raise RuntimeError(
            "AsyncCallFluent needs asyncio: await its methods in a coroutine that asyncio runs, or use CallFluent"
        ) from None


def _completions(loop: "asyncio.AbstractEventLoop") -> "Completions":
    """The queue of a loop's finished calls. The loop watches it and takes everything in it at once."""
    global _loops
    if _loops is None:
        from weakref import WeakKeyDictionary

        _loops = WeakKeyDictionary()
    completions = _loops.get(loop)
    if completions is None:
        completions = _loops[loop] = Completions()
        try:
            loop.add_reader(completions.fileno(), completions.drain)
        except NotImplementedError:
            _watch(loop, completions)
    return completions


def _watch(loop: "asyncio.AbstractEventLoop", completions: "Completions") -> None:
    """Wakes a loop that cannot watch a socket, such as Windows' default one, from a thread of its own."""
    import select
    import threading

    descriptor = completions.fileno()

    def run() -> None:
        while not loop.is_closed():
            readable, _, _ = select.select([descriptor], [], [], 1.0)
            if readable:
                drained = threading.Event()

                def drain(drained: threading.Event = drained) -> None:
                    completions.drain()
                    drained.set()

                try:
                    loop.call_soon_threadsafe(drain)
                except RuntimeError:
                    return
                drained.wait(1.0)

    threading.Thread(target=run, name="callfluent-completions", daemon=True).start()
