"""`agents.patch`: dropped fields, concurrent changes, lists."""

from __future__ import annotations

import asyncio
import pickle
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from conftest import Run
from server import KEY, Reply, Server
from test_client import AGENT

from callfluent import ConflictError, DroppedFieldsError, InvalidRequestError
from callfluent.sandbox import Sandbox


def test_fields_that_the_server_drops_are_reported(call: Run) -> None:
    with Sandbox(api_key=KEY, drop_fields=["tone"]) as sandbox, sandbox.client() as client:
        agent = client.agents.create(**AGENT)
        server: Any = sandbox
        changes = {"tone": "Lively", "goal": "Sell"}
        with pytest.raises(DroppedFieldsError, match="did not keep these fields as sent: tone; ") as raised:
            call(server, "agents.patch", [agent.id], changes)
        allowed = call(server, "agents.patch", [agent.id], {**changes, "allow_dropped": True})
        for patched in (raised.value.result, pickle.loads(pickle.dumps(raised.value)).result, allowed):
            assert patched.agent.goal == "Sell"
            assert [(dropped.field, dropped.sent, dropped.kept) for dropped in patched.dropped] == [
                ("tone", "Lively", AGENT["tone"])
            ]


def test_cleared_fields_have_no_value(call: Run) -> None:
    with Sandbox(api_key=KEY) as sandbox, sandbox.client() as client:
        agent = client.agents.create(**AGENT, welcome_msg="Hello", voice_mail_mode=1, blocked_phone_types=[1])
        server: Any = sandbox
        names = ["welcome_msg", "voice_mail_mode", "blocked_phone_types"]
        patched = call(server, "agents.patch", [agent.id], {"clear": names, "tone": "Lively"})
        assert patched.dropped == [] and patched.agent.tone == "Lively"
        assert [name for name in names if patched.agent.get(name)] == []


def test_only_optional_fields_can_be_cleared(call: Run) -> None:
    with Server(_details()) as server:
        with pytest.raises(InvalidRequestError) as raised:
            call(server, "agents.patch", [7], {"clear": ["tone", "welcom_msg"]})
        assert [field for field, _ in raised.value.field_errors] == ["clear[0]", "clear[1]"]
        assert "did you mean welcome_msg?" in str(raised.value)
        assert server.requests == []


def _details(**changes: Any) -> Reply:
    return Reply.ok({"agent": {"id": 7, **AGENT, **changes}, "files": [], "totalCalls": 0, "averageDuration": 0})


def test_a_patch_begins_again_after_a_change_by_another_client(call: Run) -> None:
    after = {"goal": "Something else", "tone": "Lively"}
    reads = _details(), _details(goal="Something else"), _details(goal="Something else")
    with Server(*reads, Reply.ok({"id": 7, **AGENT, **after}), _details(**after)) as server:
        assert call(server, "agents.patch", [7], {"tone": "Lively"}).dropped == []
        assert [request.method for request in server.requests] == ["GET", "GET", "GET", "PUT", "GET"]


def test_a_patch_of_an_agent_that_keeps_changing_sends_nothing(call: Run) -> None:
    with Server(*(_details(goal=str(read)) for read in range(10))) as server:
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


CHANGES = {
    "name": "n",
    "lang": "de",
    "voice": "echo",
    "agent_type": "sales",
    "background": "B",
    "goal": "G",
    "tone": "T",
    "instructions": "I",
    "welcome_msg": "W",
    "answer_length": 30,
}


def test_concurrent_patches_from_threads_are_all_kept() -> None:
    with Sandbox(api_key=KEY) as sandbox, sandbox.client() as client:
        agent = client.agents.create(**AGENT)

        def patch(change: tuple[str, object]) -> None:
            client.with_options(timeout=30).agents.patch(agent.id, **dict([change]))  # type: ignore[arg-type]

        with ThreadPoolExecutor(len(CHANGES)) as threads:
            list(threads.map(patch, CHANGES.items()))
        patched = client.agents.get(agent.id).agent.to_dict()
        assert {name: patched[name] for name in CHANGES} == CHANGES


def test_concurrent_patches_from_tasks_are_all_kept() -> None:
    async def patch_all(sandbox: Sandbox) -> None:
        async with sandbox.async_client() as client:
            agent = await client.agents.create(**AGENT)
            patches = [client.agents.patch(agent.id, **dict([change])) for change in CHANGES.items()]  # type: ignore[arg-type]
            await asyncio.gather(*patches)
            patched = (await client.agents.get(agent.id)).agent.to_dict()
            assert {name: patched[name] for name in CHANGES} == CHANGES

    with Sandbox(api_key=KEY) as sandbox:
        asyncio.run(patch_all(sandbox))
