"""The Python blocks of the READMEs and the guide, run as programs against the sandbox. No text
relies on undocumented fields without saying so.

`tests/documentation/README.md` has the rules, which are the same in every language.
"""

from __future__ import annotations

import ast
import asyncio
import inspect
import logging
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from callfluent.sandbox import Sandbox

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "python/README.md", *sorted((ROOT / "docs/guide").glob("**/*.md"))]
TEXTS = [path.relative_to(ROOT).as_posix() for path in [*PAGES, *sorted((ROOT / "python/examples").glob("*.py"))]]
BLOCK = re.compile(r"^```([^\s`]*) *([^\n]*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
# A misspelled language or mark would silently skip a block.
LANGUAGES = {"python", "ts", "js", "rust", "sh", "toml", "json", "dockerfile", "ini", "text", "html"}


def blocks() -> Iterator[tuple[str, str, str, str]]:
    """Yields the place, the language, the mark and the code of each block."""
    for page in PAGES:
        content = page.read_text(encoding="utf-8")
        for match in BLOCK.finditer(content):
            line = content.count("\n", 0, match.start()) + 1
            yield f"{page.relative_to(ROOT).as_posix()}:{line}", *match.group(1, 2, 3)


BLOCKS = list(blocks())
PROGRAMS = [pytest.param(mark, code, id=place) for place, language, mark, code in BLOCKS if language == "python"]


@pytest.fixture
def unchanged_logging() -> Iterator[None]:
    """Undoes what a block configures."""
    root, logger = logging.getLogger(), logging.getLogger("callfluent")
    before, level = list(root.handlers), logger.level
    yield
    root.handlers[:] = before
    logger.setLevel(level)


def test_every_block_has_a_known_language_and_mark() -> None:
    assert len(PROGRAMS) > 10
    marks = {"rust": ("", "no-run", "parquet")}
    unknown = [
        place
        for place, language, mark, _ in BLOCKS
        if language not in LANGUAGES or mark not in marks.get(language, ("", "no-run"))
    ]
    assert unknown == []


@pytest.mark.skipif(find_spec("pyarrow") is None, reason="one interpreter has the readers of tables")
@pytest.mark.usefixtures("unchanged_logging")
@pytest.mark.parametrize(("mark", "code"), PROGRAMS)
def test_a_block_of_the_documentation_runs(
    mark: str, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A notebook awaits without a function.
    program = compile(code, "example.py", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    if mark == "no-run":
        return
    shutil.copytree(ROOT / "tests/documentation/files", tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CALLFLUENT_LOG", raising=False)
    with Sandbox(demo=True) as sandbox:
        monkeypatch.setenv("CALLFLUENT_BASE_URL", sandbox.base_url)
        monkeypatch.setenv("CALLFLUENT_API_KEY", sandbox.api_key)
        monkeypatch.setenv("CALLFLUENT_OFFLINE", "1")
        # dlt keeps the state of pipelines in the folder of the user.
        monkeypatch.setenv("DLT_DATA_DIR", str(tmp_path / "dlt"))
        monkeypatch.setenv("RUNTIME__DLTHUB_TELEMETRY", "false")
        if re.search(r"^(async )?def test_", code, re.MULTILINE):
            (tmp_path / "test_example.py").write_text(code)
            command = [sys.executable, "-m", "pytest", "--quiet", "-p", "no:cacheprovider", "test_example.py"]
            result = subprocess.run(command, capture_output=True, text=True, check=False)
            assert result.returncode == 0, result.stdout + result.stderr
        elif program.co_flags & inspect.CO_COROUTINE:
            asyncio.run(eval(program, {"__name__": "__main__"}))
        else:
            exec(program, {"__name__": "__main__"})


# The API documents only the ID of a call. These fields are those of the sandbox.
FIELDS = "duration|status|outcome|transcript|summary|recording_url|direction|started_at|ended_at"


@pytest.mark.parametrize("text", TEXTS)
def test_no_text_uses_an_undocumented_field_as_an_attribute(text: str) -> None:
    content = (ROOT / text).read_text("utf-8")
    assert re.findall(rf"\bcall\.(?:{FIELDS})\b", content) == []


@pytest.mark.parametrize("text", TEXTS)
def test_undocumented_fields_are_described_as_such(text: str) -> None:
    content = (ROOT / text).read_text("utf-8")
    if text.endswith(".md") and re.search(r"""call(\.get\(|\[|\.to_dict\(\)\.get\()["'](duration|status)""", content):
        assert "undocumented" in content or "fields of the sandbox" in content
