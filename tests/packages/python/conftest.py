"""The wheel that is tested, and environments without a compiler and without a package index."""

import os
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path

import pytest

WHEEL = Path(os.environ["CALLFLUENT_WHEEL"])
PROGRAM = Path(__file__).with_name("program.py")
"""Prints the version and the types of its results."""

Run = Callable[..., str]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what takes long, unless all environments are tested."""
    if os.environ.get("CALLFLUENT_PROGRAMS") != "all":
        for item in items:
            if item.get_closest_marker("slow"):
                item.add_marker(pytest.mark.skip(reason="takes minutes: cargo xtask test packages"))


def is_expected(output: str) -> bool:
    return "['Workspace'" in output


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs a program with an empty home and a PATH without compilers. Returns its output."""
    return runner(tmp_path)


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an empty environment with the wheel."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=True)
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    runner(folder)(python, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", WHEEL, PATH=str(python.parent))
    return python


def runner(folder: Path) -> Run:
    home = folder / "home"
    home.mkdir()

    def run(*command: object, **variables: str) -> str:
        env = {
            "PATH": "/usr/bin:/bin" if sys.platform != "win32" else os.environ["PATH"],
            "HOME": str(home),
            **variables,
        }
        words = [str(word) for word in command]
        done = subprocess.run(words, env=env, cwd=folder, capture_output=True, text=True, timeout=600, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run
