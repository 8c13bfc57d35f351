"""The pytest fixtures: scopes, variables, parallel workers, asyncio."""

from __future__ import annotations

import os
import statistics
import time
from contextlib import ExitStack

import pytest

from callfluent import AsyncCallFluent, CallFluent, InvalidRequestError
from callfluent.sandbox import Sandbox

pytest_plugins = ["pytester"]


def test_clients_without_arguments_use_the_sandbox(callfluent_sandbox: Sandbox) -> None:
    assert os.environ["CALLFLUENT_BASE_URL"] == callfluent_sandbox.base_url
    with CallFluent() as client:
        client.workspaces.list()
    callfluent_sandbox.assert_requested("workspaces.list", times=1)


def test_the_demo_fixture_has_agents(callfluent_demo_sandbox: Sandbox) -> None:
    with CallFluent() as client:
        assert len(client.agents.list(1)) == 3


@pytest.mark.callfluent_sandbox(likely_fields=True, page_size=3)
def test_a_marker_passes_settings_to_the_fixture(callfluent_demo_sandbox: Sandbox) -> None:
    with CallFluent() as client:
        assert len(client.calls.list(1001).items) == 3
        with pytest.raises(InvalidRequestError, match="has no custom field of this name"):
            client.calls.start(1002, "+15550001234", custmer="Ada", check_fields=True)


@pytest.mark.anyio
async def test_an_async_client_uses_the_sandbox(callfluent_sandbox: Sandbox) -> None:
    async with AsyncCallFluent() as client:
        await client.workspaces.list()
    callfluent_sandbox.assert_requested("workspaces.list", times=1)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def test_the_session_fixture_is_one_sandbox_for_all_tests(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        from callfluent import CallFluent

        addresses = []

        def test_one(callfluent_session_sandbox):
            callfluent_session_sandbox.add_agent()
            addresses.append(callfluent_session_sandbox.base_url)

        def test_two(callfluent_session_sandbox, callfluent_sandbox):
            assert CallFluent().agents.list(1) == []
            addresses.append(callfluent_session_sandbox.base_url)

        def test_three(callfluent_session_sandbox):
            assert len(CallFluent().agents.list(1)) == 1
            assert len(set(addresses)) == 1
        """
    )
    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=3)


def test_parallel_workers_have_their_own_sandboxes(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest
        from callfluent import CallFluent

        @pytest.mark.parametrize("number", range(20))
        def test_parallel(callfluent_sandbox, number):
            callfluent_sandbox.add_agent(name=str(number))
            assert [agent.name for agent in CallFluent().agents.list(1)] == [str(number)]
        """
    )
    pytester.runpytest_subprocess("-n", "2", "-p", "no:cacheprovider").assert_outcomes(passed=20)


def test_hundreds_of_sandboxes_run_in_one_process() -> None:
    durations = []
    with ExitStack() as stack:
        sandboxes = []
        for _ in range(200):
            begin = time.perf_counter()
            sandboxes.append(stack.enter_context(Sandbox()))
            durations.append(time.perf_counter() - begin)
        assert len({sandbox.base_url for sandbox in sandboxes}) == 200
        for sandbox in sandboxes[::20]:
            sandbox.client().workspaces.list()
            sandbox.assert_requested("workspaces.list", times=1)
    # The first quartile: other processes slow down some starts.
    assert statistics.quantiles(durations, n=4)[0] < 0.005


def test_a_live_test_does_not_use_the_session_sandbox(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytester.makepyfile(
        """
        import os
        import pytest

        NAMES = ("CALLFLUENT_BASE_URL", "CALLFLUENT_API_KEY", "CALLFLUENT_OFFLINE")

        def test_one(callfluent_session_sandbox):
            assert os.environ["CALLFLUENT_BASE_URL"] == callfluent_session_sandbox.base_url

        @pytest.mark.callfluent_live
        def test_live():
            assert [os.environ.get(name) for name in NAMES] == [None, "real-key", None]

        def test_two(callfluent_session_sandbox):
            assert os.environ["CALLFLUENT_BASE_URL"] == callfluent_session_sandbox.base_url
            assert os.environ["CALLFLUENT_API_KEY"] == callfluent_session_sandbox.api_key
        """
    )
    monkeypatch.setenv("CALLFLUENT_API_KEY", "real-key")
    for name in ("CALLFLUENT_BASE_URL", "CALLFLUENT_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=3)


def test_settings_of_several_markers_are_merged(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.callfluent_sandbox(likely_fields=True, page_size=5)
        class TestSettings:
            @pytest.mark.callfluent_sandbox(page_size=2)
            def test_merged(self, callfluent_sandbox):
                agent = callfluent_sandbox.add_agent()
                assert "created_at" in agent
                for _ in range(3):
                    callfluent_sandbox.add_call(agent)
                assert len(callfluent_sandbox.client().calls.list(agent["id"]).items) == 2
        """
    )
    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)


def test_a_marker_without_effect_is_reported(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.callfluent_sandbox({"demo": True})
        def test_positional(callfluent_sandbox):
            pass

        @pytest.mark.callfluent_sandbox(seconds_per_poll=30)
        def test_session(callfluent_session_sandbox):
            pass
        """
    )
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(errors=1, passed=1, warnings=1)
    result.stdout.fnmatch_lines(["*callfluent_sandbox takes keyword arguments only*"])
    result.stdout.fnmatch_lines(["*callfluent_sandbox has no effect on callfluent_session_sandbox*"])
