"""Faults of the sandbox on demand: scripted responses, limits, permissions, a revoked key."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from .sandbox_control import SandboxControl, fields_of, given, id_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Literal


class _Omitted(enum.Enum):
    """A body that was not passed: `None` is the JSON body `null`."""

    OMITTED = enum.auto()

    def __repr__(self) -> str:
        return "..."


class SandboxFaults(SandboxControl):
    """Methods that make requests fail."""

    def respond(
        self,
        *,
        operation: str | None = None,
        path_contains: str | None = None,
        after: int | None = None,
        times: int | None = None,
        probability: float | None = None,
        seed: int | None = None,
        for_seconds: int | None = None,
        status: int | None = None,
        retry_after: int | None = None,
        headers: Mapping[str, str] | None = None,
        body: object = _Omitted.OMITTED,
        body_text: str | None = None,
        delay_ms: int | None = None,
        process_first: bool | None = None,
        disconnect: Literal["before_response", "in_body", "reset"] | None = None,
    ) -> None:
        """Queues a response for matching requests.

        Args:
            operation: Matches only this operation, e.g. `agents.create`.
            path_contains: Matches only requests whose path contains this string.
            after: Number of matching requests that get the real response first. Default: 0.
            times: Number of requests that get this response. Default: 1, or no limit with
                `probability` or `for_seconds`.
            probability: Share of matching requests that get this response, from 0 to 1.
            seed: Seed of the probability. Default: 0.
            for_seconds: Seconds of the sandbox's clock for which it applies. Each request advances
                the clock by one second, and `advance` moves it.
            status: HTTP status, from 200 to 599. Without a status and a body, the real response is
                sent.
            retry_after: `Retry-After` header in seconds.
            headers: Headers to add or to replace.
            body: JSON body; `None` is `null`.
            body_text: Body that is sent unchanged.
            delay_ms: Delay of the response in milliseconds.
            process_first: Processes the request before responding.
            disconnect: Closes the connection instead of responding (`before_response`), resets it
                (`reset`), or closes it in the middle of the response body (`in_body`).

        Raises:
            ValueError: An argument is invalid, or the response changes nothing. The error suggests
                names for an unknown operation.
        """
        response = {
            "operation": operation,
            "path_contains": path_contains,
            "after": after,
            "times": times,
            "probability": probability,
            "seed": seed,
            "for_seconds": for_seconds,
            "status": status,
            "retry_after": retry_after,
            "headers": fields_of("headers", headers),
            "body_text": body_text,
            "delay_ms": delay_ms,
            "process_first": process_first,
            "disconnect": disconnect,
        }
        content = {} if body is _Omitted.OMITTED else {"body": body}
        self._control("POST", "/respond", {**given(response), **content})

    def clear_responses(self) -> None:
        """Removes all queued responses."""
        self._control("DELETE", "/respond")

    def faults(self, rate: float, *, seed: int = 0) -> None:
        """Starts random faults: lost connections, truncated bodies, error statuses, delays.

        Some faults occur before the request is processed and some after; `processed` in the journal
        reports which. The same seed repeats the same faults for the same requests.

        Args:
            rate: Share of requests with a fault, from 0 to 1. 0 stops random faults.
            seed: Seed of the faults. Default: 0.

        Raises:
            ValueError: The rate or the seed is invalid.
        """
        self._control("POST", "/faults", {"rate": rate, "seed": seed})

    def set_limits(self, *, agents: int | None = None, workspaces: int | None = None) -> None:
        """Changes the maximum numbers of agents and workspaces of the account.

        Args:
            agents: Maximum number of agents. Default: the current one.
            workspaces: Maximum number of workspaces. Default: the current one.

        Raises:
            ValueError: A number is invalid.
        """
        self._control("POST", "/limits", given({"agents": agents, "workspaces": workspaces}))

    def set_permission(self, workspace_id: int | str, allowed: bool) -> None:
        """Gives or takes the permission of the API key for a workspace.

        Without it, requests for the workspace, its agents and their calls get the documented 403
        response.

        Args:
            workspace_id: ID of the workspace.
            allowed: True gives the permission.

        Raises:
            ValueError: The workspace is unknown.
        """
        self._control("POST", "/permissions", {"workspace_id": id_of("workspace_id", workspace_id), "allowed": allowed})

    def set_key_revoked(self, revoked: bool = True) -> None:
        """Revokes the API key, or accepts it again. With a revoked key, requests get status 401.

        Args:
            revoked: False accepts the key again. Default: true.
        """
        self._control("POST", "/api-key", {"revoked": revoked})
