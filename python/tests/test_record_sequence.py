"""Lists of the API as sequences: everything that a list can do without being changed."""

from __future__ import annotations

import asyncio
import copy
import inspect
import json
import pickle
import pprint
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from server import KEY, Reply, Server

from callfluent import Agent, CallFluent, Records
from callfluent.sandbox import Sandbox


@pytest.fixture(scope="module")
def client() -> Iterator[CallFluent]:
    with Sandbox(demo=True) as sandbox, sandbox.client() as client:
        yield client


def agents(count: int) -> list[Agent]:
    return [Agent(id=number, name=f"agent {number % 3}") for number in range(count)]


@given(st.integers(0, 6), st.slices(8), st.integers(-9, 9))
def test_indexes_and_slices_are_those_of_a_list(count: int, part: slice, index: int) -> None:
    plain = agents(count)
    records = Records(plain)
    assert len(records) == count and bool(records) == bool(plain)
    assert [*records] == plain and [*reversed(records)] == plain[::-1]
    assert records[part] == plain[part] and type(records[part]) is Records
    if -count <= index < count:
        assert records[index] is plain[index]
    else:
        with pytest.raises(IndexError):
            records[index]
    for agent in agents(7):
        assert (agent in records) == (agent in plain) and records.count(agent) == plain.count(agent)
        if agent in plain:
            assert records.index(agent) == plain.index(agent)


def test_records_equal_lists_with_the_same_records() -> None:
    records = Records(agents(3))
    assert records == agents(3) and agents(3) == records and records == Records(agents(3))
    assert records != agents(2) and agents(2) != records and records != tuple(agents(3)) and records != 3
    assert Records() == [] and not Records()
    with pytest.raises(TypeError, match="unhashable"):
        hash(records)


def test_records_are_added_to_lists_and_to_records() -> None:
    records, more = Records(agents(2)), [Agent(id=9)]
    assert records + more == [*records, *more]
    assert records + Records(more) == [*records, *more] and type(records + more) is Records
    changed = same = agents(1)
    changed += records
    assert changed is same and len(changed) == 3
    with pytest.raises(TypeError):
        records + 3  # type: ignore[operator]


def test_copies_and_pickles_are_equal_and_separate() -> None:
    records = Records(agents(2), is_result=False)
    for other in (copy.copy(records), copy.deepcopy(records), pickle.loads(pickle.dumps(records))):
        assert other == records and type(other) is Records and repr(other) == repr(records)
        assert other is not records
    assert sorted(records, key=lambda agent: -agent.id) == agents(2)[::-1]


def test_a_change_is_an_error_that_names_the_remedy() -> None:
    records = Records(agents(2))
    with pytest.raises(
        AttributeError, match=r"a list of records cannot be changed and has no 'sort'; use list\(records\)"
    ):
        records.sort()  # type: ignore[attr-defined]
    with pytest.raises(TypeError):
        records[0] = Agent(id=5)  # type: ignore[index]
    with pytest.raises(AttributeError, match="'Records' object has no attribute 'rows'"):
        _ = records.rows  # type: ignore[attr-defined]


def test_tools_that_inspect_objects_accept_records() -> None:
    records = Records(agents(2))
    names = {name for name, _ in inspect.getmembers(records)}
    assert {"to_dicts", "to_pandas", "index"} <= names
    assert inspect.getattr_static(records, "to_dicts") and "Agent(" in pprint.pformat(records)
    assert {"to_arrow", "__arrow_c_stream__"} <= {*dir(records)}
    assert Records[Agent].__args__ == (Agent,)  # type: ignore[attr-defined]


@pytest.mark.parametrize("use", ["agents.list", "workspaces.list", "agents.delete", "calls.list"])
def test_every_list_of_the_api_is_a_sequence_of_records(client: CallFluent, use: str) -> None:
    resource, verb = use.split(".")
    created: Any = client.agents.create_from_row if verb == "delete" else None
    argument = {"agents.list": (1,), "workspaces.list": (), "calls.list": (1001,)}.get(use)
    if created is not None:
        argument = (client.agents.list(1)[-1].id,)
    result: Any = getattr(getattr(client, resource), verb)(*(argument or ()))
    result = result.items if use == "calls.list" else result
    assert type(result) is Records and len(result) > 0
    assert result.to_dicts() == [record.to_dict() for record in result]


def test_records_are_arguments_of_requests(client: CallFluent) -> None:
    agents = client.agents.list(1)
    with Server(Reply.ok({})) as server, CallFluent(KEY, base_url=server.base_url) as other:
        other.request("POST", "/workspace/import", json={"agents": agents[:2]})
        assert json.loads(server.requests[0].body) == {"agents": agents[:2].to_dicts()}


@pytest.mark.parametrize("name", ["to_arrow", "to_pandas", "to_polars"])
def test_missing_packages_are_named(client: CallFluent, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    package = {"to_arrow": "pyarrow", "to_pandas": "pandas", "to_polars": "polars"}[name]
    monkeypatch.setitem(sys.modules, package, None)
    page = client.calls.list(1001, page=1)
    for tabular in (client.agents.list(1), page, page.items, client.phone_numbers.list(1, "outbound")):
        with pytest.raises(ImportError, match=f"this table needs {package}: pip install {package}"):
            getattr(tabular, name)()


def test_pages_are_dicts_of_all_pages() -> None:
    with Sandbox(demo=True, page_size=10) as sandbox:
        with sandbox.client() as client:
            rows = client.calls.list(1001).to_dicts()
            assert [row["id"] for row in rows] == [call.id for call in client.calls.list(1001)] and len(rows) == 35

        async def run() -> None:
            async with sandbox.async_client() as client:
                assert await client.calls.list(1001).to_dicts() == rows
                page = await client.calls.list(1001, page=2)
                assert page.to_dicts() == rows[10:20]

        asyncio.run(run())
