"""Numbers, agents and calls of the sandbox that a test adds and moves, without requests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .sandbox_control import SandboxControl, fields_of, given, id_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Literal

    from .sandbox_control import IdOrObject


class SandboxCalls(SandboxControl):
    """Test data, the clock, and the life of calls."""

    def add_phone_number(
        self, phone_number: str | None = None, *, workspace_id: int | str = 1, verified: bool = False
    ) -> dict[str, Any]:
        """Adds a phone number to a workspace without a request, and returns it as the API does.

        An agent can have only a number of its workspace.

        Args:
            phone_number: The number in E.164 format. Default: a fictitious one.
            workspace_id: ID of the workspace. Default: 1.
            verified: True for the number of a person, which the list of numbers for inbound agents
                omits. Default: false.

        Raises:
            ValueError: The workspace is unknown or has the number, or the number is invalid.
        """
        body = {"phone_number": phone_number, "workspace_id": id_of("workspace_id", workspace_id), "verified": verified}
        number: dict[str, Any] = self._control("POST", "/phone-numbers", given(body))["data"]
        return number

    def add_agent(self, **overrides: Any) -> dict[str, Any]:
        """Adds an agent without a request, and returns it as the API does.

        Args:
            **overrides: Fields of the agent. Default: an inbound agent of workspace 1. An
                outbound agent without a `phone_number` gets an unused one, which is added if all
                are in use. `None` removes a field.

        Raises:
            ValueError: A field is invalid.
        """
        agent: dict[str, Any] = self._control("POST", "/agents", overrides)["data"]
        return agent

    def add_call(self, agent: IdOrObject, **overrides: Any) -> dict[str, Any]:
        """Adds a call without a request, and returns it as the API does.

        The call is the newest of its agent, so it shifts the pages of a list in progress.

        Args:
            agent: The agent or its ID.
            **overrides: `phone_number`, `direction`, `status`, `outcome`, `duration` in seconds,
                `transcript`, `summary`, `custom_fields`. Default: a completed call of one
                minute.

        Raises:
            ValueError: The agent or an override is unknown, or a value is invalid.
        """
        call: dict[str, Any] = self._control("POST", "/calls", {**overrides, "agent_id": id_of("agent", agent)})["data"]
        return call

    @property
    def now(self) -> int:
        """Time of the sandbox's clock, in seconds since 1970."""
        now: int = self._control("GET", "/clock")["now"]
        return now

    def advance(self, seconds: int) -> int:
        """Moves the clock. Calls ring, are in progress, and end.

        After an ended conversation, the agent's webhook actions send a request to their URLs on
        this machine. The method waits for these requests, except in an event loop; see
        `async_webhooks`.

        Args:
            seconds: Seconds by which the clock moves.

        Returns:
            The new time in seconds since 1970.

        Raises:
            ValueError: The number is invalid.
        """
        now: int = self._control("POST", "/clock", {"advance": seconds})["now"]
        self._wait_for_webhooks()
        return now

    def script_call(
        self,
        *,
        phone_number: str | None = None,
        outcome: Literal["completed", "voicemail", "no_answer", "busy", "failed", "random"] | None = None,
        ring_seconds: int | None = None,
        duration: int | None = None,
        transcript: str | None = None,
        summary: str | None = None,
        custom_fields: Mapping[str, Any] | None = None,
        seed: int | None = None,
    ) -> None:
        """Decides the future of later calls. The latest script for a number takes precedence.

        Args:
            phone_number: Number of the other person. Default: all numbers.
            outcome: The way in which a call ends. Default: `completed`.
            ring_seconds: Seconds for which a call rings. Default: 5 for completed calls.
            duration: Seconds of the conversation. Default: 60 for completed calls.
            transcript: Transcript of the conversation. Default: a short one.
            summary: Summary of the call.
            custom_fields: Values that the other person tells during the call.
            seed: Seed of the outcome `random`. Default: 0.

        Raises:
            ValueError: An argument is invalid.
        """
        script = {
            "phone_number": phone_number,
            "outcome": outcome,
            "ring_seconds": ring_seconds,
            "duration": duration,
            "transcript": transcript,
            "summary": summary,
            "custom_fields": fields_of("custom_fields", custom_fields),
            "seed": seed,
        }
        self._control("POST", "/call-scripts", given(script))

    def receive_call(self, agent: IdOrObject, **overrides: Any) -> dict[str, Any]:
        """Starts an inbound call of an agent, which rings, and returns it as the API does.

        Args:
            agent: The inbound agent or its ID.
            **overrides: The arguments of `script_call`. `phone_number` is the caller's number.

        Raises:
            ValueError: The agent is unknown or outbound, or an override is invalid.
        """
        fields = {**overrides, "agent_id": id_of("agent", agent)}
        call: dict[str, Any] = self._control("POST", "/receive-call", fields)["data"]
        return call

    def finish(self, call: IdOrObject, **overrides: Any) -> dict[str, Any]:
        """Moves the clock to the end of a call, and returns the call as the API does.

        Other calls progress, too. Waits for webhooks like `advance`.

        Args:
            call: The call or its ID.
            **overrides: The arguments of `script_call`; they change the future of this call.

        Raises:
            ValueError: The call is unknown or has ended, or an override is invalid.
        """
        ended: dict[str, Any] = self._control("POST", "/finish", {**overrides, "call_id": id_of("call", call)})["data"]
        self._wait_for_webhooks()
        return ended

    async def async_advance(self, seconds: int) -> int:
        """Moves the clock like `advance`, and waits for webhooks without blocking the loop.

        Args:
            seconds: Seconds by which the clock moves.

        Returns:
            The new time in seconds since 1970.

        Raises:
            ValueError: The number is invalid.
        """
        now: int = self._control("POST", "/clock", {"advance": seconds})["now"]
        await self._async_wait_for_webhooks()
        return now

    async def async_finish(self, call: IdOrObject, **overrides: Any) -> dict[str, Any]:
        """Ends a call like `finish`, and waits for webhooks without blocking the loop.

        Args:
            call: The call or its ID.
            **overrides: The arguments of `script_call`; they change the future of this call.

        Raises:
            ValueError: The call is unknown or has ended, or an override is invalid.
        """
        ended: dict[str, Any] = self._control("POST", "/finish", {**overrides, "call_id": id_of("call", call)})["data"]
        await self._async_wait_for_webhooks()
        return ended

    def webhooks(self) -> list[dict[str, Any]]:
        """Returns the requests to webhooks, oldest first.

        Each has `call_id`, `agent_id`, `action_id`, `url`, `body`, and the `status` of the response
        or an `error`. Waits for requests in flight like `advance`.
        """
        self._wait_for_webhooks()
        deliveries: list[dict[str, Any]] = self._control("GET", "/webhooks")["data"]
        return deliveries

    async def async_webhooks(self) -> list[dict[str, Any]]:
        """Returns the requests to webhooks like `webhooks`, without blocking the loop."""
        await self._async_wait_for_webhooks()
        deliveries: list[dict[str, Any]] = self._control("GET", "/webhooks")["data"]
        return deliveries
