"""Offline mode: clients of tests reach this machine, and nothing else."""

from __future__ import annotations

import asyncio
import copy
import os
import pickle

import pytest
from server import KEY, Reply, Server

from callfluent import APIConnectionError, AsyncCallFluent, CallFluent, InvalidRequestError
from callfluent.sandbox import Sandbox

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
