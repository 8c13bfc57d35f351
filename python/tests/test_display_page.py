"""A page with everything that notebooks show, as a file: changes are visible in review, and the
test of the documentation site checks it with axe-core. `CALLFLUENT_WRITE=1` writes it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from callfluent import (
    Agent,
    AgentDetails,
    Call,
    InvalidRequestError,
    PhoneNumberList,
    RateLimitError,
    Records,
    display,
    progress,
)
from callfluent.display import Transcript

PAGE = Path(__file__).parents[2] / "tests/notebook-display/page.html"
HEAD = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>What notebooks show</title>
<style>
body { background: #fff; color: #111; font-family: sans-serif; }
@media (prefers-color-scheme: dark) { body { background: #1f1f1f; color: #ccc; } a { color: #8ab4f8; } }
</style>
<main>
<h1>What notebooks show</h1>
"""

TRANSCRIPT = "Agent: Hello, this is the bakery.\nCaller: Do you open on Saturdays?\nAgent: We do,\nuntil noon."
TURNS = [
    {"role": "assistant", "content": "How can I help?", "time": 0},
    {"role": "user", "content": "مرحبا، أريد أن أطلب كعكة", "time": 65},
]
AGENT = {
    "id": 1002,
    "name": "Bakery <24 hours>",
    "format": "outbound",
    "phone_number": "+12015550101",
    "lang": "en",
    "voice": "alloy",
    "welcome_msg": "How are you today?",
    "background": "You answer the phone of a bakery.",
    "instructions": "Be brief.\nAsk for the name.",
    "blocked_phone_types": ["toll_free"],
}


def call(index: int) -> Call:
    return Call(
        {
            "id": 50_000 + index,
            "started_at": f"2026-01-{1 + index % 9:02}T10:00:00Z",
            "phone_number": f"+1415555{index:04}",
            "duration": index * 7,
            "status": "completed" if index % 3 else "busy",
            "transcript": TRANSCRIPT if index % 3 else None,
            "recording_url": f"https://recordings.example/{index}.mp3",
        }
    )


def shown() -> list[tuple[str, Any]]:
    agent = Agent(AGENT)
    invalid = [("name", "is required"), ("lang", 'expected a string such as "en", got 5')]
    return [
        ("An agent", agent),
        (
            "An agent with its files",
            AgentDetails({"agent": AGENT, "files": [{"id": 1, "name": "a"}], "total_calls": 5}),
        ),
        ("Agents", Records([agent, agent.replace(id=1003)])),
        ("Calls", Records([call(index) for index in range(25)])),
        ("A call", call(4)),
        ("A transcript", Transcript(TURNS)),
        ("Phone numbers", PhoneNumberList({"numbers": [{"number": "+12015550101", "type": "twilio"}], "in_use": {}})),
        ("An error", RateLimitError("slow down", status_code=429, retry_after=1.5, body='{"status": false}')),
        ("Invalid arguments", InvalidRequestError("agents.create: invalid arguments", field_errors=invalid)),
    ]


def bar(name: str, total: int | None, unit: str) -> str:
    """Returns a bar as a notebook shows it."""
    return progress._Notebook(name, total, unit, lambda *_, **__: None)._bundle(20, 1)["text/html"]


def test_the_page_is_what_notebooks_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(display, "mask", False)
    parts = [f"<h2>{title}</h2>\n{value._repr_html_()}" for title, value in shown()]
    monkeypatch.setattr(display, "mask", True)
    parts.append(f"<h2>A masked call</h2>\n{call(4)._repr_html_()}")
    bars = bar("agents.get_many", 50, "items") + bar("calls.list", None, "items")
    parts.append(f"<h2>Progress</h2>\n{bars}")
    page = HEAD + "\n".join(parts) + "\n</main>\n</html>\n"
    if os.environ.get("CALLFLUENT_WRITE"):
        PAGE.write_text(page, encoding="utf-8", newline="\n")
    assert page == PAGE.read_text(encoding="utf-8")
    for part in parts:
        assert len(part) < 12_000 and "None" not in part
