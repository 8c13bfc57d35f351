"""Hooks around whole operations: those that make the spans of OpenTelemetry. Other hooks see
attempts only.

The transports here are apart from the others, so that clients without such hooks pay nothing.
"""

from ._callfluent import report_hook_failure
from .transport import AsyncTransport, SyncTransport

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import TracebackType
    from typing import Any

    from ._callfluent import NativeClient, NativeExport, NativePages, NativeWait, NativeWatch
    from .bulk import BulkCall
    from .options import RequestOptions

    _Sync = SyncTransport
    _Async = AsyncTransport
else:
    _Sync = _Async = object

# pytest omits the frames of this module from tracebacks.
__tracebackhide__ = True


class OperationHooks:
    """The hooks of a client that begin something with an operation and end it with the
    operation."""

    __slots__ = ("_hooks",)

    def __init__(self, hooks: "Iterable[Any]") -> None:
        self._hooks = [hook for hook in hooks if hasattr(hook, "_begin_operation")]

    def __bool__(self) -> bool:
        return bool(self._hooks)

    def around(self, operation: str) -> "_Around":
        """Returns a context manager to run an operation in."""
        return _Around(self._hooks, operation)


class _Around:
    """Begins hooks with an operation, and ends them in reverse order. Their failures are reported
    and change nothing."""

    __slots__ = ("_ends", "_hooks", "_operation")

    def __init__(self, hooks: "list[Any]", operation: str) -> None:
        self._hooks = hooks
        self._operation = operation
        self._ends: list[tuple[Any, Callable[[BaseException | None], None]]] = []

    def __enter__(self) -> None:
        for hook in self._hooks:
            try:
                self._ends.append((hook, hook._begin_operation(self._operation)))
            except Exception as error:
                report_hook_failure(error, hook, "begin_operation", self._operation)

    def __exit__(
        self, kind: "type[BaseException] | None", error: "BaseException | None", trace: "TracebackType | None"
    ) -> None:
        for hook, end in reversed(self._ends):
            try:
                end(error)
            except Exception as failure:
                report_hook_failure(failure, hook, "end_operation", self._operation)


class _Observed:
    """Has the hooks of a client."""

    def __init__(self, native: "Callable[[], NativeClient]", hooks: OperationHooks) -> None:
        super().__init__(native)  # type: ignore[call-arg]
        self._hooks = hooks


class _ObservedSync(_Observed, _Sync):
    """Runs operations within hooks."""

    def __call__(self, operation: str, *arguments: "Any") -> "Any":
        __tracebackhide__ = True
        with self._hooks.around(operation):
            return super().__call__(operation, *arguments)

    def next_page(self, position: "NativePages", record_type: str) -> "Any":
        __tracebackhide__ = True
        with self._hooks.around(position.operation):
            return super().next_page(position, record_type)

    def next_state(self, wait: "NativeWait", until_ended: bool) -> "Any":
        __tracebackhide__ = True
        with self._hooks.around("calls.wait"):
            return super().next_state(wait, until_ended)

    def next_changes(self, watch: "NativeWatch", received: int) -> "list[Any]":
        __tracebackhide__ = True
        with self._hooks.around("calls.watch"):
            return super().next_changes(watch, received)

    def next_step(self, export: "NativeExport", finishes: bool) -> "Any":
        __tracebackhide__ = True
        with self._hooks.around("calls.export"):
            return super().next_step(export, finishes)

    def bulk(self, call: "BulkCall", options: "RequestOptions", operation: str) -> "list[Any]":
        __tracebackhide__ = True
        with self._hooks.around(call.verb):
            return super().bulk(call, options, operation)

    def request(self, method: str, path: str, json: "Any", query: "Any", options: "RequestOptions") -> "Any":
        __tracebackhide__ = True
        with self._hooks.around("request"):
            return super().request(method, path, json, query, options)


class _ObservedAsync(_Observed, _Async):
    """Runs operations within hooks."""

    async def __call__(self, operation: str, *arguments: "Any") -> "Any":
        __tracebackhide__ = True
        with self._hooks.around(operation):
            return await super().__call__(operation, *arguments)

    async def next_page(self, position: "NativePages", record_type: str) -> "Any":
        with self._hooks.around(position.operation):
            return await super().next_page(position, record_type)

    async def next_state(self, wait: "NativeWait", until_ended: bool) -> "Any":
        with self._hooks.around("calls.wait"):
            return await super().next_state(wait, until_ended)

    async def next_changes(self, watch: "NativeWatch", received: int) -> "list[Any]":
        with self._hooks.around("calls.watch"):
            return await super().next_changes(watch, received)

    async def next_step(self, export: "NativeExport", finishes: bool) -> "Any":
        with self._hooks.around("calls.export"):
            return await super().next_step(export, finishes)

    async def bulk(self, call: "BulkCall", options: "RequestOptions", operation: str) -> "list[Any]":
        __tracebackhide__ = True
        with self._hooks.around(call.verb):
            return await super().bulk(call, options, operation)

    async def request(self, method: str, path: str, json: "Any", query: "Any", options: "RequestOptions") -> "Any":
        with self._hooks.around("request"):
            return await super().request(method, path, json, query, options)


class ObservedSyncTransport(_ObservedSync, SyncTransport):
    """Invokes operations within hooks, and waits for their responses."""


class ObservedAsyncTransport(_ObservedAsync, AsyncTransport):
    """Starts operations within hooks, and awaits their responses."""


def observed(kind: "type[Any]") -> "type[Any]":
    """Returns the transport of a kind that runs hooks."""
    if kind is SyncTransport:
        return ObservedSyncTransport
    if kind is AsyncTransport:
        return ObservedAsyncTransport
    base = _ObservedSync if issubclass(kind, SyncTransport) else _ObservedAsync
    return type(f"Observed{kind.__name__}", (base, kind), {})
