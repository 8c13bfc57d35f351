"""Records: fields are decoded on first access, and the result does not depend on the order."""

from __future__ import annotations

import copy
import csv
import gc
import inspect
import io
import json
import pickle
import resource
import sys
import threading
from collections.abc import Iterator, Mapping

import pytest
from server import KEY, Reply, Server

import callfluent
from callfluent import Agent, AgentDetails, CallFluent, SendSms
from callfluent.display_records import records_html
from callfluent.sandbox import Sandbox

DETAILS = {
    "agent": {"id": 7, "name": "Sales", "welcome_msg_delay": "3", "tags": ["a"], "mood": {"now": "good"}},
    "files": [{"id": 1, "name": "prices.pdf"}],
    "totalCalls": "60",
    "averageDuration": None,
    "beyond": 123456789012345678901,
}


@pytest.fixture
def details() -> Iterator[AgentDetails]:
    with Server(Reply.ok(DETAILS)) as server, CallFluent(KEY, base_url=server.base_url) as client:
        yield client.agents.get(7)


def test_the_first_field_equals_that_of_the_decoded_record(details: AgentDetails) -> None:
    for name in ["total_calls", "agent", "files", "average_duration", "beyond"]:
        fresh, read = copy.copy(details), details.to_dict()
        first = getattr(fresh, name)
        assert (first.to_dict() if name == "agent" else first if name != "files" else [first[0].to_dict()]) == read[
            name
        ]
    assert details.total_calls == 60
    assert details.average_duration is None
    assert details.beyond == "123456789012345678901"  # type: ignore[attr-defined]


def test_nested_records_are_the_same_objects_each_time(details: AgentDetails) -> None:
    agent = details.agent
    assert type(agent) is Agent
    assert details.agent is agent
    assert details.total_calls == 60
    assert details.agent is agent
    assert details["agent"] is agent
    assert details.files is details.files
    agent.tags.append("b")  # type: ignore[attr-defined]
    assert details.to_dict()["agent"]["tags"] == ["a", "b"]


def test_an_absent_field_is_none_and_an_unknown_one_raises(details: AgentDetails) -> None:
    assert details.agent.tone is None
    assert details.agent.mood == {"now": "good"}  # type: ignore[attr-defined]
    with pytest.raises(AttributeError, match=r"^an AgentDetails has no field 'name'; its agent has it: \.agent\.name$"):
        _ = details.name  # type: ignore[attr-defined]
    with pytest.raises(
        AttributeError, match=r"^an AgentDetails has no field 'total_cals'; did you mean total_calls\?$"
    ):
        _ = details.total_cals  # type: ignore[attr-defined]
    with pytest.raises(AttributeError, match=r"^an Agent has no field 'something_else'$"):
        _ = details.agent.something_else  # type: ignore[attr-defined]
    with pytest.raises(AttributeError, match=r"^a Workspace cannot be changed; make another one with replace\(\)$"):
        callfluent.Workspace(name="a").name = "b"
    with pytest.raises(AttributeError, match=r"^an Agent has no field 'tonne'; did you mean tone\?$"):
        _ = details.agent.tonne  # type: ignore[attr-defined]


def test_records_compare_copy_and_pickle_in_any_state(details: AgentDetails) -> None:
    unread = pickle.loads(pickle.dumps(details))
    assert details.agent.name == "Sales"
    assert details.total_calls == 60
    assert unread == details == pickle.loads(pickle.dumps(details)) == copy.deepcopy(details)
    assert hash(unread.agent) == hash(details.agent)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads the memory of a process from /proc")
def test_a_kept_record_does_not_keep_its_page_in_memory() -> None:
    calls = [{"id": number, "transcript": "x" * 10_000} for number in range(200)]
    pages = 20
    with Server(*[Reply.ok(calls)] * (pages + 1)) as server, CallFluent(KEY, base_url=server.base_url) as client:
        kept = [client.calls.list(7, page=1).items[3]]
        before = _memory()
        kept += [client.calls.list(7, page=1).items[3] for _ in range(pages)]
        assert {call.id for call in kept} == {3}
        # One page has 2 MB.
        assert _memory() - before < pages * 2_000_000 / 3


def _memory() -> int:
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * resource.getpagesize()


def test_a_field_can_have_the_name_of_a_method() -> None:
    agent = Agent({"keys": ["a"], "replace": 1})
    assert dict(agent) == {"keys": ["a"], "replace": 1}
    assert repr(agent) == "Agent(keys=['a'], replace=1)"


def test_reference_cycles_of_records_are_collected() -> None:
    class Watched:
        alive = 0

        def __init__(self) -> None:
            Watched.alive += 1

        def __del__(self) -> None:
            Watched.alive -= 1

    circle: list[object] = [Watched()]
    circle.append(Agent({"circle": circle}))
    del circle
    gc.collect()
    assert Watched.alive == 0


def test_many_threads_read_one_record(details: AgentDetails) -> None:
    start = threading.Barrier(8)
    seen: list[object] = []

    def read() -> None:
        start.wait()
        for _ in range(200):
            seen.append((details.total_calls, details.agent.name, details.files[0].name, details.beyond))  # type: ignore[attr-defined]

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(seen) == {(60, "Sales", "prices.pdf", "123456789012345678901")}


