"""Bulk operations in both clients: results, IDs, journals, interrupts and progress."""

from __future__ import annotations

import asyncio
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import is_outcome_unknown

from callfluent import InvalidRequestError, NotFoundError, OutcomeUnknownError
from callfluent.sandbox import Sandbox

Run = Callable[[Callable[[Any], Any]], Any]


@pytest.fixture(params=["sync", "async"])
def call(request: pytest.FixtureRequest, callfluent_sandbox: Sandbox) -> Run:
    """Calls a method of a client of the sandbox, and awaits it if the client is async."""

    def call(use: Callable[[Any], Any]) -> Any:
        if request.param == "sync":
            with callfluent_sandbox.client() as client:
                return use(client)

        async def awaited() -> Any:
            async with callfluent_sandbox.async_client() as client:
                return await use(client)

        return asyncio.run(awaited())

    return call


def agents(sandbox: Sandbox, count: int) -> list[int]:
    return [sandbox.add_agent(name=f"agent {index}")["id"] for index in range(count)]


def caller(sandbox: Sandbox) -> int:
    """Returns an agent that makes phone calls."""
    agent: int = sandbox.add_agent(format="outbound", phone_number="+12015550104")["id"]
    return agent


def leads(count: int) -> dict[str, dict[str, object]]:
    return {f"lead-{index}": {"phone_number": f"+1555100{index:04}"} for index in range(count)}


def phoned(sandbox: Sandbox) -> list[str]:
    entries = [entry for entry in sandbox.journal() if entry["operation"] == "calls.start" and entry["processed"]]
    return [entry["arguments"]["phone_number"] for entry in entries]


def test_results_have_the_order_and_the_ids_of_the_items(call: Run, callfluent_sandbox: Sandbox) -> None:
    first, second = agents(callfluent_sandbox, 2)
    ids = [second, 999, str(first)]
    results = call(lambda client: client.agents.get_many(ids))
    assert [item.id for item in results] == ids
    assert [item.value.agent.name for item in results if item.value] == ["agent 1", "agent 0"]
    assert isinstance(results[1].error, NotFoundError) and results[1].value is None
    assert pickle.loads(pickle.dumps(results[0])) == results[0]
    assert "999" in repr(results[1]) and "NotFoundError" in repr(results[1])


def test_whole_floats_are_ids(call: Run, callfluent_sandbox: Sandbox) -> None:
    # pandas makes floats of integers in a column with missing values.
    (agent_id,) = agents(callfluent_sandbox, 1)
    (result,) = call(lambda client: client.agents.get_many([float(agent_id)]))
    assert result.value.agent.id == agent_id
    with pytest.raises(InvalidRequestError, match="expected an ID, an integer or a string"):
        call(lambda client: client.agents.get_many([1001.5]))


def test_agents_are_created_changed_and_deleted(call: Run, callfluent_sandbox: Sandbox) -> None:
    fields = callfluent_sandbox.add_agent(name="template")
    template = call(lambda client: client.agents.get(fields["id"])).agent
    params = {
        name: getattr(template, name)
        for name in ("workspace_id", "format", "timezone", "lang", "voice", "agent_type", "background", "goal", "tone")
    }
    params |= {"instructions": "Ask.", "format": "inbound"}
    created = call(
        lambda client: client.agents.create_many({"a": {**params, "name": "A"}, "b": {**params, "name": "B"}})
    )
    assert [(item.id, item.value.name) for item in created] == [("a", "A"), ("b", "B")], created
    positions = call(lambda client: client.agents.create_many([{**params, "name": "C"}]))
    assert [(item.id, item.value.name) for item in positions] == [(0, "C")]

    ids = [item.value.id for item in created]
    patched = call(lambda client: client.agents.patch_many({ids[0]: {"tone": "Warm"}, ids[1]: {"tone": "Calm"}}))
    assert [item.value.agent.tone for item in patched] == ["Warm", "Calm"], patched
    # Records of responses are passed whole, as a rollback does.
    back = call(lambda client: client.agents.update_many({item.value.id: item.value for item in created}))
    assert [item.value.tone for item in back] == [created[0].value.tone] * 2, back

    deleted = call(lambda client: client.agents.delete_many(ids))
    assert [(item.id, item.value, item.error) for item in deleted] == [(ids[0], None, None), (ids[1], None, None)]


