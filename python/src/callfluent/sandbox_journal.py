"""Requests that the sandbox received: the journal, assertions, snapshots."""

from __future__ import annotations

from typing import Any

from .argument_checks import kind_of
from .errors import InvalidRequestError
from .sandbox_control import SandboxControl


class Snapshot:
    """A copy of the state of a sandbox, from `Sandbox.snapshot`."""

    def __init__(self, number: int, sandbox: object) -> None:
        self._number = number
        self._sandbox = sandbox


class SandboxJournal(SandboxControl):
    """Methods about what happened."""

    def journal(self) -> list[dict[str, Any]]:
        """Returns the received requests with the status of their responses, oldest first.

        `arguments` has path, query and body in the names of the client's methods. The documented
        wrapper is removed and lists in strings are decoded.
        """
        entries: list[dict[str, Any]] = self._control("GET", "/journal")["entries"]
        return entries

    def requests(self, operation: str, /) -> list[dict[str, Any]]:
        """Returns the journal entries of one operation, oldest first.

        Args:
            operation: Name of the operation, e.g. `agents.create`.

        Raises:
            ValueError: The operation is unknown. The error suggests names.
        """
        entries: list[dict[str, Any]] = self._control("POST", "/assert-requested", {"operation": operation})["entries"]
        return entries

    def assert_requested(
        self, operation: str, /, *, times: int | None = None, **arguments: Any
    ) -> list[dict[str, Any]]:
        """Asserts that requests of an operation with these arguments were received.

        A request may have other arguments. A nested value must be equal. Requests that failed
        count, too. The names of custom fields must be exact; `custom_fields` has those with the
        name of another parameter, such as `times`.

        Args:
            operation: Name of the operation, e.g. `agents.create`.
            times: Exact number of matching requests. Default: at least one.
            **arguments: Arguments that the request must have, in the names of the client's methods.

        Returns:
            The journal entries of the matching requests, oldest first.

        Raises:
            AssertionError: The requests differ. The error shows the differences to the nearest one.
            ValueError: The operation is unknown. The error suggests names.
        """
        __tracebackhide__ = True
        body = {"operation": operation, "arguments": arguments, "times": times}
        result = self._control("POST", "/assert-requested", body)
        if result["difference"] is not None:
            raise AssertionError(result["difference"])
        entries: list[dict[str, Any]] = result["entries"]
        return entries

    def clear_journal(self) -> None:
        """Removes all journal entries."""
        self._control("DELETE", "/journal")

    def snapshot(self) -> Snapshot:
        """Copies the whole state: account, clock, journal, scripted responses, faults, replay."""
        return Snapshot(self._control("POST", "/snapshot")["snapshot"], self._native)

    def restore(self, snapshot: Snapshot) -> None:
        """Returns to a copied state.

        Args:
            snapshot: The copy, from this sandbox.

        Raises:
            ValueError: The argument is not a copy, or is one of another sandbox.
        """
        if not isinstance(snapshot, Snapshot):
            raise InvalidRequestError(f"snapshot: expected the result of snapshot(), got {kind_of(snapshot)}")
        if snapshot._sandbox is not self._native:
            raise InvalidRequestError("snapshot: it is from another sandbox")
        self._control("POST", "/restore", {"snapshot": snapshot._number})

    def reset(self) -> None:
        """Restores the initial state."""
        self._control("POST", "/reset")
