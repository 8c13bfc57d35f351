"""Many concurrent operations with random faults: no operation happens twice, no reported result is
lost, and an error reports if the operation may have happened. The sandbox's journal and its state
show what happened."""

from __future__ import annotations

import asyncio
import random
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import pytest
from scale import length
from test_client import AGENT

from callfluent import APIError, AsyncCallFluent
from callfluent.sandbox import Sandbox

OPERATIONS = length(3_000, 20_000)
AT_ONCE = 64
ONCE = {"agents.create", "calls.start", "calls.hang_up", "custom_fields.create", "knowledge.upload_only"}
READS = {"agents.get", "agents.list"}
MARKER = "x-operation"


@dataclass
class Outcome:
    """Outcome of one operation, as its caller sees it."""

    operation: str
    marker: str
    error: APIError | None


@dataclass
class Worker:
    """A concurrent user with its own workspace, an agent that calls, and the objects that it
    created."""

    client: AsyncCallFluent
    chance: random.Random
    workspace: Any
    caller: Any
    agents: list[Any] = field(default_factory=list)
    calls: list[Any] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)

    @classmethod
    async def make(cls, client: AsyncCallFluent, number: int) -> Worker:
        name = f"workspace {number}"
        workspace = await client.workspaces.create(name)
        numbers = await client.phone_numbers.list(workspace.id, "outbound")
        own = {"workspace_id": workspace.id, "format": "outbound", "phone_number": numbers.numbers[0].number}
        caller = await client.agents.create(**{**AGENT, **own})
        return cls(client, random.Random(number), workspace.id, caller.id)

    def choose(self, marker: str) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        """Runs a random operation."""
        agent = self.chance.choice(self.agents) if self.agents else None
        match self.chance.choices(range(9), (20, 10, 12, 16, 12, 12, 12, 6, 6))[0]:
            case 0:
                return "agents.get", (agent or self.caller,), {}
            case 1:
                return "agents.create", (), {**AGENT, "workspace_id": self.workspace, "name": marker}
            case 2 if agent:
                return "agents.update", (agent,), {**AGENT, "workspace_id": self.workspace, "goal": marker}
            case 3:
                return "calls.start", (self.caller, "+15550001234"), {"name": marker}
            case 4 if self.calls:
                return "calls.hang_up", (self.calls.pop(),), {}
            case 5 if agent:
                self.agents.remove(agent)
                return "agents.delete", (agent,), {}
            case 6:
                return "custom_fields.create", (self.caller, marker, "Label"), {}
            case 7:
                return "knowledge.upload_only", (self.caller, [(marker, "a small file")]), {}
            case _:
                return "agents.list", (self.workspace,), {}

    async def work(self, marker: str) -> None:
        operation, positional, named = self.choose(marker)
        resource, _, verb = operation.partition(".")
        method = getattr(getattr(self.client, resource), verb)
        # Some requests time out while a late response is on its way.
        patience = 0.1 if self.chance.random() < 0.1 else 30
        error = None
        try:
            answer = await method(*positional, **named, timeout=patience, extra_headers={MARKER: marker})
        except APIError as failure:
            error = failure
        else:
            if operation == "agents.create":
                self.agents.append(answer.id)
            elif operation == "calls.start":
                self.calls.append(answer.id)
        self.outcomes.append(Outcome(operation, marker, error))


async def storm(sandbox: Sandbox) -> list[Worker]:
    async with sandbox.async_client() as client:
        workers = [await Worker.make(client, number) for number in range(AT_ONCE)]
        sandbox.faults(0.2, seed=1)

        async def run(worker: Worker, number: int) -> None:
            for count in range(number, OPERATIONS, AT_ONCE):
                await worker.work(f"operation-{count}")

        await asyncio.gather(*(run(worker, number) for number, worker in enumerate(workers)))
        sandbox.faults(0)
        # The server may still process requests that timed out.
        await asyncio.sleep(0.3)
        return workers


def test_random_faults_cause_no_duplicates_and_no_losses(capsys: pytest.CaptureFixture[str]) -> None:
    limits = {"workspace_limit": 1_000, "agent_limit": 1_000_000, "journal_limit": 1_000_000, "page_size": 100_000}
    with Sandbox(**limits, likely_fields=True) as sandbox:  # type: ignore[arg-type]
        started = time.monotonic()
        workers = asyncio.run(storm(sandbox))
        elapsed = time.monotonic() - started
        requests: dict[str, list[dict[str, Any]]] = defaultdict(list)
        journal = sandbox.journal()
        for entry in journal:
            requests[entry["headers"].get(MARKER, "")].append(entry)
        outcomes = [outcome for worker in workers for outcome in worker.outcomes]
        assert len(outcomes) == OPERATIONS
        unknown = unknown_and_done = 0
        for one in outcomes:
            acted = [entry["processed"] for entry in requests[one.marker]]
            if one.operation in ONCE:
                assert acted.count(True) <= 1, one
                assert True not in acted[:-1], f"sent again after it was carried out: {one}"
            assert one.error or True in acted, f"reported and never carried out: {one}"
            if one.error and one.operation not in READS:
                assert one.error.outcome_unknown or True not in acted, f"carried out without a word: {one}"
                unknown += one.error.outcome_unknown
                unknown_and_done += one.error.outcome_unknown and True in acted
        for worker in workers:
            check_state(sandbox, worker, requests)
    struck = sum(entry["scripted"] for entry in journal)
    assert struck > OPERATIONS / 6 and unknown > unknown_and_done > 0
    failed = sum(one.error is not None for one in outcomes)
    with capsys.disabled():
        print(
            f"\nload, Python: {OPERATIONS} operations, {AT_ONCE} at once, {len(journal)} requests, {struck} struck by faults, "
            f"{failed} failed, {unknown} with unknown outcome of which {unknown_and_done} were carried out; {elapsed:.1f} s"
        )


def check_state(sandbox: Sandbox, worker: Worker, requests: dict[str, list[dict[str, Any]]]) -> None:
    """Asserts that the state equals the requests that the journal reports as processed."""
    client = sandbox.client()

    def acted(operation: str) -> list[str]:
        return sorted(
            outcome.marker
            for outcome in worker.outcomes
            for entry in requests[outcome.marker]
            if outcome.operation == operation and entry["processed"]
        )

    details = client.request("GET", f"/agent/get-one/{worker.caller}")["data"]
    calls = client.calls.list(worker.caller, page=1).items
    agents = client.agents.list(worker.workspace)
    assert len(agents) == 1 + len(acted("agents.create")) - len(acted("agents.delete"))
    assert sorted(call.custom_fields["name"] for call in calls) == acted("calls.start")
    assert sum(call.status == "completed" for call in calls) == len(acted("calls.hang_up"))
    assert sorted(custom["name"] for custom in details["agent"]["custom_fields"]) == acted("custom_fields.create")
    assert sorted(file["name"] for file in details["files"]) == acted("knowledge.upload_only")
