"""Control requests to the sandbox, which runs in this process. They need no socket.

After a fork, the child process has a copy that nothing serves. Its methods raise an error there.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from ._callfluent import NativeSandbox
from .argument_checks import is_mapping, kind_of
from .errors import InvalidRequestError
from .short_text import short_text

if TYPE_CHECKING:
    from typing import Protocol, TypeAlias

    class HasId(Protocol):
        """A record with an ID."""

        @property
        def id(self) -> int | str: ...

    IdOrObject: TypeAlias = "int | str | Mapping[str, Any] | HasId"


class SandboxControl:
    """The running server and its control requests."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._open = True
        self._native = NativeSandbox(dict(settings))
        self._listener = self._native.listener
        _running.add(self)

    @property
    def base_url(self) -> str:
        """Base URL for clients."""
        return self._native.base_url

    @property
    def control_url(self) -> str:
        """Base URL of the control endpoints."""
        return self._native.control_url

    @property
    def api_key(self) -> str:
        """API key that requests must have."""
        return self._native.api_key

    def close(self) -> None:
        """Stops the sandbox and waits until it has stopped."""
        self._open = False
        self._listener = None
        self._native.close()

    def _close_listener(self) -> None:
        """Closes the socket that this process inherited from the one that runs the sandbox."""
        listener, self._listener = self._listener, None
        if listener is not None:
            with suppress(OSError):
                os.close(listener)

    def _address(self) -> str:
        if not self._open:
            raise RuntimeError("the sandbox is closed")
        return self.base_url

    def _control(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        self._address()
        text = "" if body is None else "{" + ",".join(_member(*argument) for argument in body.items()) + "}"
        return json.loads(self._native.control(method, f"/sandbox{path}", text))

    def _wait_for_webhooks(self) -> None:
        """Waits for webhooks, except in an event loop: its receiver could not respond meanwhile."""
        if not in_event_loop():
            self._native.wait_for_webhooks()

    async def _async_wait_for_webhooks(self) -> None:
        self._address()
        if _in_trio():
            await sys.modules["trio"].to_thread.run_sync(self._native.wait_for_webhooks)
        else:
            await asyncio.to_thread(self._native.wait_for_webhooks)


#: The open sandboxes, for a fork.
_running: WeakSet[SandboxControl] = WeakSet()


def _close_listeners() -> None:
    """Closes the ports in a forked process, or they stay in use after the sandboxes have ended."""
    for sandbox in list(_running):
        sandbox._close_listener()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_close_listeners)


def in_event_loop() -> bool:
    """Returns true if asyncio or trio runs in this thread."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return _in_trio()
    return True


def _in_trio() -> bool:
    trio = sys.modules.get("trio")
    return trio is not None and bool(trio.lowlevel.in_trio_run())


def id_of(name: str, value: IdOrObject) -> int:
    """Returns the ID of a record, or the ID itself.

    Args:
        name: Name of the argument, for the error.
        value: The record or the ID.

    Raises:
        InvalidRequestError: The value is not an ID and does not have one.
    """
    identifier: Any = value
    if isinstance(value, Mapping):
        identifier = value.get("id")
    elif not isinstance(value, (int, str)):
        identifier = getattr(value, "id", None)
    if isinstance(identifier, str) and identifier.isascii() and identifier.isdecimal():
        return int(identifier)
    if isinstance(identifier, int) and not isinstance(identifier, bool) and identifier >= 0:
        return int(identifier)
    is_bool = isinstance(identifier, bool)
    got = short_text(identifier) if isinstance(identifier, (int, str)) and not is_bool else kind_of(value)
    reason = f"expected an ID, or an object with an ID, got {got}"
    raise InvalidRequestError(f"{name}: {reason}", field_errors=[(name, reason)])


def fields_of(name: str, value: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return a mapping as a dict; `None` if it is not given."""
    if value is not None and not is_mapping(value):
        raise ValueError(f"{name}: expected a mapping, got {kind_of(value)}")
    return None if value is None else dict(value)


def _member(name: str, value: Any) -> str:
    """Return an argument as a member of a JSON object."""
    try:
        return f"{json.dumps(name)}:{json.dumps(value)}"
    except TypeError as error:
        raise ValueError(f"{name}: cannot be sent as JSON, got {kind_of(value)} ({error})") from None


def given(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the arguments that are not None."""
    return {name: value for name, value in arguments.items() if value is not None}
