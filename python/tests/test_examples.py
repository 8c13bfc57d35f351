"""The examples of the documentation, run against the sandbox as users read them."""

from __future__ import annotations

import ast
import asyncio
import doctest
import inspect
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import callfluent
from callfluent import resources
from callfluent.sandbox import Sandbox

STUBS = ast.parse((Path(callfluent.__file__).parent / "resources.pyi").read_text(encoding="utf-8"))


def code(docstring: str | None) -> str:
    """Returns the lines after the prompts of a docstring."""
    return "".join(example.source for example in doctest.DocTestParser().get_examples(docstring or ""))


def examples() -> Iterator[tuple[str, str, str]]:
    """Yields the class, the method and the example of each operation in the stubs."""
    for group in STUBS.body:
        if isinstance(group, ast.ClassDef) and group.name.endswith("Resource"):
            sources: dict[str, str] = {}
            for method in group.body:
                if isinstance(method, (ast.FunctionDef, ast.AsyncFunctionDef)):
                    # Of several overloads, one has the docstring.
                    sources[method.name] = sources.get(method.name) or code(ast.get_docstring(method))
            for name, source in sources.items():
                yield group.name, name, source


EXAMPLES = [pytest.param(*example, id=".".join(example[:2])) for example in examples() if example[1] != "watch"]
WATCHES = [pytest.param(*example, id=".".join(example[:2])) for example in examples() if example[1] == "watch"]
PATIENCE = 30.0
"""Seconds after which a test fails."""


def runner(group: str, method: str, source: str) -> Callable[[Sandbox, dict[str, object]], None]:
    """Returns a function that runs an example with a client of a sandbox."""
    assert source
    program = compile(source, f"{group}.{method}", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)

    def run(sandbox: Sandbox, names: dict[str, object]) -> None:
        with sandbox.client() as client:
            exec(program, {"client": client, **names})

    def run_async(sandbox: Sandbox, names: dict[str, object]) -> None:
        async def in_loop() -> None:
            async with sandbox.async_client() as client:
                running = eval(program, {"client": client, **names})
                if inspect.iscoroutine(running):
                    await running

        asyncio.run(in_loop())

    return run_async if group.startswith("Async") else run


@pytest.mark.parametrize(("group", "method", "source"), EXAMPLES)
def test_the_example_of_a_method_runs(
    group: str, method: str, source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with Sandbox(demo=True) as sandbox:
        runner(group, method, source)(sandbox, {})


class Seen(Exception):
    """Ends an example that has no end."""


@pytest.mark.parametrize(("group", "method", "source"), WATCHES)
def test_the_example_of_a_watch_prints_a_new_call(group: str, method: str, source: str) -> None:
    printed: list[object] = []

    def show(value: object) -> None:
        printed.append(value)
        raise Seen

    with Sandbox(demo=True) as sandbox:

        def start() -> None:
            end = time.monotonic() + PATIENCE
            while not sandbox.requests("calls.list") and time.monotonic() < end:
                time.sleep(0.01)
            started.append(sandbox.client().calls.start(1002, "+15551234567").id)

        started: list[str] = []
        thread = threading.Thread(target=start)
        thread.start()
        with pytest.raises(Seen):
            runner(group, method, source)(sandbox, {"print": show})
        thread.join()
        assert printed == started


def test_help_shows_the_examples_of_the_stubs() -> None:
    for group, method, source in examples():
        if not group.startswith("Async"):
            assert code(inspect.getdoc(getattr(getattr(resources, group), method))) == source, f"{group}.{method}"