def test_copy_replace_replaces_fields_of_a_record() -> None:
    agent = Agent(id=7, name="a")
    assert agent.__replace__(name="b") == agent.replace(name="b") == Agent(id=7, name="b")
    if hasattr(copy, "replace"):
        assert copy.replace(agent, name="b") == agent.replace(name="b")


def test_an_action_shows_its_fields_and_takes_them_by_name() -> None:
    action = SendSms(name="n", instruction="i", content="c")
    assert (action.action_type, action.name, action.content) == ("sms", "n", "c")
    assert action == copy.copy(action) == pickle.loads(pickle.dumps(action)) == action.replace(name="n")
    for wrong in [("a", "b"), ("a",)]:
        with pytest.raises(TypeError, match="SendSms takes its fields by name: name, instruction, content"):
            SendSms(*wrong)  # type: ignore[call-arg,misc,unused-ignore]
    with pytest.raises(TypeError, match="PayloadField takes its fields by name: value, label"):
        callfluent.PayloadField("customer")  # type: ignore[misc]


def test_notebooks_show_the_fields_of_a_record() -> None:
    assert str(inspect.signature(SendSms)) == "(*, name: str, instruction: str, content: str, **extra: object) -> None"
    assert "welcome_msg_delay" in inspect.signature(Agent).parameters


def test_help_describes_the_fields_of_a_record() -> None:
    described = Agent.__doc__ or ""
    assert "Attributes:" in described and "tone: Tone of voice." in described
    assert "Args:" in (SendSms.__doc__ or "")


def test_dir_lists_every_public_name() -> None:
    space: dict[str, object] = {}
    exec("from callfluent import *", space)
    assert {"CallFluent", "NotFoundError", "Agent", "SendSms"} <= set(space) & set(dir(callfluent))
    assert space["Agent"] is Agent
    with pytest.raises(AttributeError, match="no attribute 'Agnet'"):
        _ = callfluent.Agnet  # type: ignore[attr-defined]


def test_a_page_is_shown_as_a_table_in_notebooks() -> None:
    with Sandbox(demo=True) as sandbox, sandbox.client() as client:
        pages = client.calls.list(1001)
        requests = len(sandbox.journal())
        assert pages._repr_html_() is None and len(sandbox.journal()) == requests, "to show it fetches nothing"
        _ = pages.items
        shown = pages._repr_html_() or ""
        assert shown.count("<tr>") == 1 + len(pages.items) and 'scope="col">id</th>' in shown
    odd = Agent({"id": "<b>", "tags": [1, 2, 3, 4]})
    shown = records_html([odd, Agent(name="a")] + [odd] * 200)
    assert "&lt;b&gt;" in shown and "<b>" not in shown and "... 102 more" in shown


def test_a_record_is_a_mapping_of_its_fields() -> None:
    workspace = callfluent.Workspace({"id": 3, "name": "a", "further": 1})
    assert isinstance(workspace, Mapping) and len(workspace) == 3 and bool(callfluent.Workspace())
    assert workspace.get("name") == "a" and workspace.get("missing", 5) == 5
    assert list(workspace.keys()) == ["id", "name", "further"] and list(workspace.values()) == [3, "a", 1]
    assert dict(workspace.items()) == dict(workspace) == {**workspace}
    match workspace:
        case {"id": 3, "name": name}:
            assert name == "a"
        case _:
            pytest.fail("a record matches a mapping pattern")
    output = io.StringIO()
    csv.DictWriter(output, ["id", "name", "further"]).writerow(workspace)
    assert output.getvalue() == "3,a,1\r\n"
    assert json.loads(workspace.to_json()) == workspace.to_dict()


def test_a_list_of_phone_numbers_is_a_sequence_of_numbers() -> None:
    numbers = callfluent.PhoneNumberList(
        {"numbers": [{"number": "+1555"}, {"number": "+1556"}], "in_use": {"+1555": None}}
    )
    assert len(numbers) == 2 and list(reversed(numbers)) == [numbers[1], numbers[0]]
    assert [number.number for number in numbers] == ["+1555", "+1556"]
    assert numbers[0].number == "+1555" and numbers[-1:] == numbers.numbers[1:] and numbers["in_use"] == {"+1555": None}
    assert [number.number for number in numbers.free] == ["+1556"] and numbers[1] in numbers
    assert pickle.loads(pickle.dumps(numbers)) == numbers
    assert numbers.to_dicts() == [{"number": "+1555"}, {"number": "+1556"}]


def test_views_of_a_record_contain_records() -> None:
    details = callfluent.AgentDetails({"agent": {"id": 3, "name": "a"}, "files": [{"name": "b"}], "further": {"c": 1}})
    agent, files, further = details.values()
    assert isinstance(agent, callfluent.Agent) and agent is details.agent and further == {"c": 1}
    assert [type(file) for file in files] == [callfluent.KnowledgeFile] and files is details.files
    assert list(details.items()) == [("agent", agent), ("files", files), ("further", further)]
    assert ("agent", agent) in details.items() and agent in details.values()
    assert repr(details.values()).startswith("ValuesView(") and repr(details.items()).startswith("ItemsView(")
