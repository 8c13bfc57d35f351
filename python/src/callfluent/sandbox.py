"""A stateful local sandbox of the CallFluent API, for tests and demos. It never calls anybody.

    with Sandbox() as sandbox:
        client = sandbox.client()

From a shell: `python -m callfluent.sandbox --port 4010 --demo`.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from ._callfluent import NativeSandbox, run_sandbox
from .client import AsyncCallFluent, CallFluent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType
    from typing import Literal

    from typing_extensions import Self, Unpack

    from .options import ClientOptions


class Sandbox:
    """A running sandbox. It stops when it is closed.

    Args:
        port: Port on 127.0.0.1. Defaults to a free one.
        demo: Start with two workspaces, six agents and sixty calls. Defaults to one workspace
            without agents.
        seed: Seed of IDs, UUIDs and demo data. Defaults to 0.
        clock: Start of the sandbox's clock, in seconds since 1970. Each request advances it by one
            second.
        api_key: API key that requests must have.
        page_size: Number of calls per page. Defaults to 20.
        agent_limit: Maximum number of agents. Defaults to 100.
        workspace_limit: Maximum number of workspaces. Defaults to 5.
        journal_limit: Maximum number of journal entries. Defaults to 10,000.
        likely_fields: Add likely but undocumented fields to responses, such as `created_at`.
        drop_fields: Fields that updates of agents silently ignore.

    Raises:
        ValueError: A setting is invalid.
        OSError: The port is in use.
    """

    def __init__(
        self,
        *,
        port: int | None = None,
        demo: bool = False,
        seed: int | None = None,
        clock: int | None = None,
        api_key: str | None = None,
        page_size: int | None = None,
        agent_limit: int | None = None,
        workspace_limit: int | None = None,
        journal_limit: int | None = None,
        likely_fields: bool = False,
        drop_fields: Sequence[str] = (),
    ) -> None:
        self._open = True
        self._native = NativeSandbox(
            {
                "port": port,
                "demo": demo,
                "seed": seed,
                "clock": clock,
                "api_key": api_key,
                "page_size": page_size,
                "agent_limit": agent_limit,
                "workspace_limit": workspace_limit,
                "journal_limit": journal_limit,
                "likely_fields": likely_fields,
                "drop_fields": [drop_fields] if isinstance(drop_fields, str) else list(drop_fields),
            }
        )

    @property
    def base_url(self) -> str:
        """Base URL for clients."""
        return self._native.base_url

    @property
    def api_key(self) -> str:
        """API key that requests must have."""
        return self._native.api_key

    def client(self, **options: Unpack[ClientOptions]) -> CallFluent:
        """Return a sync client of this sandbox, with the usual options of a client."""
        return CallFluent(self.api_key, base_url=self._address(), **options)

    def async_client(self, **options: Unpack[ClientOptions]) -> AsyncCallFluent:
        """Return an async client of this sandbox, with the usual options of a client."""
        return AsyncCallFluent(self.api_key, base_url=self._address(), **options)

    def journal(self) -> list[dict[str, Any]]:
        """Return the received requests with the status of their responses, oldest first."""
        entries: list[dict[str, Any]] = self._control("GET", "/journal")["entries"]
        return entries

    def respond(
        self,
        *,
        operation: str | None = None,
        path_contains: str | None = None,
        times: int | None = None,
        status: int | None = None,
        headers: Mapping[str, str] | None = None,
        body: object = None,
        body_text: str | None = None,
        delay_ms: int | None = None,
        process_first: bool | None = None,
        disconnect: Literal["before_response", "in_body"] | None = None,
    ) -> None:
        """Queue a response for the next matching requests.

        Args:
            operation: Match only this operation, e.g. `agents.create`.
            path_contains: Match only requests whose path contains this string.
            times: Number of requests that get this response. Defaults to 1.
            status: HTTP status, from 200 to 599. Without a status and a body, the real response is
                sent.
            headers: Headers to add or to replace.
            body: JSON body.
            body_text: Body that is sent unchanged.
            delay_ms: Delay of the response in milliseconds.
            process_first: Process the request before responding.
            disconnect: Close the connection instead of responding (`before_response`) or in the
                middle of the response body (`in_body`).

        Raises:
            ValueError: An argument is invalid. The error suggests names for an unknown operation.
        """
        response = {
            "operation": operation,
            "path_contains": path_contains,
            "times": times,
            "status": status,
            "headers": None if headers is None else dict(headers),
            "body": body,
            "body_text": body_text,
            "delay_ms": delay_ms,
            "process_first": process_first,
            "disconnect": disconnect,
        }
        self._control("POST", "/respond", {name: value for name, value in response.items() if value is not None})

    def add_agent(self, **overrides: Any) -> dict[str, Any]:
        """Add an agent without a request, and return it as the API does.

        Args:
            **overrides: Fields of the agent. Defaults to an inbound agent of workspace 1. An
                outbound agent without a `phone_number` gets an unused one. `None` removes a field.

        Raises:
            ValueError: A field is invalid.
        """
        agent: dict[str, Any] = self._control("POST", "/agents", overrides)["data"]
        return agent

    def add_call(self, agent_id: int, **overrides: Any) -> dict[str, Any]:
        """Add a call without a request, and return it as the API does.

        The call is the newest of its agent, so it shifts the pages of a list in progress.

        Args:
            agent_id: ID of the agent.
            **overrides: `phone_number`, `direction`, `status`, `outcome`, `duration` in seconds,
                `transcript`, `summary`, `custom_fields`. Defaults to a completed call of one
                minute.

        Raises:
            ValueError: The agent or an override is unknown, or a value is invalid.
        """
        call: dict[str, Any] = self._control("POST", "/calls", {**overrides, "agent_id": agent_id})["data"]
        return call

    def faults(self, rate: float, *, seed: int = 0) -> None:
        """Start random faults: lost connections, truncated bodies, error statuses, delays.

        Some faults occur before the request is processed and some after; `processed` in the journal
        reports which. The same seed repeats the same faults for the same requests.

        Args:
            rate: Share of requests with a fault, from 0 to 1. 0 stops random faults.
            seed: Seed of the faults. Defaults to 0.

        Raises:
            ValueError: The rate or the seed is invalid.
        """
        self._control("POST", "/faults", {"rate": rate, "seed": seed})

    def reset(self) -> None:
        """Restore the initial state."""
        self._control("POST", "/reset")

    def close(self) -> None:
        """Stop the sandbox and wait until it has stopped."""
        self._open = False
        self._native.close()

    def __repr__(self) -> str:
        return f"Sandbox(base_url={self.base_url!r})" if self._open else "Sandbox(closed)"

    def _address(self) -> str:
        if not self._open:
            raise RuntimeError("the sandbox is closed")
        return self.base_url

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _control(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        self._address()
        return json.loads(self._native.control(method, f"/sandbox{path}", "" if body is None else json.dumps(body)))


if __name__ == "__main__":
    import signal

    # The program handles Ctrl+C; Python would print a traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    raise SystemExit(run_sandbox(sys.argv[1:]))