def test_the_history_of_many_agents_is_listed(call: Run, callfluent_sandbox: Sandbox) -> None:
    ids = agents(callfluent_sandbox, 2)
    for _ in range(5):
        callfluent_sandbox.add_call(ids[0])
    results = call(lambda client: client.calls.list_many(ids))
    assert [len(item.value) for item in results] == [5, 0]
    assert len({record.id for record in results[0].value}) == 5


def test_a_second_run_starts_only_the_missing_calls(call: Run, callfluent_sandbox: Sandbox, tmp_path: Path) -> None:
    agent = caller(callfluent_sandbox)
    journal = tmp_path / "calls.jsonl"
    first = call(lambda client: client.calls.start_many(agent, leads(2), journal=journal))
    planned = call(lambda client: client.calls.start_many(agent, leads(3), journal=journal, dry_run=True))
    assert [item.from_journal for item in planned] == [True, True, False]
    second = call(lambda client: client.calls.start_many(agent, leads(3), journal=str(journal)))
    assert [item.value.id for item in second[:2]] == [item.value.id for item in first]
    assert sorted(phoned(callfluent_sandbox)) == [f"+1555100{index:04}" for index in range(3)]


def test_a_number_of_another_id_of_the_journal_is_rejected(
    call: Run, callfluent_sandbox: Sandbox, tmp_path: Path
) -> None:
    agent = caller(callfluent_sandbox)
    journal = tmp_path / "calls.jsonl"
    first = {"L1": {"phone_number": "+14155556001", "name": "Adda"}}
    call(lambda client: client.calls.start_many(agent, first, journal=journal))
    renamed = {"L1b": {"phone_number": "+1 415 555 6001"}, "L2": {"phone_number": "+14155556002"}}
    expected = (
        r"calls\[L1b\]\.phone_number: was called with the ID L1 in this journal; keep that ID, or use a new journal"
    )
    with pytest.raises(InvalidRequestError, match=expected) as caught:
        call(lambda client: client.calls.start_many(agent, renamed, journal=journal))
    assert "Id(" not in str(caught.value)
    assert phoned(callfluent_sandbox) == ["+14155556001"]


def test_an_item_without_an_id_is_rejected_with_its_index(call: Run, callfluent_sandbox: Sandbox) -> None:
    items = {"a": {"phone_number": "+15551000000"}, " ": {"phone_number": "+15551000001"}}
    with pytest.raises(InvalidRequestError, match=r'calls\[" "\]: the ID of item 1 must not be empty'):
        call(lambda client: client.calls.start_many(1002, items))
    with pytest.raises(InvalidRequestError, match=r'agent_ids\[""\]: the ID of item 1 must not be empty'):
        call(lambda client: client.agents.get_many([1001, ""]))
    assert callfluent_sandbox.journal() == []


def test_an_item_cannot_contradict_the_argument_of_all(call: Run, callfluent_sandbox: Sandbox) -> None:
    agent = caller(callfluent_sandbox)
    number = {"phone_number": "+15551000000"}
    with pytest.raises(InvalidRequestError, match=rf"calls\[a\]\.agent_id: is {agent} for this item, got 7; remove it"):
        call(lambda client: client.calls.start_many(agent, {"a": {**number, "agent_id": 7}}))
    with pytest.raises(InvalidRequestError, match=rf"changes\[{agent}\]\.agent_id: is {agent} for this item, got 7"):
        call(lambda client: client.agents.patch_many({agent: {"tone": "Warm", "agent_id": 7}}))
    with pytest.raises(InvalidRequestError, match=r"calls\[a\]: the name of a field must not be empty"):
        call(lambda client: client.calls.start_many(agent, {"a": {**number, "": "x"}}))
    assert callfluent_sandbox.journal() == []
    [item] = call(lambda client: client.calls.start_many(agent, {"a": {**number, "agent_id": str(agent)}}))
    assert item.error is None and phoned(callfluent_sandbox) == ["+15551000000"]
    assert "agent_id" not in callfluent_sandbox.journal()[-1]["body"]


