"""Control requests to the sandbox, which runs in this process. They need no socket."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import TYPE_CHECKING, Any

from ._callfluent import NativeSandbox

if TYPE_CHECKING:
    from collections.abc import Mapping
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
        self._native.close()

    def _address(self) -> str:
        if not self._open:
            raise RuntimeError("the sandbox is closed")
        return self.base_url

    def _control(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        self._address()
        return json.loads(self._native.control(method, f"/sandbox{path}", "" if body is None else json.dumps(body)))

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


def id_of(value: IdOrObject) -> int:
    """Returns the ID of a record, or the ID itself."""
    if isinstance(value, (int, str)):
        identifier = value
    elif isinstance(value, dict):
        identifier = value["id"]
    else:
        identifier = value.id  # type: ignore[union-attr]
    try:
        return int(identifier)
    except ValueError:
        raise ValueError(f"expected an ID, got {identifier!r}") from None


def given(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the arguments that are not None."""
    return {name: value for name, value in arguments.items() if value is not None}
