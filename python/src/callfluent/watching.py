"""The methods `calls.wait` and `calls.watch` of both clients. The core polls the call history, and
decides which calls are new or changed and when a call has ended.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from . import annotations as types
    from .models import Call
else:
    from .introspection import types

# pytest omits the frames of this module from tracebacks.
__tracebackhide__ = True


class CallWatching:
    """Waiting for the end of a call, and watching the calls of an agent. `resources` has the
    methods."""

    _call: "Any"

    def _wait(
        self,
        agent_id: "Any",
        call_id: "Any",
        timeout: "Any",
        ended: "Callable[[Call], object] | None",
        min_interval: "Any",
        max_interval: "Any",
    ) -> "Call":
        __tracebackhide__ = True
        transport = self._call
        _check_ended(ended)
        wait = transport._native().wait(*_wait_arguments(agent_id, call_id, timeout, min_interval, max_interval))
        if ended is None:
            return transport.next_state(wait, True)  # type: ignore[no-any-return]
        while True:
            call = transport.next_state(wait, False)
            if call is not None and _has_ended(ended, call):
                return call  # type: ignore[no-any-return]

    def _watch(self, agent_id: "Any", include_existing: "Any", min_interval: "Any", max_interval: "Any") -> "CallWatch":
        transport = self._call
        native = transport._native().watch(*_watch_arguments(agent_id, include_existing, min_interval, max_interval))
        return CallWatch(transport, native)


class AsyncCallWatching:
    """Waiting for the end of a call, and watching the calls of an agent."""

    _call: "Any"

    async def _wait(
        self,
        agent_id: "Any",
        call_id: "Any",
        timeout: "Any",
        ended: "Callable[[Call], object] | None",
        min_interval: "Any",
        max_interval: "Any",
    ) -> "Call":
        transport = self._call
        _check_ended(ended)
        wait = transport._native().wait(*_wait_arguments(agent_id, call_id, timeout, min_interval, max_interval))
        if ended is None:
            return await transport.next_state(wait, True)  # type: ignore[no-any-return]
        while True:
            call = await transport.next_state(wait, False)
            if call is not None and await _has_ended_async(ended, call):
                return call  # type: ignore[no-any-return]

    def _watch(
        self, agent_id: "Any", include_existing: "Any", min_interval: "Any", max_interval: "Any"
    ) -> "AsyncCallWatch":
        transport = self._call
        native = transport._native().watch(*_watch_arguments(agent_id, include_existing, min_interval, max_interval))
        return AsyncCallWatch(transport, native)


def _check_ended(ended: "Any") -> None:
    """Rejects what cannot be invoked before anything is sent."""
    __tracebackhide__ = True
    if ended is not None:
        from .argument_checks import check_function

        check_function("calls.wait", "ended", ended)


def _has_ended(ended: "Callable[[Call], object]", call: "Call") -> object:
    """Returns the result of the user's function. A coroutine would always count as true."""
    __tracebackhide__ = True
    result: Any = ended(call)
    if not hasattr(result, "__await__"):
        return result
    close = getattr(result, "close", None)
    if close is not None:
        close()
    from .errors import InvalidRequestError

    reason = "is a coroutine function: pass a function that returns true or false, or use AsyncCallFluent"
    raise InvalidRequestError(f"calls.wait: invalid arguments: ended: {reason}", field_errors=[("ended", reason)])


async def _has_ended_async(ended: "Callable[[Call], object]", call: "Call") -> object:
    """Returns the result of the user's function, which can be a coroutine function."""
    result: Any = ended(call)
    return await result if hasattr(result, "__await__") else result


def _wait_arguments(
    agent_id: "Any", call_id: "Any", timeout: "Any", min_interval: "Any", max_interval: "Any"
) -> "tuple[dict[str, Any], dict[str, Any]]":
    options = {"timeout": timeout, "min_interval": min_interval, "max_interval": max_interval}
    return {"agent_id": agent_id, "call_id": call_id}, options


def _watch_arguments(
    agent_id: "Any", include_existing: "Any", min_interval: "Any", max_interval: "Any"
) -> "tuple[dict[str, Any], dict[str, Any]]":
    options = {"include_existing": include_existing, "min_interval": min_interval, "max_interval": max_interval}
    return {"agent_id": agent_id}, options


class _Watch:
    """Calls that have arrived and were not returned yet."""

    __slots__ = ("_arrived", "_is_polling", "_native", "_received", "_transport")

    def __init__(self, transport: "Any", native: "Any") -> None:
        self._transport = transport
        self._native = native
        self._arrived: list[Call] = []
        self._received = 0
        self._is_polling = False

    def _begin(self) -> None:
        if self._is_polling:
            raise RuntimeError("calls.watch: the iterator is in use; create one for each thread or task")
        self._is_polling = True

    def _add(self, calls: "list[Call]") -> None:
        # The core returns calls again until it knows that they were received.
        self._received += len(calls)
        self._arrived = calls[::-1]


class CallWatch(_Watch):
    """The new and changed calls of an agent, as an iterator that does not end."""

    __slots__ = ()

    def __iter__(self) -> "types.Iterator[types.Call]":
        return self

    def __next__(self) -> "types.Call":
        __tracebackhide__ = True
        if not self._arrived:
            self._begin()
            try:
                self._add(self._transport.next_changes(self._native, self._received))
            finally:
                self._is_polling = False
        return self._arrived.pop()


class AsyncCallWatch(_Watch):
    """The new and changed calls of an agent, as an async iterator that does not end."""

    __slots__ = ()

    def __aiter__(self) -> "types.AsyncIterator[types.Call]":
        return self

    async def __anext__(self) -> "types.Call":
        __tracebackhide__ = True
        if not self._arrived:
            self._begin()
            try:
                self._add(await self._transport.next_changes(self._native, self._received))
            finally:
                self._is_polling = False
        return self._arrived.pop()
