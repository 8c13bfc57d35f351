"""The table of situations in which other clients fail, in `docs/reports/reliability.md`: each has a
test in each language, and the tests that it names exist."""

from __future__ import annotations

import re
from pathlib import Path

from fault_runs import scenarios

REPOSITORY = Path(__file__).parents[2]
DOCUMENT = REPOSITORY / "docs" / "reports" / "reliability.md"
# Folder of the tests of each language, and the pattern of a test.
PLACES = {
    ".py": ("python/tests", "def {}("),
    ".mjs": ("node/tests", "{}"),
    ".rs": ("crates/callfluent/tests", "fn {}("),
}


def test_every_situation_that_peers_get_wrong_has_its_tests() -> None:
    section = DOCUMENT.read_text("utf-8").partition("\n## What peers get wrong\n")[2].partition("\n## ")[0]
    heading, _, *rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")]
    assert [name.strip() for name in heading] == ["Situation", "Peers", "Python", "Node", "Rust"]
    faults = {scenario["name"] for scenario in scenarios()}
    # The number of situations that were found.
    assert len(rows) >= 27
    for row in rows:
        assert all(cell.strip() for cell in row), row
        assert "`" in row[2], row
        for name in re.findall("`([^`]+)`", " ".join(row[2:])):
            file, is_test, test = name.partition("::")
            if name.startswith("faults: "):
                assert name.removeprefix("faults: ") in faults, name
            elif is_test:
                folder, written = PLACES[Path(file).suffix]
                assert written.format(test) in (REPOSITORY / folder / file).read_text("utf-8"), name