def test_an_unknown_outcome_is_resolved_by_its_id(call: Run, callfluent_sandbox: Sandbox, tmp_path: Path) -> None:
    agent = caller(callfluent_sandbox)
    journal = tmp_path / "calls.jsonl"
    callfluent_sandbox.respond(operation="calls.start", disconnect="before_response", process_first=True)
    first = call(lambda client: client.calls.start_many(agent, leads(1), journal=journal))
    assert first[0].outcome_unknown
    second = call(lambda client: client.calls.start_many(agent, leads(1), journal=journal))
    assert isinstance(second[0].error, OutcomeUnknownError) and second[0].outcome_unknown
    assert "calls.list" in str(second[0].error) and 'as "done" or "repeat"' in str(second[0].error)
    third = call(lambda client: client.calls.start_many(agent, leads(1), journal=journal, resolve={"lead-0": "done"}))
    assert third[0].error is None and third[0].from_journal
    again = call(lambda client: client.calls.start_many(agent, leads(1), journal=journal, resolve={"lead-0": "done"}))
    assert again == third
    with pytest.raises(InvalidRequestError, match=r'resolve\[lead-0\]: the journal has the decision "done"'):
        call(lambda client: client.calls.start_many(agent, leads(1), journal=journal, resolve={"lead-0": "repeat"}))
    assert len(phoned(callfluent_sandbox)) == 1


def test_no_items_are_no_requests(call: Run, callfluent_sandbox: Sandbox) -> None:
    assert call(lambda client: client.agents.create_many([])) == []
    assert call(lambda client: client.calls.list_many([])) == []
    assert callfluent_sandbox.journal() == []


@pytest.mark.parametrize(
    ("use", "expected"),
    [
        (lambda client: client.agents.get_many("7"), "agent_ids: expected IDs in a list, got a str"),
        (lambda client: client.agents.get_many(7), "agent_ids: expected IDs in a list, got an int"),
        (lambda client: client.agents.get_many(b"7"), "agent_ids: expected IDs in a list, got bytes"),
        (lambda client: client.agents.create_many(None), "agents: expected fields by ID in a mapping, got None"),
        (lambda client: client.agents.get_many([None]), "agent_ids[0]: expected an ID, an integer or a string"),
        (lambda client: client.agents.delete_many([7, 7]), "agent_ids[7]: has the same ID as item 0"),
        (lambda client: client.agents.patch_many([{"tone": "x"}]), "changes: expected fields by ID in a mapping"),
        (lambda client: client.agents.patch_many({7: {"tnoe": "x"}}), "changes[7].tnoe: "),
        (lambda client: client.agents.patch_many({7: {"tone": {1}}}), "changes[7].tone: "),
        (lambda client: client.agents.patch_many({7: "Warm"}), "changes[7]: expected a mapping of fields, got a str"),
        (lambda client: client.calls.start_many(1, {"a": {}}), "calls[a].phone_number: is required"),
        (
            lambda client: client.calls.start_many(1, [{"phone_number": "+15550001111"}], journal="j"),
            "journal: needs IDs",
        ),
        (lambda client: client.calls.start_many(1, {}, journal="j", resolve={"a": "maybe"}), "resolve[a]: expected "),
        (lambda client: client.calls.start_many(1, {}, resolve={"a": "done"}), "resolve: needs the option journal"),
        (lambda client: client.agents.get_many([7], max_concurrency=0), "max_concurrency: must be at least 1"),
        (
            lambda client: client.agents.get_many([7], max_concurrency=True),
            "expected an integer of at least 0, got True",
        ),
        (lambda client: client.agents.get_many([7], max_concurrency="a"), "max_concurrency: expected an integer"),
        (lambda client: client.agents.get_many([7], progress=5), "progress: expected True, a function or a class"),
        (lambda client: client.agents.get_many([7], timeout=-1), "timeout: "),
    ],
)
def test_invalid_items_and_options_send_nothing(
    call: Run, callfluent_sandbox: Sandbox, use: Callable[[Any], Any], expected: str
) -> None:
    with pytest.raises(InvalidRequestError) as raised:
        call(use)
    assert expected in str(raised.value) and "(not sent)" in str(raised.value)
    assert callfluent_sandbox.journal() == []


