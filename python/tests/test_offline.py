"""Offline mode: clients of tests reach this machine, and nothing else."""

from __future__ import annotations

import asyncio
import copy
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator

import pytest
from server import KEY, Reply, Server

from callfluent import APIConnectionError, AsyncCallFluent, CallFluent, InvalidRequestError
from callfluent.sandbox import Sandbox, set_offline

pytest_plugins = ["pytester"]

API = "https://api.callfluent.test/api"


def assert_refused(client: CallFluent) -> None:
    with pytest.raises(APIConnectionError, match="offline mode.*api.callfluent.test") as raised:
        client.calls.start(7, "+15551234567")
    assert not raised.value.outcome_unknown


def test_an_offline_client_refuses_other_machines() -> None:
    with CallFluent(KEY, base_url=API, offline=True) as client:
        assert_refused(client)
        for other in (copy.copy(client), pickle.loads(pickle.dumps(client)), client.with_options(timeout=5)):
            assert_refused(other)

    async def run() -> None:
        async with AsyncCallFluent(KEY, base_url=API, offline=True) as client:
            with pytest.raises(APIConnectionError, match="offline mode"):
                await client.calls.start(7, "+15551234567")

    asyncio.run(run())


def test_an_offline_client_reaches_this_machine() -> None:
    with Server(Reply.ok([])) as server, CallFluent(KEY, base_url=server.base_url, offline=True) as client:
        assert client.agents.list(1) == []


def test_the_variable_makes_all_clients_offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLFLUENT_OFFLINE", "1")
    with CallFluent(KEY, base_url=API) as client:
        assert_refused(client)


def test_the_option_overrides_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLFLUENT_OFFLINE", "1")
    with CallFluent(KEY, base_url=API, offline=False, max_retries=0, timeout=10) as client:
        with pytest.raises(APIConnectionError) as raised:
            client.agents.list(1)
        assert "offline" not in str(raised.value)
    monkeypatch.setenv("CALLFLUENT_OFFLINE", "0")
    with CallFluent(KEY, base_url=API, offline=True) as client:
        assert_refused(client)


def test_an_invalid_value_of_the_variable_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLFLUENT_OFFLINE", "maybe")
    with pytest.raises(InvalidRequestError, match="CALLFLUENT_OFFLINE"):
        CallFluent(KEY, base_url=API)


def test_the_fixture_makes_clients_offline(callfluent_sandbox: Sandbox) -> None:
    assert os.environ["CALLFLUENT_OFFLINE"] == "1"
    assert callfluent_sandbox.client().agents.list(1) == []
    with CallFluent(KEY, base_url=API) as client:
        assert_refused(client)


@pytest.fixture
def offline_process() -> Iterator[None]:
    before = set_offline(True)
    yield
    assert set_offline(before)


def test_the_process_makes_existing_clients_offline() -> None:
    with CallFluent(KEY, base_url=API) as early:
        before = set_offline(True)
        try:
            with pytest.raises(APIConnectionError, match="from a test; create the client while the sandbox") as raised:
                early.calls.start(7, "+15551234567")
            assert not raised.value.outcome_unknown
            assert_refused(early.with_options(timeout=5))
        finally:
            set_offline(before)


def test_a_client_that_is_explicitly_online_ignores_the_process(offline_process: None) -> None:
    with CallFluent(KEY, base_url=API, offline=False, max_retries=0, timeout=10) as client:
        with pytest.raises(APIConnectionError) as raised:
            client.agents.list(1)
    assert "offline" not in str(raised.value)


def test_an_offline_process_reaches_this_machine(offline_process: None) -> None:
    with Server(Reply.ok([])) as server, CallFluent(KEY, base_url=server.base_url) as client:
        assert client.agents.list(1) == []


EARLY = """
    import pytest
    from callfluent import APIConnectionError, CallFluent

    # As a module of an application does, before any fixture is set up.
    client = CallFluent("real-key", base_url="https://api.callfluent.test/api", max_retries=0, timeout=10)

    def message():
        with pytest.raises(APIConnectionError) as raised:
            client.calls.start(7, "+15551234567")
        return str(raised.value)
"""


def test_a_client_of_a_module_is_offline_in_all_tests(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        EARLY
        + """
    def test_without_a_fixture():
        assert "refused to connect to api.callfluent.test from a test" in message()

    def test_with_a_fixture(callfluent_sandbox):
        assert "refused to connect to api.callfluent.test from a test" in message()

    @pytest.mark.callfluent_live
    def test_live():
        assert "offline" not in message()

    def test_after_the_live_test():
        assert "offline mode" in message()
    """
    )
    run = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-p", "no:xdist", "--strict-markers")
    run.assert_outcomes(passed=4)


def test_the_variable_allows_live_tests(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    pytester.makepyfile(
        EARLY
        + """
    def test_live():
        assert "offline" not in message()
    """
    )
    monkeypatch.setenv("CALLFLUENT_OFFLINE", "0")
    pytester.runpytest_subprocess("-p", "no:cacheprovider", "-p", "no:xdist").assert_outcomes(passed=1)


def test_the_plugin_restores_the_setting_of_the_process(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        test_empty="",
        program="""
        import pytest
        from callfluent.sandbox import set_offline

        pytest.main(["-p", "no:cacheprovider", "--quiet", "test_empty.py"])
        assert set_offline(True) is False
        print("restored")
        """,
    )
    program = [sys.executable, "program.py"]
    run = subprocess.run(program, cwd=pytester.path, capture_output=True, text=True, check=True, timeout=60)
    assert "restored" in run.stdout
