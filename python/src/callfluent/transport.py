"""Sends the requests of a resource's methods through the binding: blocking, or for an event
loop."""

from ._callfluent import CompletionQueue, unknown_outcome, unknown_outcome_of_request
from .options import request_options

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable
    from typing import Any
    from weakref import WeakKeyDictionary, ref

    from ._callfluent import (
        NativeClient,
        NativeExport,
        NativePages,
        NativeUploadProgress,
        NativeWait,
        NativeWatch,
    )
    from .bulk import BulkCall
    from .options import RequestOptions
    from .pagination import AsyncPages, Pages
    from .progress import ListProgress, Progress, Report


# pytest omits the frames of this module from tracebacks.
__tracebackhide__ = True

_PROGRESS_INTERVAL = 0.1
"""Seconds between two looks at the bytes of an upload."""
# Whether an operation is repeatable, as the catalog has it, for the operations that were used.
_REPEATABLE: "dict[str, bool]" = {}


class _ListRequest:
    """Requests the pages of a list. It is a class rather than a closure so that lists can be
    pickled."""

    __slots__ = ("_request",)

    def __init__(self, *request: "Any") -> None:
        self._request = request

    def first(self, page: "int | None") -> "Any":
        transport, _, _, record_type, _ = self._request
        return transport.next_page(self.start(page), record_type)

    def start(self, page: "int | None") -> "NativePages":
        """Returns the position before a page. Nothing is fetched."""
        transport, operation, arguments, _, options = self._request
        position: NativePages = transport._native().pages(
            operation, {**arguments, "page": page}, request_options(options)
        )
        return position

    @property
    def record_type(self) -> str:
        """Name of the class of the records."""
        record_type: str = self._request[3]
        return record_type

    @property
    def agent(self) -> "str | None":
        """The agent whose calls are listed, as JSON."""
        from .tables import _agent_json

        agent_id = self._request[2].get("agent_id")
        return None if agent_id is None else _agent_json(agent_id)

    def after(self, position: "NativePages") -> "Any":
        transport, _, _, record_type, _ = self._request
        # A position holds the native client, which a closed client must not use.
        transport._native()
        return transport.next_page(position, record_type)


def records_of(operation: str, record_type: str, result: "Any") -> "Any":
    """Returns the sequence of the records of a list, and any other result unchanged. Records that
    an operation returns by the way are shown short."""
    if not record_type or type(result) is not list:
        return result
    # The native module has imported it before the request was sent.
    from .record_sequence import Records

    return Records(result, operation.endswith((".list", ".upload")), record_type)


def _check_task(operation: str) -> None:
    """Rejects an operation that is not idempotent inside a task: engines can run a task twice."""
    repeatable = _REPEATABLE.get(operation)
    if repeatable is None:
        repeatable = _REPEATABLE[operation] = unknown_outcome(operation) is None
    if not repeatable:
        from .engine_tasks import reject_in_task

        reject_in_task(operation)


def _check_bulk(call: "BulkCall", operation: str) -> None:
    """Checks that a second run of the same task repeats nothing. A journal ensures it."""
    options = call.options
    # Reads have neither option.
    if options.get("journal") is None and not options.get("dry_run"):
        _check_task(operation)


def _check_request(method: str, path: str) -> "str | None":
    """Rejects a request by path that is not idempotent inside a task. Returns the consequence of
    such a request whose outcome is unknown."""
    help = unknown_outcome_of_request(method, path)
    if help is not None:
        from .engine_tasks import reject_in_task

        reject_in_task("request")
    return help


def _mark_interrupted(error: BaseException, operation: str) -> None:
    """Marks the exception of a canceled request that the server may have processed."""
    if not isinstance(error, Exception):
        _mark_unknown(error, operation, unknown_outcome(operation))


def _mark_unknown(error: BaseException, operation: str, help: "str | None") -> None:
    if help is None or isinstance(error, Exception):
        return
    error.outcome_unknown = True  # type: ignore[attr-defined]
    # Python 3.10 does not have notes.
    add_note = getattr(error, "add_note", None)
    if add_note is not None:
        add_note(f"{operation} was canceled: the outcome is unknown; {help}")


def _list_reporter(progress: "ListProgress", operation: str) -> "Callable[[int | None], Report] | None":
    """Returns what creates the report of an iteration; `None` without one."""
    if progress is None or progress is False:
        return None
    from .progress import reporter

    return reporter(progress, operation)


