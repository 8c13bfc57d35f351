"""Agents from rows of strings, such as lines of a CSV file."""

from __future__ import annotations

import asyncio
import csv
import io
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from callfluent import InvalidRequestError
from callfluent.sandbox import Sandbox

TEXT = """\
\ufeffworkspace_id, format ,timezone,name,lang,voice,agent_type,background,goal,tone,instructions,call_recording,\
welcome_msg_delay,blocked_phone_types,script
1,Inbound,UTC+00:00,Sales,en,alloy,sales,A bakery.,Take orders,Friendly,"Ask, then wait.",yes,3,"1, 2",
"""


def rows() -> list[dict[str, Any]]:
    return list(csv.DictReader(io.StringIO(TEXT)))


def test_the_cells_of_a_row_are_decoded() -> None:
    with Sandbox() as sandbox, sandbox.client() as client:
        agent = client.agents.create_from_row(rows()[0])
        body = sandbox.journal()[-1]["body"]
    assert (agent.name, agent.call_recording, agent.instructions) == ("Sales", True, "Ask, then wait.")
    assert body["welcome_msg_delay"] == 3 and body["format"] == "inbound"
    assert body["blocked_phone_types"] == "1,2" and "script" not in body


def test_async_clients_create_agents_from_rows() -> None:
    async def run() -> Any:
        with Sandbox() as sandbox:
            async with sandbox.async_client() as client:
                return await client.agents.create_from_row(rows()[0], timeout=5)

    assert asyncio.run(run()).name == "Sales"


def test_every_problem_of_a_row_is_named() -> None:
    row = {**rows()[0], "call_recording": "maybe", "welcome_msg_delay": "soon", "instrctions": "x", "name": " "}
    row[" format "] = "inbuond"
    with Sandbox() as sandbox, sandbox.client() as client:
        with pytest.raises(InvalidRequestError) as raised:
            client.agents.create_from_row(row)
        with pytest.raises(InvalidRequestError, match="expected a mapping of column names"):
            client.agents.create_from_row(["a"])  # type: ignore[arg-type]
        assert sandbox.journal() == []
    found = dict(raised.value.field_errors)
    assert set(found) == {"call_recording", "welcome_msg_delay", "instrctions", "name", "format"}
    assert "yes or no" in found["call_recording"] and "number" in found["welcome_msg_delay"]
    assert "did you mean instructions?" in found["instrctions"] and "required" in found["name"]
    assert found["format"] == 'expected one of outbound, inbound, got "inbuond"; did you mean inbound?'


def test_many_rows_are_decoded_and_recorded_in_a_journal(tmp_path: Path) -> None:
    journal = tmp_path / "agents.jsonl"
    second = {**rows()[0], "name": "Support", "welcome_msg_delay": float("nan"), "script": None}
    with Sandbox() as sandbox, sandbox.client() as client:
        created = client.agents.create_many_from_rows({"a": rows()[0]}, journal=journal)
        both = client.agents.create_many_from_rows({"a": rows()[0], "b": second}, journal=journal)
        first, other = sandbox.requests("agents.create")
        [unnamed] = client.agents.create_many_from_rows(iter(rows()))
    assert [(item.id, item.from_journal, item.error) for item in both] == [("a", True, None), ("b", False, None)]
    assert created[0].value == both[0].value and unnamed.id == 0
    assert first["arguments"]["call_recording"] is True and first["arguments"]["blocked_phone_types"] == [1, 2]
    assert other["arguments"]["name"] == "Support" and "welcome_msg_delay" not in other["arguments"]


def test_async_clients_create_agents_from_many_rows() -> None:
    async def run() -> Any:
        with Sandbox() as sandbox:
            async with sandbox.async_client() as client:
                return await client.agents.create_many_from_rows({"a": rows()[0]}, timeout=5)

    [item] = asyncio.run(run())
    assert item.value.name == "Sales"


