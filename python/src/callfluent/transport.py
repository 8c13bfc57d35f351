"""How a resource's method reaches the core: waiting for the answer, or awaiting it on an event loop."""

from ._callfluent import CompletionQueue

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable
    from typing import Any
    from weakref import WeakKeyDictionary, ref

    from ._callfluent import NativeClient
    from .pagination import AsyncPages, Pages

    Options = tuple[Any, Any, Any, Any]


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


class _PageRequest:
    """Requests one page of a list. It is a class rather than a closure so that lists can be pickled."""

    __slots__ = ("_request",)

    def __init__(self, *request: "Any") -> None:
        self._request = request

    def __call__(self, page: "int | None") -> "Any":
        transport, operation, arguments, shape, options = self._request
        return transport(operation, {**arguments, "page": page}, shape, None, options)


class SyncTransport:
    """Calls an operation and waits for its answer."""

    __slots__ = ("_core",)

    def __init__(self, core: "Callable[[], NativeClient]") -> None:
        self._core = core

    def __call__(
        self, operation: str, arguments: "dict[str, Any]", shape: str, files: "Any", options: "Options"
    ) -> "Any":
        return self._core().call(operation, arguments, shape, files, _given(options))

    def pages(
        self, operation: str, arguments: "dict[str, Any]", shape: str, files: "Any", options: "Options"
    ) -> "Pages[Any]":
        from .pagination import Pages

        return Pages(_PageRequest(self, operation, arguments, shape, options), arguments.get("page"))

    def request(self, method: str, path: str, json: "Any", query: "Any", options: "Options") -> "Any":
        return self._core().request(method, path, json, query, _given(options))


class AsyncTransport:
    """Starts an operation and is awaited for its answer. A call that is no longer awaited is ended."""

    __slots__ = ("_core",)

    def __init__(self, core: "Callable[[], NativeClient]") -> None:
        self._core = core

    async def __call__(
        self, operation: str, arguments: "dict[str, Any]", shape: str, files: "Any", options: "Options"
    ) -> "Any":
        loop, completions = _current()
        future = loop.create_future()
        ticket = self._core().start(completions, future, operation, arguments, shape, files, _given(options))
        try:
            return await future
        except BaseException:
            completions.cancel(ticket)
            raise

    def pages(
        self, operation: str, arguments: "dict[str, Any]", shape: str, files: "Any", options: "Options"
    ) -> "AsyncPages[Any]":
        from .pagination import AsyncPages

        return AsyncPages(_PageRequest(self, operation, arguments, shape, options), arguments.get("page"))

    async def request(self, method: str, path: str, json: "Any", query: "Any", options: "Options") -> "Any":
        loop, completions = _current()
        future = loop.create_future()
        ticket = self._core().start_request(completions, future, method, path, json, query, _given(options))
        try:
            return await future
        except BaseException:
            completions.cancel(ticket)
            raise


# One at most; made on first use, as `weakref` is not loaded by the interpreter.
_loops: "list[WeakKeyDictionary[asyncio.AbstractEventLoop, CompletionQueue]]" = []
_get_running_loop: "Callable[[], asyncio.AbstractEventLoop] | None" = None
# Nearly every call is made on the loop of the one before.
_latest: "tuple[ref[asyncio.AbstractEventLoop], CompletionQueue] | None" = None


def _current() -> "tuple[asyncio.AbstractEventLoop, CompletionQueue]":
    """The running loop, and the queue of its finished calls."""
    global _latest
    loop = _running_loop()
    latest = _latest
    if latest is not None and latest[0]() is loop:
        return loop, latest[1]
    from weakref import ref

    completions = _completions(loop)
    _latest = (ref(loop, _forget), completions)
    return loop, completions


def _forget(loop: "ref[asyncio.AbstractEventLoop]") -> None:
    """Lets go of the queue of a loop that is no more."""
    global _latest
    if _latest is not None and _latest[0] is loop:
        _latest = None


def _running_loop() -> "asyncio.AbstractEventLoop":
    global _get_running_loop
    if _get_running_loop is None:
        from asyncio import get_running_loop

        _get_running_loop = get_running_loop
    try:
        return _get_running_loop()
    except RuntimeError:
        raise RuntimeError(
            "AsyncCallFluent needs asyncio: await its methods in a coroutine that asyncio runs, or use CallFluent"
        ) from None


def _completions(loop: "asyncio.AbstractEventLoop") -> "CompletionQueue":
    """The queue of a loop's finished calls. The loop watches it and takes everything in it at once."""
    if not _loops:
        from weakref import WeakKeyDictionary

        _loops.append(WeakKeyDictionary())
    # Loops of other threads come and go meanwhile. Each step below is one step for them too; a lock would stay locked in the
    # child of a fork.
    loops = _loops[0]
    completions = loops.get(loop)
    if completions is None:
        # What a loop was closed with has nobody to go on for; each holds the other.
        for reference in loops.keyrefs():
            known = reference()
            if known is not None and known.is_closed():
                ended = loops.pop(known, None)
                if ended is not None:
                    ended.end()
        completions = CompletionQueue()
        try:
            loop.add_reader(completions.fileno(), completions.drain)
        except NotImplementedError:
            _watch(loop, completions)
        loops[loop] = completions
    return completions


def _watch(loop: "asyncio.AbstractEventLoop", completions: "CompletionQueue") -> None:
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
                    try:
                        completions.drain()
                    finally:
                        drained.set()

                try:
                    loop.call_soon_threadsafe(drain)
                except RuntimeError:
                    return
                drained.wait(1.0)

    threading.Thread(target=run, name="callfluent-completions", daemon=True).start()