class SyncTransport:
    """Invokes operations and waits for their responses."""

    __slots__ = ("_native",)

    def __init__(self, native: "Callable[[], NativeClient]") -> None:
        self._native = native

    def __call__(
        self,
        operation: str,
        arguments: "dict[str, Any]",
        record_type: str,
        files: "Any",
        options: "RequestOptions",
        record: "Any" = None,
        progress: "NativeUploadProgress | None" = None,
    ) -> "Any":
        __tracebackhide__ = True
        _check_task(operation)
        try:
            result = self._native().invoke(
                operation, arguments, record_type, files, request_options(options), record, progress
            )
            return records_of(operation, record_type, result)
        except BaseException as error:
            # An interrupt while arguments are converted comes before anything is sent.
            if getattr(error, "_callfluent_sent", False):
                _mark_interrupted(error, operation)
            raise

    def upload(
        self,
        operation: str,
        arguments: "dict[str, Any]",
        record_type: str,
        files: "Any",
        options: "RequestOptions",
        progress: "Progress",
    ) -> "Any":
        """Uploads files, and shows the bytes."""
        __tracebackhide__ = True
        if progress is None or progress is False:
            return self(operation, arguments, record_type, files, options)
        from .progress import UploadReport

        with UploadReport(progress, operation) as report:
            return self(operation, arguments, record_type, files, options, None, report.native)

    def pages(
        self,
        operation: str,
        arguments: "dict[str, Any]",
        record_type: str,
        files: "Any",
        options: "RequestOptions",
        progress: "ListProgress" = None,
    ) -> "Pages[Any]":
        from .pagination import Pages

        request = _ListRequest(self, operation, arguments, record_type, options)
        return Pages(request, arguments.get("page"), None, _list_reporter(progress, operation))

    def next_page(self, position: "NativePages", record_type: str) -> "Any":
        __tracebackhide__ = True
        return position.next(record_type)

    def next_state(self, wait: "NativeWait", until_ended: bool) -> "Any":
        __tracebackhide__ = True
        # It holds the native client, which a closed client must not use.
        self._native()
        return wait.next("Call", until_ended)

    def next_changes(self, watch: "NativeWatch", received: int) -> "list[Any]":
        __tracebackhide__ = True
        self._native()
        return watch.next("Call", received)

    def next_step(self, export: "NativeExport", finishes: bool) -> "Any":
        __tracebackhide__ = True
        self._native()
        return export.next("", finishes)

    def bulk(self, call: "BulkCall", options: "RequestOptions", operation: str) -> "list[Any]":
        """Runs a bulk operation. An interrupt cancels what is left."""
        __tracebackhide__ = True
        _check_bulk(call, operation)
        run = call.prepare(self._native(), request_options(options))
        try:
            while call.add(run, run.next(call.record_type)):
                pass
        except BaseException as error:
            _mark_interrupted(error, operation)
            raise
        finally:
            call.close(run)
        return call.results

    def decode_row(self, operation: str, row: "Any") -> "dict[str, Any]":
        """Decodes a row of strings to the arguments of an operation."""
        return self._native().decode_row(operation, row)

    def request(self, method: str, path: str, json: "Any", query: "Any", options: "RequestOptions") -> "Any":
        __tracebackhide__ = True
        help = _check_request(method, path)
        try:
            return self._native().request(method, path, json, query, request_options(options))
        except BaseException as error:
            if getattr(error, "_callfluent_sent", False):
                _mark_unknown(error, "request", help)
            raise


class AsyncTransport:
    """Starts operations and awaits their responses. Cancelling the await cancels the request."""

    __slots__ = ("_native",)

    def __init__(self, native: "Callable[[], NativeClient]") -> None:
        self._native = native

    async def __call__(
        self,
        operation: str,
        arguments: "dict[str, Any]",
        record_type: str,
        files: "Any",
        options: "RequestOptions",
        record: "Any" = None,
        progress: "NativeUploadProgress | None" = None,
    ) -> "Any":
        __tracebackhide__ = True
        _check_task(operation)
        loop, queue = _current_loop()
        future = loop.create_future()
        ticket = self._native().start(
            queue, future, operation, arguments, record_type, files, request_options(options), record, progress
        )
        try:
            if progress is not None:
                await _show_until_done(future, progress)
            result = await future
            return records_of(operation, record_type, result)
        except BaseException as error:
            queue.cancel(ticket)
            _mark_interrupted(error, operation)
            raise

    async def upload(
        self,
        operation: str,
        arguments: "dict[str, Any]",
        record_type: str,
        files: "Any",
        options: "RequestOptions",
        progress: "Progress",
    ) -> "Any":
        """Uploads files, and shows the bytes."""
        __tracebackhide__ = True
        if progress is None or progress is False:
            return await self(operation, arguments, record_type, files, options)
        from .progress import UploadReport

        with UploadReport(progress, operation) as report:
            return await self(operation, arguments, record_type, files, options, None, report.native)

    def pages(
        self,
        operation: str,
        arguments: "dict[str, Any]",
        record_type: str,
        files: "Any",
        options: "RequestOptions",
        progress: "ListProgress" = None,
    ) -> "AsyncPages[Any]":
        from .pagination import AsyncPages

        request = _ListRequest(self, operation, arguments, record_type, options)
        return AsyncPages(request, arguments.get("page"), _list_reporter(progress, operation))

    async def next_state(self, wait: "NativeWait", until_ended: bool) -> "Any":
        self._native()
        return await _next(wait, "Call", until_ended)

    async def next_changes(self, watch: "NativeWatch", received: int) -> "list[Any]":
        self._native()
        calls: list[Any] = await _next(watch, "Call", received)
        return calls

    async def next_step(self, export: "NativeExport", finishes: bool) -> "Any":
        self._native()
        return await _next(export, "", finishes)

    async def bulk(self, call: "BulkCall", options: "RequestOptions", operation: str) -> "list[Any]":
        """Runs a bulk operation. Cancelling the await cancels what is left."""
        __tracebackhide__ = True
        _check_bulk(call, operation)
        loop, queue = _current_loop()
        run = call.prepare(self._native(), request_options(options))
        ticket = None
        try:
            more = True
            while more:
                future = loop.create_future()
                ticket = run.start_next(queue, future, call.record_type)
                more = call.add(run, await future)
        except BaseException as error:
            if ticket is not None:
                queue.cancel(ticket)
            _mark_interrupted(error, operation)
            raise
        finally:
            call.close(run)
        return call.results

    def decode_row(self, operation: str, row: "Any") -> "dict[str, Any]":
        """Decodes a row of strings to the arguments of an operation."""
        return self._native().decode_row(operation, row)

    async def next_page(self, position: "NativePages", record_type: str) -> "Any":
        return await _next(position, record_type)

    async def request(self, method: str, path: str, json: "Any", query: "Any", options: "RequestOptions") -> "Any":
        __tracebackhide__ = True
        help = _check_request(method, path)
        loop, queue = _current_loop()
        future = loop.create_future()
        ticket = self._native().start_request(queue, future, method, path, json, query, request_options(options))
        try:
            return await future
        except BaseException as error:
            queue.cancel(ticket)
            _mark_unknown(error, "request", help)
            raise


