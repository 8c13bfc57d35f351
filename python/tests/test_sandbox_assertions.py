"""Assertions about requests, snapshots, and faults on demand of the sandbox."""

from __future__ import annotations

import pytest

import callfluent
from callfluent import CallFluent, InvalidRequestError
from callfluent.sandbox import Sandbox


def test_a_request_is_asserted_by_its_arguments(callfluent_sandbox: Sandbox) -> None:
    with CallFluent() as client:
        agent = client.agents.create(
            workspace_id=1,
            format="inbound",
            timezone="UTC+00:00",
            name="Support",
            lang="en",
            voice="alloy",
            agent_type="support",
            background="b",
            goal="g",
            tone="Friendly",
            instructions="i",
            blocked_phone_types=[1, 2],
        )
        assert client.calls.list(agent.id, page=2).items == []
    [entry] = callfluent_sandbox.assert_requested("agents.create", name="Support", blocked_phone_types=[1, 2])
    assert entry["arguments"]["workspace_id"] == 1
    callfluent_sandbox.assert_requested("calls.list", agent_id=agent.id, page=2, times=1)
    callfluent_sandbox.assert_requested("calls.start", times=0)
    with pytest.raises(AssertionError) as raised:
        callfluent_sandbox.assert_requested("agents.create", name="Sales", tone="Friendly")
    assert str(raised.value).splitlines() == [
        'expected a request agents.create with {"name":"Sales","tone":"Friendly"}, received 0',
        "nearest request sandbox-000001:",
        '  name: expected "Sales", received "Support"',
    ]
    with pytest.raises(ValueError, match=r"did you mean `agents.create`\?"):
        callfluent_sandbox.assert_requested("agents.creat")


def test_a_snapshot_restores_the_state(callfluent_sandbox: Sandbox) -> None:
    client = callfluent_sandbox.client()
    snapshot = callfluent_sandbox.snapshot()
    callfluent_sandbox.add_agent()
    client.agents.list(1)
    callfluent_sandbox.restore(snapshot)
    assert callfluent_sandbox.journal() == []
    assert client.agents.list(1) == []


def test_faults_apply_to_chosen_requests(callfluent_sandbox: Sandbox) -> None:
    client = callfluent_sandbox.client(max_retries=0)
    callfluent_sandbox.respond(operation="workspaces.list", after=1, status=429, retry_after=3)
    client.workspaces.list()
    with pytest.raises(callfluent.RateLimitError) as limited:
        client.workspaces.list()
    assert limited.value.retry_after == 3
    callfluent_sandbox.respond(disconnect="reset", process_first=True)
    with pytest.raises(callfluent.APIConnectionError):
        client.workspaces.list()
    callfluent_sandbox.respond(probability=1.0, for_seconds=30, status=503)
    with pytest.raises(callfluent.InternalServerError):
        client.user.profile()
    callfluent_sandbox.advance(30)
    client.user.profile()


def test_limits_permissions_and_the_key_change(callfluent_sandbox: Sandbox) -> None:
    client = callfluent_sandbox.client(max_retries=0)
    callfluent_sandbox.set_limits(workspaces=1)
    with pytest.raises(callfluent.LimitReachedError):
        client.workspaces.create("second")
    callfluent_sandbox.set_permission(1, False)
    with pytest.raises(callfluent.PermissionDeniedError):
        client.agents.list(1)
    callfluent_sandbox.set_key_revoked()
    with pytest.raises(callfluent.AuthenticationError):
        client.workspaces.list()
    callfluent_sandbox.set_key_revoked(False)
    client.workspaces.list()


def test_latency_and_truncated_responses_reach_the_client(callfluent_sandbox: Sandbox) -> None:
    client = callfluent_sandbox.client(max_retries=0)
    callfluent_sandbox.respond(operation="workspaces.list", delay_ms=60_000)
    with pytest.raises(callfluent.APITimeoutError):
        client.with_options(timeout=0.05).workspaces.list()
    callfluent_sandbox.respond(operation="workspaces.create", disconnect="before_response")
    callfluent_sandbox.respond(operation="workspaces.create", disconnect="in_body", process_first=True)
    for _ in range(2):
        with pytest.raises(callfluent.APIConnectionError):
            client.workspaces.create("second")
    processed = [request["processed"] for request in callfluent_sandbox.requests("workspaces.create")]
    assert processed == [False, True]
    assert len(client.workspaces.list()) == 2


def test_a_seed_repeats_a_random_share_of_faults(callfluent_sandbox: Sandbox) -> None:
    client = callfluent_sandbox.client(max_retries=0)

    def failures(seed: int, *, everywhere: bool) -> list[int]:
        callfluent_sandbox.reset()
        if everywhere:
            callfluent_sandbox.faults(0.3, seed=seed)
        else:
            callfluent_sandbox.respond(probability=0.3, seed=seed, status=500)
        failed = []
        for number in range(40):
            try:
                client.workspaces.list()
            except callfluent.CallFluentError:
                failed.append(number)
        return failed

    for everywhere in (True, False):
        first = failures(7, everywhere=everywhere)
        assert 1 <= len(first) <= 30
        assert failures(7, everywhere=everywhere) == first
        assert failures(8, everywhere=everywhere) != first


def test_the_limit_of_agents_changes(callfluent_sandbox: Sandbox) -> None:
    agent = callfluent_sandbox.add_agent()
    callfluent_sandbox.set_limits(agents=1)
    client = callfluent_sandbox.client(max_retries=0)
    fields = {name: value for name, value in agent.items() if name != "id"}
    with pytest.raises(callfluent.LimitReachedError):
        client.agents.create(**fields)
    callfluent_sandbox.set_limits(agents=2)
    assert client.agents.create(**fields).name == agent["name"]


def test_a_snapshot_of_another_sandbox_is_rejected(callfluent_sandbox: Sandbox) -> None:
    with Sandbox() as other:
        snapshot = other.snapshot()
    callfluent_sandbox.snapshot()
    with pytest.raises(InvalidRequestError, match="snapshot: it is from another sandbox"):
        callfluent_sandbox.restore(snapshot)
    with pytest.raises(InvalidRequestError, match=r"snapshot: expected the result of snapshot\(\), got None"):
        callfluent_sandbox.restore(None)  # type: ignore[arg-type]


def test_custom_fields_have_their_exact_names(callfluent_sandbox: Sandbox) -> None:
    agent = callfluent_sandbox.add_agent(format="outbound")
    fields = {"times": "3 pm", "firstName": "Ada"}
    callfluent_sandbox.client().calls.start(agent["id"], "+14155550123", custom_fields=fields)
    callfluent_sandbox.assert_requested("calls.start", agent_id=str(agent["id"]), custom_fields=fields)
    callfluent_sandbox.assert_requested("calls.start", firstName="Ada")
    callfluent_sandbox.assert_requested("calls.start", first_name="Ada", times=0)
