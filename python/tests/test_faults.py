"""The scenarios of `tests/faults`, which all languages share: failures of the server and of the
network, with the sync and the async client."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from typing import Any

import pytest
from fault_runs import PROGRAM, Faults, filled_in, ran, scenarios

PASSWORD = "proxy-secret"


@pytest.fixture(scope="module", params=["sync", "async"])
def faults(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Faults]:
    # Not skipped: skipped scenarios would look like passed ones.
    assert PROGRAM in os.environ, f"{PROGRAM} does not say where the servers are; cargo xtask test python does"
    with ran(request.param, tmp_path_factory.mktemp("faults")) as faults:
        yield faults


@pytest.mark.parametrize("scenario", scenarios(), ids=lambda scenario: scenario["name"])
def test_every_fault_scenario_has_its_expected_result(scenario: dict[str, Any], faults: Faults) -> None:
    name, expected = scenario["name"], scenario["expect"]
    outcome = faults.outcomes[name]
    if "value" in expected:
        assert "value" in outcome, outcome
        assert within(expected["value"], outcome["value"])
    else:
        assert "error" in outcome, outcome
        check_error(expected, faults.addresses[name], outcome["error"])
    least, most = expected.get("elapsed", [0, 4])
    assert outcome["elapsed"] >= least and outcome["unloaded"] <= most, outcome
    if expected.get("peak_memory_mib") and outcome["peak_memory_mib"] is not None:
        assert outcome["peak_memory_mib"] <= expected["peak_memory_mib"]
    check_seen(expected, faults, name)


def check_error(expected: dict[str, Any], addresses: dict[str, str], error: dict[str, Any]) -> None:
    assert error["name"] == expected["error"], error
    for part in expected["message"]:
        assert filled_in(part, addresses) in error["message"]
    shown = json.dumps(error)
    assert addresses["secret"] not in shown and PASSWORD not in shown
    if expected["error"] == "InvalidRequestError":
        assert error["field_errors"] == expected["field_errors"]
        return
    assert error["status"] == expected.get("status")
    assert error["outcome_unknown"] == expected.get("outcome_unknown", False), error
    assert between(error["retry_after"], expected.get("retry_after")), error
    assert error["attempts"] == expected.get("attempts", error["attempts"]), error


def check_seen(expected: dict[str, Any], faults: Faults, name: str) -> None:
    seen = faults.seen(name)
    for server, field, usual in (
        ("main", "requests", 1),
        ("other", "other_requests", 0),
        ("proxy", "proxy_requests", 0),
    ):
        if seen[server] is None:
            continue
        requests = seen[server]["requests"]
        assert len(requests) == expected.get(field, usual), requests
        for request in requests:
            # Only the server receives the key. A proxy sees it only without encryption.
            wanted = server == "main" or (server == "proxy" and request["method"] != "CONNECT")
            assert request["has_key"] == wanted and request["key_elsewhere"] == [], (server, request)
        assert 'x-injected"' not in json.dumps(requests)
    if seen["main"] is None:
        return
    requests = seen["main"]["requests"]
    if "paths" in expected:
        assert [request["path"] for request in requests] == expected["paths"]
    if "version" in expected:
        assert {request["version"] for request in requests} == {expected["version"]}
    if "parts" in expected:
        assert requests[0]["parts"] == expected["parts"]
    if "abandoned" in expected:
        # The server sees the end of a connection a little later.
        end = time.monotonic() + 20
        while (found := abandoned(faults.seen(name))) != expected["abandoned"] and time.monotonic() < end:
            time.sleep(0.05)
        assert found == expected["abandoned"]


def abandoned(seen: dict[str, Any]) -> int:
    return sum(connection["abandoned"] for connection in seen["main"]["connections"])


def within(wanted: Any, found: Any) -> bool:
    """Returns true if everything expected is present; objects may have more fields."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        return all(name in found and within(value, found[name]) for name, value in wanted.items())
    return bool(wanted == found)


def between(found: Any, wanted: Any) -> bool:
    """Returns true if a number equals the expected one, or lies between the expected two."""
    if isinstance(wanted, list):
        return found is not None and bool(wanted[0] <= found <= wanted[1])
    return bool(found == wanted)
