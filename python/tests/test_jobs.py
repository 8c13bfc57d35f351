"""Whole jobs of users: the programs in `examples`, run as programs against the sandbox."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from callfluent.sandbox import Sandbox

EXAMPLES = Path(__file__).parents[1] / "examples"
COMMON = {
    "workspace_id": "1",
    "timezone": "UTC+00:00",
    "lang": "en",
    "voice": "alloy",
    "agent_type": "sales",
    "background": "You work for a bakery.",
    "goal": "Take orders",
    "tone": "Friendly",
    "instructions": "Ask what they need, and when.",
}


def run_program(sandbox: Sandbox | None, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    variables = dict(os.environ)
    if sandbox is not None:
        variables |= {"CALLFLUENT_BASE_URL": sandbox.base_url, "CALLFLUENT_API_KEY": sandbox.api_key}
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(command, cwd=EXAMPLES, env=variables, capture_output=True, text=True, timeout=120)


def write_table(path: Path, rows: list[dict[str, str]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as output:
        writer = csv.DictWriter(output, list(dict.fromkeys(name for row in rows for name in row)), restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_three_agents_are_created_from_a_csv_file(tmp_path: Path) -> None:
    (tmp_path / "prices.txt").write_text("Bread 3")
    (tmp_path / "hours.txt").write_text("8 to 18")
    with Sandbox(demo=True, likely_fields=True) as sandbox, sandbox.client() as client:
        number = client.phone_numbers.list(1, "outbound").free[0].number or ""
        rows = [
            {"name": "Orders", "format": "inbound", "files": "prices.txt hours.txt", "call_recording": "yes"},
            {"name": "Reminders", "format": "outbound", "phone_number": number, "fields": "first_name email"},
            {"name": "Directions", "format": "inbound", "address": "1 Main Street", "welcome_msg_delay": "3"},
        ]
        columns = {"files": "", "fields": "", "address": ""}
        done = run_program(
            sandbox, "import_agents.py", write_table(tmp_path / "a.csv", [{**COMMON, **columns, **row} for row in rows])
        )
        assert done.returncode == 0, done.stderr
        created = [int(line.split()[0]) for line in done.stdout.splitlines()]
        orders, reminders, directions = (client.agents.get(agent_id) for agent_id in created)
    assert [file.name for file in orders.files] == ["prices.txt", "hours.txt"] and orders.agent.call_recording
    assert reminders.agent.phone_number == number
    assert [field["name"] for field in reminders.agent["custom_fields"]] == ["first_name", "email"]
    assert directions.agent.welcome_msg_delay == 3
    assert directions.agent["actions"][0]["content"] == "1 Main Street"


def test_every_problem_of_a_csv_file_is_printed(tmp_path: Path) -> None:
    row = {
        **COMMON,
        "name": "A",
        "format": "inbuond",
        "call_recording": "maybe",
        "files": "",
        "fields": "",
        "address": "",
    }
    with Sandbox() as sandbox:
        done = run_program(sandbox, "import_agents.py", write_table(tmp_path / "agents.csv", [row]))
        assert sandbox.journal() == []
    assert done.returncode == 1
    assert [line.partition(":")[0] for line in sorted(done.stderr.splitlines())] == ["call_recording", "format"]


def test_every_call_of_two_workspaces_is_exported(tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    with Sandbox(demo=True, page_size=7) as sandbox, sandbox.client() as client:
        done = run_program(sandbox, "export_calls.py", path, "1", "2")
        agents = [agent for workspace in (1, 2) for agent in client.agents.list(workspace)]
        ids = {call.id for agent in agents for call in client.calls.list(agent.id)}
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader(io.StringIO(path.read_text("utf-8"))))
    assert {int(row["id"]) for row in rows} == ids and len(rows) == len(ids) > 50
    assert {row["workspace_id"] for row in rows} == {"1", "2"} and "duration" in rows[0]
    assert done.stdout == f"{len(rows)} calls\n"


def test_the_tests_of_the_lead_form_pass() -> None:
    pytest.importorskip("fastapi")
    done = run_program(None, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "test_lead_form.py")
    assert done.returncode == 0, done.stdout
    assert "4 passed" in done.stdout
