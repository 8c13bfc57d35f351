"""Each situation in which other clients were seen to fail has a test here that shows what this one does: the table in
`docs/reliability.md` names them, and none of them can go without being missed."""

from __future__ import annotations

import re
from pathlib import Path

from fault_runs import scenarios

TESTS = Path(__file__).parent
DOCUMENT = TESTS.parents[1] / "docs" / "reliability.md"


def test_every_situation_that_peers_get_wrong_has_a_test() -> None:
    section = DOCUMENT.read_text("utf-8").partition("\n## What peers get wrong\n")[2].partition("\n## ")[0]
    heading, _, *rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")]
    python = [name.strip() for name in heading].index("Python")
    faults = {scenario["name"] for scenario in scenarios()}
    # As many as were seen.
    assert len(rows) >= 27
    for row in rows:
        named = re.findall("`([^`]+)`", row[python])
        assert named, row
        for name in named:
            file, _, test = name.partition("::")
            if name.startswith("faults: "):
                assert name.removeprefix("faults: ") in faults, name
            else:
                assert f"def {test}(" in (TESTS / file).read_text("utf-8"), name
