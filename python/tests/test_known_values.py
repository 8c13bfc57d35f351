"""Known values of fields: names, labels, line types, and time zones in every form."""

from __future__ import annotations

import json
import pickle
import re
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from server import KEY, Reply, Server

import callfluent
from callfluent import AgentType, LineType, OpenaiModel, Timezone, Tone

AGENT: dict[str, Any] = {
    "workspace_id": 1,
    "format": "inbound",
    "timezone": "UTC+00:00",
    "name": "Reception",
    "lang": "en",
    "voice": "alloy",
    "agent_type": AgentType.SUPPORT,
    "background": "b",
    "goal": "g",
    "tone": Tone.PROFESSIONAL,
    "instructions": "i",
}


def create(**fields: Any) -> Any:
    with Server(Reply.ok({"id": 1})) as server:
        callfluent.CallFluent(KEY, base_url=server.base_url).agents.create(**{**AGENT, **fields})
        return server.requests[0].json()


def rejection(**fields: Any) -> callfluent.InvalidRequestError:
    with Server(Reply.ok({"id": 1})) as server:
        with pytest.raises(callfluent.InvalidRequestError) as raised:
            callfluent.CallFluent(KEY, base_url=server.base_url).agents.create(**{**AGENT, **fields})
        assert server.requests == []
    return raised.value


def test_a_known_value_is_a_string_with_a_label() -> None:
    assert Tone.PROFESSIONAL == "a Professional" and isinstance(Tone.PROFESSIONAL, str)
    assert (Tone.PROFESSIONAL.label, Tone.PROFESSIONAL.certainty) == ("Professional", "printed")
    assert (LineType.MOBILE.number, LineType.PAGER.certainty) == (2, "inferred")
    assert OpenaiModel.GPT_4O.label == "gpt-4o" and OpenaiModel.GPT_4O.certainty == "documented"
    assert f"{Tone.CREATIVE}" == "a Creative" and json.dumps([Tone.CREATIVE]) == '["a Creative"]'
    assert pickle.loads(pickle.dumps(Tone.EMPATHIC)).label == "Empathic"


def test_hover_texts_have_labels_and_certainty() -> None:
    text = Path(callfluent.__file__).with_name("models.pyi").read_text("utf-8")
    classes = re.findall(r"^class (\w+)\(KnownValues\):", text, re.MULTILINE)
    assert {"Tone", "Timezone", "Language", "Voice", "AgentType", "LineType"} <= set(classes)
    for name in classes:
        stub = text.partition(f"class {name}(KnownValues):")[2].partition("\nclass ")[0]
        for value in getattr(callfluent, name):
            (hover,) = re.findall(rf'"""``{re.escape(value)}``: (.+?)"""', stub, re.DOTALL)
            hover = " ".join(hover.split())
            stated = {
                "documented": "The API reference contains this value.",
                "printed": "Certainty: printed on another public page",
                "inferred": "Certainty: inferred",
            }
            assert stated[value.certainty] in hover, value
            assert value.label == value or f"Label: {value.label}." in hover, value
            assert value.number is None or f"Number: {value.number}." in hover, value


def test_known_values_can_be_listed() -> None:
    assert {value: value.label for value in AgentType} == {
        "sales": "Sales representative",
        "support": "Support agent",
        "lead": "Lead engagement",
    }
    assert len(LineType) == 12 and "mobile" in LineType and "fax" not in LineType


def test_known_values_are_sent_as_strings() -> None:
    sent = create(timezone=Timezone.UTC_PLUS_0545, blocked_phone_types=[LineType.MOBILE, 1, "pager"])
    assert (sent["tone"], sent["agent_type"], sent["timezone"]) == ("a Professional", "support", "UTC+05:45")
    assert sent["blocked_phone_types"] == "2,1,11"


@pytest.mark.parametrize(
    ("zone", "sent"),
    [
        (timezone.utc, "UTC+00:00"),
        (timezone(timedelta(hours=1)), "UTC+01:00"),
        (timezone(timedelta(hours=-3, minutes=-30), "Newfoundland"), "UTC-03:30"),
        (ZoneInfo("UTC"), "UTC+00:00"),
    ],
)
def test_a_time_zone_with_a_fixed_offset_is_sent_as_its_offset(zone: Any, sent: str) -> None:
    assert create(timezone=zone)["timezone"] == sent


@pytest.mark.parametrize("zone", ["Europe/Berlin", ZoneInfo("Europe/Berlin"), "Asia/Kathmandu"])
def test_the_name_of_a_zone_is_rejected_with_its_offset(zone: Any) -> None:
    error = rejection(timezone=zone)
    offset = timezone(datetime.now(ZoneInfo(str(zone))).utcoffset() or timedelta())
    assert f'got "{zone}", which is {offset} today' in error.message
    assert error.field_errors[0][1] in str(error)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "Europe", "../secret", "utc+1", ""])
def test_another_string_is_rejected_without_an_offset(zone: str) -> None:
    ((field, reason),) = rejection(timezone=zone).field_errors
    assert field == "timezone" and reason.endswith(f"got {json.dumps(zone)}")


def test_an_offset_with_seconds_is_rejected() -> None:
    assert "whole minutes" in rejection(timezone=timezone(timedelta(seconds=90))).message
