"""`agents.patch`: dropped fields, concurrent changes, lists."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import Run
from server import KEY, Reply, Server
from test_client import AGENT

from callfluent import ConflictError
from callfluent.sandbox import Sandbox


def test_fields_that_the_server_drops_are_reported(call: Run) -> None:
    with Sandbox(api_key=KEY, drop_fields=["tone"]) as sandbox, sandbox.client() as client:
        agent = client.agents.create(**AGENT)
        server: Any = sandbox
        patched = call(server, "agents.patch", [agent.id], {"tone": "Lively", "goal": "Sell"})
        assert patched.agent.goal == "Sell"
        assert [(dropped.field, dropped.sent, dropped.kept) for dropped in patched.dropped] == [
            ("tone", "Lively", AGENT["tone"])
        ]


def test_a_concurrent_change_is_a_conflict_and_nothing_is_sent(call: Run) -> None:
    details = {"agent": {"id": 7, **AGENT}, "files": [], "totalCalls": 0, "averageDuration": 0}
    changed = {**details, "agent": {**details["agent"], "goal": "Something else"}}  # type: ignore[dict-item]
    with Server(Reply.ok(details), Reply.ok(changed)) as server:
        with pytest.raises(ConflictError, match="goal"):
            call(server, "agents.patch", [7], {"tone": "Lively"})
        assert {request.method for request in server.requests} == {"GET"}


def test_a_patch_keeps_omitted_lists(call: Run) -> None:
    with Sandbox(api_key=KEY) as sandbox, sandbox.client() as client:
        agent = client.agents.create(**AGENT, blocked_phone_types=[1, 2])
        server: Any = sandbox
        patched = call(server, "agents.patch", [agent.id], {"tone": "Lively"})
        assert patched.agent.blocked_phone_types == [1, 2] and patched.dropped == []
        assert client.agents.get(agent.id).agent.blocked_phone_types == [1, 2]
