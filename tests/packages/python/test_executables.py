"""Programs that are packed into one file or folder, which runs without the environment."""

import subprocess
import sys
from pathlib import Path

import pytest
from conftest import PROGRAM, WHEEL, Run, is_expected


def build(folder: Path, *command: object) -> None:
    words = [sys.executable, "-m", *(str(word) for word in command)]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=1800, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_pex_packs_a_program(run: Run, tmp_path: Path) -> None:
    packed = tmp_path / "program.pex"
    build(tmp_path, "pex", WHEEL, "--exe", PROGRAM, "--output-file", packed)
    assert is_expected(run(sys.executable, packed))


def test_shiv_packs_a_program(run: Run, tmp_path: Path) -> None:
    packed = tmp_path / "program.pyz"
    build(tmp_path, "shiv", "--no-deps", "--no-index", WHEEL, "--output-file", packed)
    assert is_expected(run(sys.executable, packed, PROGRAM))


@pytest.mark.slow
def test_pyinstaller_finds_all_modules(run: Run, tmp_path: Path) -> None:
    build(tmp_path, "PyInstaller", "--onefile", "--distpath", tmp_path, "--specpath", tmp_path, PROGRAM)
    assert is_expected(run(tmp_path / PROGRAM.stem))


@pytest.mark.slow
def test_nuitka_compiles_a_program(run: Run, tmp_path: Path) -> None:
    included = [
        "--include-package=callfluent",
        "--nofollow-import-to=pytest",
        "--nofollow-import-to=callfluent.pytest_plugin",
    ]
    build(
        tmp_path, "nuitka", "--standalone", "--assume-yes-for-downloads", *included, f"--output-dir={tmp_path}", PROGRAM
    )
    assert is_expected(run(tmp_path / f"{PROGRAM.stem}.dist" / f"{PROGRAM.stem}.bin"))
