"""Runs the shared fault scenarios with the sync or the async client, and reports the outcomes. As a
program it runs one scenario, in a process whose environment the scenario sets."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote
from urllib.request import ProxyHandler, build_opener

from conftest import method
from scale import Stopwatch

from callfluent import APIError, AsyncCallFluent, CallFluent, CallFluentError, InvalidRequestError, Records
from callfluent.records import Record

PROGRAM = "CALLFLUENT_FAULT_SERVER"
LIST = Path(__file__).parents[2] / "tests" / "faults" / "scenarios.json"
AT_ONCE = 16
#: Shared, because each new one loads the certificates of the machine.
OPENER = build_opener(ProxyHandler({}))
Scenario = dict[str, Any]
Outcome = dict[str, Any]


def scenarios() -> list[Scenario]:
    found: list[Scenario] = json.loads(LIST.read_text("utf-8"))
    return found


@dataclass
class Faults:
    """The servers and the outcome of every scenario."""

    addresses: dict[str, dict[str, str]]
    control: str
    outcomes: dict[str, Outcome]

    def seen(self, name: str) -> dict[str, Any]:
        with OPENER.open(f"{self.control}/recorded/{quote(name, safe='')}", timeout=10) as response:
            seen: dict[str, Any] = json.load(response)
            return seen


@contextmanager
def ran(kind: str, folder: Path) -> Iterator[Faults]:
    """Starts the servers and runs every scenario, most of them concurrently."""
    command = [os.environ[PROGRAM], str(LIST), str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin and process.stdout
        described = json.loads(process.stdout.readline())
        for addresses in described["scenarios"].values():
            addresses["process"] = str(process.pid)
        faults = Faults(described["scenarios"], described["control"], {})
        together = [scenario for scenario in scenarios() if not scenario.get("alone")]
        if kind == "sync":
            with ThreadPoolExecutor(AT_ONCE) as pool:
                found = list(pool.map(lambda scenario: run(kind, scenario, faults), together))
        else:
            found = asyncio.run(_all(together, faults))
        faults.outcomes.update(found)
        for scenario in scenarios():
            if scenario.get("alone"):
                before = _resident_mib()
                name, outcome = run(kind, scenario, faults)
                peak = _memory_mib("VmHWM:")
                outcome["peak_memory_mib"] = None if before is None or peak is None else peak - before
                faults.outcomes[name] = outcome
        yield faults
        process.stdin.close()


def run(kind: str, scenario: Scenario, faults: Faults) -> tuple[str, Outcome]:
    addresses = faults.addresses[scenario["name"]]
    if "environment" in scenario:
        return scenario["name"], _elsewhere(kind, scenario, addresses)
    if kind == "sync":
        return scenario["name"], _run_sync(scenario, addresses)
    return scenario["name"], asyncio.run(_run_async(scenario, addresses))


async def _all(together: list[Scenario], faults: Faults) -> list[tuple[str, Outcome]]:
    places = asyncio.Semaphore(AT_ONCE)

    async def one(scenario: Scenario) -> tuple[str, Outcome]:
        async with places:
            addresses = faults.addresses[scenario["name"]]
            if "environment" in scenario:
                return await asyncio.to_thread(run, "async", scenario, faults)
            return scenario["name"], await _run_async(scenario, addresses)

    return await asyncio.gather(*map(one, together))


def _run_sync(scenario: Scenario, addresses: dict[str, str]) -> Outcome:
    clock = _Clock(addresses["process"])
    try:
        with CallFluent(**_options(scenario, addresses)) as client:
            if before := scenario.get("before"):
                method(client, before["operation"])(**before["arguments"])
                time.sleep(before.get("pause_ms", 0) / 1000)
            clock.start()
            result = method(client, scenario["operation"])(**_arguments(scenario))
            return clock.stopped({"value": _plain(result)})
    except CallFluentError as error:
        return clock.stopped({"error": _described(error)})


async def _run_async(scenario: Scenario, addresses: dict[str, str]) -> Outcome:
    clock = _Clock(addresses["process"])
    try:
        async with AsyncCallFluent(**_options(scenario, addresses)) as client:
            if before := scenario.get("before"):
                await method(client, before["operation"])(**before["arguments"])
                await asyncio.sleep(before.get("pause_ms", 0) / 1000)
            clock.start()
            result = await method(client, scenario["operation"])(**_arguments(scenario))
            return clock.stopped({"value": _plain(result)})
    except CallFluentError as error:
        return clock.stopped({"error": _described(error)})


class _Clock:
    def __init__(self, server: str) -> None:
        self._server = server
        self.start()

    def start(self) -> None:
        self._watch = Stopwatch(self._server)

    def stopped(self, outcome: Outcome) -> Outcome:
        elapsed = self._watch.elapsed()
        return {**outcome, "elapsed": elapsed, "unloaded": elapsed - self._watch.waited()}


def filled_in(value: Any, addresses: dict[str, str]) -> Any:
    """Returns a string of a scenario with the names in braces replaced by addresses."""
    if isinstance(value, str):
        for name, address in addresses.items():
            value = value.replace(f"{{{name}}}", address)
    return value


def _options(scenario: Scenario, addresses: dict[str, str]) -> dict[str, Any]:
    given = {name: filled_in(value, addresses) for name, value in scenario.get("client", {}).items()}
    return {"api_key": addresses["key"], "base_url": addresses["base_url"], **given}


def _arguments(scenario: Scenario) -> dict[str, Any]:
    files = [
        (file["name"], (file["text"] * file.get("times", 1)).encode(), file["content_type"])
        for file in scenario.get("attachments", [])
    ]
    return {**scenario["arguments"], "files": files} if files else dict(scenario["arguments"])


def _plain(result: Any) -> Any:
    if isinstance(result, (list, Records)):
        return [_plain(item) for item in result]
    return result.to_dict() if isinstance(result, Record) else result


def _described(error: CallFluentError) -> dict[str, Any]:
    described: dict[str, Any] = {
        "name": type(error).__name__,
        "message": str(error),
        "shown": repr((error, error.__cause__, vars(error))),
    }
    if isinstance(error, InvalidRequestError):
        described["field_errors"] = [field for field, _ in error.field_errors]
    if isinstance(error, APIError):
        described["status"] = error.status_code
        described["outcome_unknown"] = error.outcome_unknown
        described["retry_after"] = error.retry_after
        described["attempts"] = error.attempts
    return described


def _elsewhere(kind: str, scenario: Scenario, addresses: dict[str, str]) -> Outcome:
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    given = {name: filled_in(value, addresses) for name, value in scenario["environment"].items()}
    command = [sys.executable, __file__, kind]
    written = json.dumps([scenario, addresses])
    done = subprocess.run(command, input=written, env={**environment, **given}, text=True, capture_output=True)
    assert done.returncode == 0, done.stderr
    outcome: Outcome = json.loads(done.stdout)
    return outcome


def _resident_mib() -> float | None:
    """Memory of this process, if the system reports it. Resets the peak."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return None
    return _memory_mib("VmRSS:")


def _memory_mib(field: str) -> float | None:
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith(field)), None)


if __name__ == "__main__":
    runs: dict[str, Callable[[Scenario, dict[str, str]], Outcome]] = {
        "sync": _run_sync,
        "async": lambda scenario, addresses: asyncio.run(_run_async(scenario, addresses)),
    }
    print(json.dumps(runs[sys.argv[1]](*json.load(sys.stdin))))
