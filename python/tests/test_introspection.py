"""Run-time introspection reports what the stubs report: signatures, types, coroutine functions."""

from __future__ import annotations

import ast
import asyncio
import inspect
import pydoc
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_type_hints
from unittest import mock

import jedi
import pytest
from processes import run
from server import KEY, Reply, Server
from tenacity import AsyncRetrying, stop_after_attempt, wait_none

import callfluent
from callfluent import AsyncCallFluent, CallFluent, InternalServerError, SendSms, resources
from callfluent.sandbox import Sandbox

STUB = Path(callfluent.__file__).with_name("resources.pyi")
RECORDS = [
    kind
    for kind in (getattr(callfluent, name) for name in callfluent.models.__all__)
    if isinstance(kind, type) and issubclass(kind, callfluent.records._Fields)
]


def stub_methods() -> Iterator[tuple[str, str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Yields class, name and definition of each method in the stub; of overloads, the last one."""
    for node in ast.parse(STUB.read_text()).body:
        if isinstance(node, ast.ClassDef):
            methods = {}
            for member in node.body:
                is_method = isinstance(member, (ast.FunctionDef, ast.AsyncFunctionDef))
                if is_method and not any(ast.unparse(name) == "property" for name in member.decorator_list):
                    methods[member.name] = member
            for name, method in methods.items():
                yield node.name, name, method


METHODS = {f"{kind}.{name}": (kind, name, method) for kind, name, method in stub_methods()}


def stub_parameters(method: ast.FunctionDef | ast.AsyncFunctionDef) -> dict[str, bool]:
    """Returns the parameters of a stub, and whether each is required."""
    arguments = method.args
    positional = arguments.args[1:]
    required = len(positional) - len(arguments.defaults)
    found = {argument.arg: index < required for index, argument in enumerate(positional)}
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        found[argument.arg] = default is None
    if arguments.kwarg:
        found[arguments.kwarg.arg] = False
    return found


@pytest.mark.parametrize("name", METHODS)
def test_signatures_are_those_of_the_stubs(name: str) -> None:
    kind, verb, stub = METHODS[name]
    function = getattr(getattr(resources, kind), verb)
    signature = inspect.signature(function)
    open_ended = inspect.Parameter.VAR_KEYWORD
    found = {
        parameter.name: parameter.default is inspect.Parameter.empty and parameter.kind is not open_ended
        for parameter in list(signature.parameters.values())[1:]
    }
    # The stub has an overload with a record, whose other fields are not required.
    takes_record = found.pop("record", None) is False
    expected = stub_parameters(stub)
    assert list(found) == list(expected)
    assert found == expected or takes_record
    assert inspect.iscoroutinefunction(function) == isinstance(stub, ast.AsyncFunctionDef)
    hints = get_type_hints(function)
    assert set(hints) >= set(expected) | {"return"} - {"extra"}
    assert (signature.return_annotation or type(None)) == hints["return"]


@pytest.mark.parametrize("kind", RECORDS)
def test_the_types_of_every_record_resolve(kind: type[Any]) -> None:
    hints = get_type_hints(kind)
    tag = getattr(kind, "_tag", (None,))[0]
    assert set(hints) - {tag} == set(kind._names)
    for member in ("__init__", "to_dict", "replace"):
        assert get_type_hints(getattr(kind, member))
    assert {*inspect.signature(kind).parameters} >= set(kind._names)


@pytest.mark.parametrize("kind", [CallFluent, AsyncCallFluent, Sandbox])
def test_the_types_of_a_client_resolve(kind: type[Any]) -> None:
    assert get_type_hints(kind.__init__)["timeout" if kind is not Sandbox else "port"]


def test_help_shows_types_and_what_is_required() -> None:
    with CallFluent(KEY) as client:
        text = pydoc.plain(pydoc.render_doc(client.agents.create))
        first = text[: text.index("Creates a voice agent")].replace("\n", " ")
    assert "format: Literal['outbound', 'inbound']," in first and "name: str," in first
    assert "extra:" not in first and "script: str = " in first
    assert "Voice agents." in pydoc.plain(pydoc.render_doc(CallFluent))


def test_literals_and_unions_are_those_of_the_stubs() -> None:
    assert get_args(callfluent.AgentFormat) == ("outbound", "inbound")
    assert SendSms in get_args(callfluent.Action) and isinstance(SendSms(name="n"), callfluent.Action)
    assert "tone" in callfluent.AgentCreateParams.__required_keys__
    assert callfluent.AgentPatchParams.__required_keys__ == frozenset()


def test_async_methods_are_coroutine_functions() -> None:
    with CallFluent(KEY) as client:
        assert not inspect.iscoroutinefunction(client.agents.list)
    client = AsyncCallFluent(KEY)
    assert inspect.iscoroutinefunction(client.agents.list) and asyncio.iscoroutinefunction(client.agents.list)
    assert inspect.iscoroutinefunction(AsyncCallFluent.agents.list)
    assert inspect.iscoroutinefunction(client.request) and inspect.iscoroutinefunction(client.close)
    # A list of pages is iterated; it is not a coroutine.
    assert not inspect.iscoroutinefunction(client.calls.list)


def test_tenacity_retries_async_methods() -> None:
    async def run() -> tuple[Any, int]:
        attempts = AsyncRetrying(stop=stop_after_attempt(3), wait=wait_none())
        with Server(Reply(500, b"{}"), Reply(500, b"{}"), Reply.ok([])) as server:
            async with AsyncCallFluent(KEY, base_url=server.base_url, max_retries=0) as client:
                return await attempts.wraps(client.agents.list)(1), len(server.requests)

    assert asyncio.run(run()) == ([], 3)


def test_a_mock_of_an_async_client_can_be_awaited() -> None:
    async def run(client: Any) -> Any:
        client.agents.list.side_effect = InternalServerError("failed")
        with pytest.raises(InternalServerError):
            await client.agents.list(1)
        client.agents.list.side_effect = None
        return await client.agents.list(1)

    assert asyncio.run(run(mock.create_autospec(AsyncCallFluent, instance=True))) is not None
    resource = mock.Mock(spec=AsyncCallFluent.agents)
    resource.list.return_value = [1]
    assert asyncio.run(resource.list(1)) == [1]
    with pytest.raises(TypeError, match="workspce"):
        mock.create_autospec(CallFluent, instance=True).agents.list(1, workspce=1)


def test_annotations_cost_nothing_before_they_are_used() -> None:
    code = """
import sys
from callfluent import AsyncCallFluent, CallFluent
sync, client = CallFluent("key"), AsyncCallFluent("key")
sync.agents, client.agents
print(*sorted({"inspect", "typing", "callfluent.annotations", "callfluent.type_aliases"} & set(sys.modules)))
"""
    done = run(code, flags=())
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr


JEDI = {
    "CallFluent(": {"api_key", "timeout"},
    "client.agents.create(": {"workspace_id", "tone"},
}


@pytest.mark.parametrize("call", JEDI)
def test_jedi_shows_the_parameters_of_a_call(call: str) -> None:
    code = f"from callfluent import CallFluent\nclient = CallFluent()\n{call}"
    [signature] = jedi.Script(code).get_signatures()
    assert JEDI[call] <= {parameter.name for parameter in signature.params}


COMPLETIONS = {
    "details = client.agents.get(1)\ndetails.agent.": "tone",
    "for agent in client.agents.list(1):\n    agent.": "tone",
    "for call in client.calls.list(1):\n    call.": "to_dict",
    "client.calls.list(1).items[0].": "to_dict",
    "async def f(client: AsyncCallFluent):\n    agent = await client.agents.get(1)\n    agent.": "total_calls",
    "async def f(client: AsyncCallFluent):\n    async for call in client.calls.list(1):\n        call.": "to_dict",
}


@pytest.mark.parametrize("code", COMPLETIONS)
def test_jedi_completes_results(code: str) -> None:
    start = "from callfluent import AsyncCallFluent, CallFluent\nclient = CallFluent()\n"
    assert COMPLETIONS[code] in {completion.name for completion in jedi.Script(start + code).complete()}
