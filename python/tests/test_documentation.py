"""Documentation: no text relies on undocumented fields without saying so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
TEXTS = [
    path.relative_to(REPOSITORY).as_posix()
    for path in [
        REPOSITORY / "README.md",
        REPOSITORY / "python/README.md",
        *sorted((REPOSITORY / "docs/guide").glob("*.md")),
        *sorted((REPOSITORY / "python/examples").glob("*.py")),
    ]
]
# The API documents only the ID of a call. These fields are those of the sandbox.
FIELDS = "duration|status|outcome|transcript|summary|recording_url|direction|started_at|ended_at"


@pytest.mark.parametrize("text", TEXTS)
def test_no_text_uses_an_undocumented_field_as_an_attribute(text: str) -> None:
    content = (REPOSITORY / text).read_text("utf-8")
    assert re.findall(rf"\bcall\.(?:{FIELDS})\b", content) == []


@pytest.mark.parametrize("text", TEXTS)
def test_undocumented_fields_are_described_as_such(text: str) -> None:
    content = (REPOSITORY / text).read_text("utf-8")
    if text.endswith(".md") and re.search(r"""call(\.get\(|\[|\.to_dict\(\)\.get\()["'](duration|status)""", content):
        assert "undocumented" in content or "fields of the sandbox" in content
