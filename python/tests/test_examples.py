"""The examples of the documentation, run against the sandbox as users read them."""

from __future__ import annotations

import ast
import asyncio
import doctest
import inspect
from collections.abc import Iterator
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
                if isinstance(method, ast.FunctionDef):
                    # Of several overloads, one has the docstring.
                    sources[method.name] = sources.get(method.name) or code(ast.get_docstring(method))
            for name, source in sources.items():
                yield group.name, name, source


EXAMPLES = [pytest.param(*example, id=".".join(example[:2])) for example in examples()]


@pytest.mark.parametrize(("group", "method", "source"), EXAMPLES)
def test_the_example_of_a_method_runs(group: str, method: str, source: str) -> None:
    assert source
    program = compile(source, f"{group}.{method}", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    with Sandbox(demo=True) as sandbox:
        if not group.startswith("Async"):
            with sandbox.client() as client:
                exec(program, {"client": client})
            return

        async def run() -> None:
            async with sandbox.async_client() as client:
                await eval(program, {"client": client})

        asyncio.run(run())


def test_help_shows_the_examples_of_the_stubs() -> None:
    for group, method, source in examples():
        if not group.startswith("Async"):
            assert code(inspect.getdoc(getattr(getattr(resources, group), method))) == source, f"{group}.{method}"