def test_every_problem_of_many_rows_is_named() -> None:
    [surplus] = csv.DictReader(io.StringIO("name\na,b\n"))
    bad = {**rows()[0], "call_recording": "maybe", "instrctions": "x", " format ": "inbuond", "id": "7"}
    with Sandbox() as sandbox, sandbox.client() as client:
        with pytest.raises(InvalidRequestError) as raised:
            client.agents.create_many_from_rows({"good": rows()[0], "bad": bad})
        with pytest.raises(InvalidRequestError, match=r"rows\[s\]: has more cells than columns \(1 more\)"):
            client.agents.create_many_from_rows({"s": surplus})
        with pytest.raises(InvalidRequestError, match=r"rows\[0\]: expected a mapping of column names to cells"):
            client.agents.create_many_from_rows([["a"]])  # type: ignore[list-item]
        with pytest.raises(InvalidRequestError, match="journal: needs IDs of your own: pass rows by ID"):
            client.agents.create_many_from_rows(rows(), journal="agents.jsonl")
        assert sandbox.journal() == []
    fields = [field for field, _ in raised.value.field_errors]
    assert sorted(fields) == [f"rows[bad].{name}" for name in ("call_recording", "format", "id", "instrctions")]
    assert str(raised.value).startswith("agents.create_many_from_rows: ")
    reason = 'expected one of outbound, inbound, got "inbuond"; did you mean inbound?'
    assert dict(raised.value.field_errors)["rows[bad].format"] == reason


def test_an_error_names_the_method_of_a_row() -> None:
    with Sandbox() as sandbox, sandbox.client() as client:
        with pytest.raises(InvalidRequestError, match="agents.create_from_row: invalid arguments"):
            client.agents.create_from_row({**rows()[0], "format": "x"})
        with pytest.raises(InvalidRequestError, match="agents.create_from_row: invalid arguments"):
            client.agents.create_from_row("x")  # type: ignore[arg-type]


def test_a_phone_number_that_is_a_number_is_rejected() -> None:
    row = {**rows()[0], "format": "outbound"}
    remedy = r"phone_number: expected .*; a number has lost the plus and the leading zeros of a phone number"
    numbers: list[Any] = [15550001234, 15550001234.0, Decimal("15550001234"), True]
    with Sandbox(demo=True) as sandbox, sandbox.client() as client:
        for number in numbers:
            match = remedy if number is not True else "expected a phone number"
            with pytest.raises(InvalidRequestError, match=match):
                client.agents.create_from_row({**row, "phone_number": number})
            with pytest.raises(InvalidRequestError, match=match):
                client.calls.start(1002, number)
            with pytest.raises(InvalidRequestError, match=match):
                client.calls.start_many(1002, {"lead": {"phone_number": number}})
        assert sandbox.journal() == []


def test_rows_of_pandas_have_strings_and_missing_cells() -> None:
    pandas = pytest.importorskip("pandas")
    table = TEXT.replace("script\n", "script,phone_number\n").replace('"1, 2",\n', '"1, 2",,+12015550104\n')
    guessed = pandas.read_csv(io.StringIO(table), skipinitialspace=True).to_dict("records")[0]
    strings = pandas.read_csv(io.StringIO(table), dtype=str, skipinitialspace=True).to_dict("records")[0]
    assert not isinstance(guessed["phone_number"], str) and strings["script"] != strings["script"]
    with Sandbox(demo=True) as sandbox, sandbox.client() as client:
        with pytest.raises(InvalidRequestError, match="a number has lost the plus"):
            client.agents.create_from_row(guessed)
        agent = client.agents.create_from_row(strings)
        body = sandbox.journal()[-1]["body"]
    assert (agent.phone_number, "script" in body) == ("+12015550104", False)


def test_cells_beyond_the_header_are_rejected() -> None:
    [row] = csv.DictReader(io.StringIO("name\na,b\n"))
    with Sandbox() as sandbox, sandbox.client() as client:
        with pytest.raises(InvalidRequestError, match=r"row: has more cells than columns \(1 more\); put quotes"):
            client.agents.create_from_row(row)
    assert None in row
