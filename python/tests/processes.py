"""Programs of their own, for what cannot be seen from inside of the tests' process: one that is run
to its end, and many that are, several at a time, with requests under way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from scale import length
from server import KEY

DEVELOPMENT = ("-X", "dev")
#: How often a program is run that has to end as it should.
RUNS = length(10, 300)
#: How many at a time: a busy machine shows more than an idle one.
AT_ONCE = 4
#: A program that hangs is ended after so many seconds.
HUNG = 30

UNDER_WAY = """
import asyncio, multiprocessing, os, sys, threading, time
from callfluent import AsyncCallFluent, CallFluent, CallFluentError

client = CallFluent()

def wait_for_ever():
    while True:
        try:
            client.workspaces.list()
        except CallFluentError:
            time.sleep(0.01)

def under_way(count=4):
    for _ in range(count):
        threading.Thread(target=wait_for_ever, daemon=True).start()
    time.sleep(0.05)
"""


def run(code: str, flags: tuple[str, ...] = DEVELOPMENT, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs a program, in development mode unless it says otherwise; a hang is a failure."""
    return subprocess.run(
        [sys.executable, *flags, "-c", textwrap.dedent(code)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def started(code: str | Path, base_url: str) -> subprocess.Popen[str]:
    """Starts a program that can have requests under way, in a session of its own; one in a file is
    taken as it is."""
    program = [str(code)] if isinstance(code, Path) else ["-c", UNDER_WAY + textwrap.dedent(code)]
    return subprocess.Popen(
        [sys.executable, *program],
        env={**os.environ, "CALLFLUENT_API_KEY": KEY, "CALLFLUENT_BASE_URL": base_url},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    """The exit code of a program, and what it said of what went wrong."""
    try:
        _, errors = process.communicate(timeout=HUNG)
    except subprocess.TimeoutExpired:
        # With its children, which hold its pipes.
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        process.kill()
        process.communicate()
        return -999, "it hung"
    return process.returncode, errors


def repeated(run: Callable[[int], tuple[int, str]], runs: int = RUNS) -> Iterator[tuple[int, str]]:
    """Runs something so many times, several at a time. None of them may end by a panic or a
    crash."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for returned, errors in pool.map(run, range(runs)):
            assert "panicked" not in errors and "Fatal" not in errors, errors
            yield returned, errors


def all_end_with(code: str | Path, expected: int, base_url: str, runs: int = RUNS) -> None:
    """Runs a program again and again; it ends with this exit code each time."""
    for returned, errors in repeated(lambda _: ended(started(code, base_url)), runs):
        assert returned == expected, f"{returned}\n{errors}"
