"""The methods `calls.wait` and `calls.watch` of both clients. The core polls the call history, and
decides which calls are new or changed and when a call has ended.
"""

from .introspection import described

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from . import annotations as types
    from .models import Call
else:
    from .introspection import types

# pytest omits the frames of this module from tracebacks.
__tracebackhide__ = True


class CallWatching:
    """Waiting for the end of a call, and watching the calls of an agent."""

    @described()
    def wait(
        self,
        agent_id: "int | str",
        call_id: "int | str",
        *,
        timeout: "float | types.timedelta | None" = None,
        ended: "types.Callable[[types.Call], object] | None" = None,
        min_interval: "float | types.timedelta | None" = None,
        max_interval: "float | types.timedelta | None" = None,
    ) -> "types.Call":
        """Waits until a phone call has ended, and returns it as the call history has it then.

        It polls the call history of the agent: after 1 s, and then with delays that grow to 15 s. A
        phone call has ended if its `status` is `completed`, `busy`, `no-answer`, `failed` or
        `canceled`. If the history has no such status, a field whose name contains `duration` and
        that is positive means the end. The API documents neither: pass `ended` for another
        condition. Reading the history is idempotent.

        Args:
            agent_id: ID of the agent.
            call_id: ID of the phone call.
            timeout: Total timeout in seconds. Defaults to 3600; `math.inf` disables it. Each
                request has the timeout of the client.
            ended: Function of the phone call that returns true when it has ended.
            min_interval: Shortest delay between polls in seconds, above 0. Defaults to 1.
            max_interval: Longest delay between polls in seconds. Defaults to 15.

        Returns:
            The phone call.

        Raises:
            InvalidRequestError: An argument is invalid; nothing was sent.
            APITimeoutError: The phone call has not ended in time. The message has its last state.
            NotFoundError: No agent has this ID.
            APIError: The history could not be read.

        Example:
            >>> started = client.calls.start(1002, "+15551234567")
            >>> call = client.calls.wait(1002, started.id, timeout=600)

        Endpoint: ``GET /agent/{agentId}/calls``.
        """
        __tracebackhide__ = True
        transport = self._call  # type: ignore[attr-defined]
        wait = transport._native().wait(*_wait_arguments(agent_id, call_id, timeout, min_interval, max_interval))
        if ended is None:
            return transport.next_state(wait, True)  # type: ignore[no-any-return]
        while True:
            call = transport.next_state(wait, False)
            if call is not None and ended(call):
                return call  # type: ignore[no-any-return]

    @described()
    def watch(
        self,
        agent_id: "int | str",
        *,
        include_existing: "bool" = False,
        min_interval: "float | types.timedelta | None" = None,
        max_interval: "float | types.timedelta | None" = None,
    ) -> "types.CallWatch":
        """Returns the new and changed calls of an agent as an iterator that does not end.

        It polls the call history: after 1 s, and then with delays that grow to 15 s. A new or
        changed call sets the delay back to 1 s. The first read of the history finds the calls that
        exist. A call that appears between two polls is not lost. After an error, the same iterator
        continues. Ctrl+C ends it at once.

        Args:
            agent_id: ID of the agent.
            include_existing: Return the calls that exist already, too. Default: false.
            min_interval: Shortest delay between polls in seconds, above 0. Defaults to 1.
            max_interval: Longest delay between polls in seconds. Defaults to 15.

        Returns:
            An iterator over calls.

        Raises:
            InvalidRequestError: An argument is invalid; nothing was sent.
            NotFoundError: No agent has this ID. The iterator raises it.
            APIError: The history could not be read. The iterator raises it.

        Example:
            >>> for call in client.calls.watch(1002):
            ...     print(call.id)

        Endpoint: ``GET /agent/{agentId}/calls``.
        """
        transport = self._call  # type: ignore[attr-defined]
        native = transport._native().watch(*_watch_arguments(agent_id, include_existing, min_interval, max_interval))
        return CallWatch(transport, native)


class AsyncCallWatching:
    """Waiting for the end of a call, and watching the calls of an agent."""

    @described()
    async def wait(
        self,
        agent_id: "int | str",
        call_id: "int | str",
        *,
        timeout: "float | types.timedelta | None" = None,
        ended: "types.Callable[[types.Call], object] | None" = None,
        min_interval: "float | types.timedelta | None" = None,
        max_interval: "float | types.timedelta | None" = None,
    ) -> "types.Call":
        """Waits until a phone call has ended. The sync client describes the arguments.

        Example:
            >>> call = await client.calls.wait(1002, 50004)
        """
        transport = self._call  # type: ignore[attr-defined]
        wait = transport._native().wait(*_wait_arguments(agent_id, call_id, timeout, min_interval, max_interval))
        if ended is None:
            return await transport.next_state(wait, True)  # type: ignore[no-any-return]
        while True:
            call = await transport.next_state(wait, False)
            if call is not None and ended(call):
                return call  # type: ignore[no-any-return]

    @described()
    def watch(
        self,
        agent_id: "int | str",
        *,
        include_existing: "bool" = False,
        min_interval: "float | types.timedelta | None" = None,
        max_interval: "float | types.timedelta | None" = None,
    ) -> "types.AsyncCallWatch":
        """Returns the new and changed calls of an agent as an async iterator that does not end. The
        sync client describes the arguments.

        Cancelling the task ends a poll at once. The same iterator can continue, and loses no call.

        Example:
            >>> async for call in client.calls.watch(1002):
            ...     print(call.id)
        """
        transport = self._call  # type: ignore[attr-defined]
        native = transport._native().watch(*_watch_arguments(agent_id, include_existing, min_interval, max_interval))
        return AsyncCallWatch(transport, native)


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