def test_log_records_of_the_requests_are_emitted(
    call: Run, callfluent_sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    (agent,) = agents(callfluent_sandbox, 1)
    call(lambda client: client.agents.get_many([agent]))
    assert f"/agent/get-one/{agent}" in caplog.text


def test_a_callback_and_a_bar_get_the_progress(call: Run, callfluent_sandbox: Sandbox) -> None:
    ids = agents(callfluent_sandbox, 3)
    seen: list[tuple[int, int]] = []
    call(lambda client: client.agents.get_many(ids, progress=lambda completed, total: seen.append((completed, total))))
    assert seen[0] == (0, 3) and seen[-1] == (3, 3) and seen == sorted(seen)

    class Bar:
        made: list[Bar] = []

        def __init__(self, total: int, desc: str) -> None:
            self.total, self.desc, self.count, self.closed = total, desc, 0, False
            Bar.made.append(self)

        def update(self, count: int) -> None:
            self.count += count

        def close(self) -> None:
            self.closed = True

    call(lambda client: client.agents.get_many(ids, progress=Bar))
    (bar,) = Bar.made
    assert (bar.total, bar.desc, bar.count, bar.closed) == (3, "agents.get_many", 3, True)


def test_a_callback_that_fails_cancels_the_operation(call: Run, callfluent_sandbox: Sandbox) -> None:
    agent = caller(callfluent_sandbox)

    def fail(completed: int, total: int) -> None:
        if completed:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        call(lambda client: client.calls.start_many(agent, leads(5_000), progress=fail, max_concurrency=1))
    time.sleep(0.2)
    started = len(phoned(callfluent_sandbox))
    time.sleep(0.2)
    assert started < 5_000 and len(phoned(callfluent_sandbox)) == started


def test_a_progress_that_fails_at_the_start_sends_nothing(call: Run, callfluent_sandbox: Sandbox) -> None:
    agent = caller(callfluent_sandbox)

    def fail(completed: int, total: int) -> None:
        # Requests in flight would arrive meanwhile.
        end = time.monotonic() + 0.3
        while not phoned(callfluent_sandbox) and time.monotonic() < end:
            time.sleep(0.01)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        call(lambda client: client.calls.start_many(agent, leads(3), progress=fail))
    assert phoned(callfluent_sandbox) == []


def test_a_bar_that_cannot_be_made_sends_nothing(call: Run, callfluent_sandbox: Sandbox) -> None:
    class Bar:
        def __init__(self, total: int, desc: str) -> None:
            time.sleep(0.1)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        call(lambda client: client.agents.get_many([1, 2], progress=Bar))
    assert callfluent_sandbox.journal() == []


@pytest.mark.skipif(sys.platform == "win32", reason="locks of POSIX")
def test_the_event_loop_runs_while_a_journal_is_opened(callfluent_sandbox: Sandbox, tmp_path: Path) -> None:
    import fcntl

    agent = caller(callfluent_sandbox)
    journal = tmp_path / "calls.jsonl"

    async def main() -> None:
        async with callfluent_sandbox.async_client() as client:
            # Opening a journal that is in use takes some tenths of a second.
            with journal.open("w") as other:
                fcntl.flock(other, fcntl.LOCK_EX)
                task = asyncio.ensure_future(client.calls.start_many(agent, leads(1), journal=journal))
                await asyncio.sleep(0)
                assert not task.done()
                with pytest.raises(InvalidRequestError, match="in use"):
                    await task
                canceled = asyncio.ensure_future(client.calls.start_many(agent, leads(1), journal=journal))
                await asyncio.sleep(0.02)
                canceled.cancel()
            # It is unlocked now, so the canceled operation gets it.
            with pytest.raises(asyncio.CancelledError):
                await canceled
            await client.calls.start_many(agent, leads(1), journal=journal)

    asyncio.run(main())
    assert len(phoned(callfluent_sandbox)) == 1


def test_without_a_terminal_progress_is_a_line(
    call: Run, callfluent_sandbox: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    ids = agents(callfluent_sandbox, 2)
    call(lambda client: client.agents.get_many([*ids, 999], progress=True))
    assert capsys.readouterr().err == "agents.get_many: 3 of 3, 1 failed\n"


def test_a_canceled_task_keeps_the_journal(callfluent_sandbox: Sandbox, tmp_path: Path) -> None:
    agent = caller(callfluent_sandbox)
    journal = tmp_path / "calls.jsonl"
    callfluent_sandbox.respond(operation="calls.start", delay_ms=20, times=1000)

    async def main() -> None:
        async with callfluent_sandbox.async_client() as client:
            task = asyncio.ensure_future(client.calls.start_many(agent, leads(300), journal=journal, max_concurrency=2))
            while len(phoned(callfluent_sandbox)) < 3 and not task.done():
                await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError) as raised:
                await task
            assert is_outcome_unknown(raised.value)
            # The journal is unlocked, and what is done is not done again.
            await client.calls.start_many(agent, leads(20), journal=journal)

    asyncio.run(main())
    numbers = phoned(callfluent_sandbox)
    assert len(numbers) == len(set(numbers)) < 300


INTERRUPTED = """
import sys
from callfluent import CallFluent
leads = {f"lead-{index}": {"phone_number": f"+1555100{index:04}"} for index in range(500)}
with CallFluent("sandbox-key", base_url=sys.argv[1]) as client:
    try:
        client.calls.start_many(int(sys.argv[2]), leads, journal=sys.argv[3], max_concurrency=2)
    except KeyboardInterrupt as error:
        print("interrupted", error.outcome_unknown)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_ctrl_c_keeps_the_journal(tmp_path: Path) -> None:
    journal = tmp_path / "calls.jsonl"
    with Sandbox(api_key="sandbox-key") as sandbox:
        agent = caller(sandbox)
        sandbox.respond(operation="calls.start", delay_ms=10, times=10_000)
        child = subprocess.Popen(
            [sys.executable, "-c", INTERRUPTED, sandbox.base_url, str(agent), str(journal)],
            stdout=subprocess.PIPE,
            text=True,
            # A background job of a shell ignores the signal.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )
        deadline = time.monotonic() + 20
        while len(phoned(sandbox)) < 5:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        child.send_signal(signal.SIGINT)
        printed, _ = child.communicate(timeout=10)
        assert printed == "interrupted True\n"
        started = len(phoned(sandbox))
        with sandbox.client() as client:
            results = client.calls.start_many(agent, leads(30), journal=journal)
        numbers = phoned(sandbox)
        assert started < 500 and len(numbers) == len(set(numbers))
        unknown = [item.id for item in results if item.error]
        assert len(unknown) <= 2 and all(isinstance(item.error, OutcomeUnknownError) for item in results if item.error)