async def _show_until_done(future: "asyncio.Future[Any]", progress: "NativeUploadProgress") -> None:
    """Reports the bytes of an upload until its response has arrived."""
    from asyncio import wait

    while not future.done():
        await wait((future,), timeout=_PROGRESS_INTERVAL)
        progress.update()


async def _next(position: "Any", record_type: str, *arguments: "Any") -> "Any":
    """Awaits the next result of a native position. Cancelling the await cancels the request."""
    loop, queue = _current_loop()
    future = loop.create_future()
    ticket = position.start_next(queue, future, record_type, *arguments)
    try:
        return await future
    except BaseException:
        queue.cancel(ticket)
        raise


# Holds one dictionary at most. It is created on first use, because the interpreter does not load
# `weakref` by itself.
_queues: "list[WeakKeyDictionary[asyncio.AbstractEventLoop, CompletionQueue]]" = []
_get_running_loop: "Callable[[], asyncio.AbstractEventLoop] | None" = None
# Nearly every request is made on the same loop as the one before.
_latest: "tuple[ref[asyncio.AbstractEventLoop], CompletionQueue] | None" = None


def _current_loop() -> "tuple[asyncio.AbstractEventLoop, CompletionQueue]":
    """Returns the running loop and its queue."""
    global _latest
    loop = _running_loop()
    latest = _latest
    if latest is not None and latest[0]() is loop:
        return loop, latest[1]
    from weakref import ref

    queue = _queue_of(loop)
    _latest = (ref(loop, _forget), queue)
    return loop, queue


def _forget(loop: "ref[asyncio.AbstractEventLoop]") -> None:
    """Drops the queue of a loop that was garbage-collected."""
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


def _queue_of(loop: "asyncio.AbstractEventLoop") -> "CompletionQueue":
    """Returns the queue of a loop. The loop watches its descriptor and drains it when it is
    readable."""
    if not _queues:
        from weakref import WeakKeyDictionary

        _queues.append(WeakKeyDictionary())
    from contextvars import Context

    # Other threads add and remove loops meanwhile. Each step below is atomic for them; a lock would
    # stay locked in the child of a fork.
    queues = _queues[0]
    queue = queues.get(loop)
    if queue is None:
        # Requests of a closed loop can never complete, and the loop and its futures keep each
        # other alive.
        for reference in queues.keyrefs():
            known = reference()
            if known is not None and known.is_closed():
                ended = queues.pop(known, None)
                if ended is not None:
                    ended.cancel_all()
        queue = CompletionQueue()
        try:
            # In an empty context: the loop would keep that of the first request for ever.
            Context().run(loop.add_reader, queue.fileno(), queue.drain)
        except NotImplementedError:
            _watch(loop, queue)
        import sys

        if "ipykernel.kernelapp" in sys.modules:
            from .kernel_interrupts import wake_on_signals

            Context().run(wake_on_signals, loop)
        queues[loop] = queue
    return queue


def _watch(loop: "asyncio.AbstractEventLoop", queue: "CompletionQueue") -> None:
    """Wakes a loop that cannot watch a socket, such as the default one of Windows, from a
    thread."""
    import select
    import threading
    from contextvars import Context

    descriptor = queue.fileno()

    def run() -> None:
        while not loop.is_closed():
            readable, _, _ = select.select([descriptor], [], [], 1.0)
            if readable:
                drained = threading.Event()

                def drain(drained: threading.Event = drained) -> None:
                    try:
                        queue.drain()
                    finally:
                        drained.set()

                try:
                    loop.call_soon_threadsafe(drain, context=Context())
                except RuntimeError:
                    return
                drained.wait(1.0)

    threading.Thread(target=run, name="callfluent-completions", daemon=True).start()
