"""Installations of the wheel as servers and functions have it."""

import os
import shutil
import signal
import subprocess
import sys
import time
import zipapp
from pathlib import Path

import pytest
from conftest import PROGRAM, WHEEL, Run, is_expected


def test_the_package_needs_no_home(environment: Path, run: Run, tmp_path: Path) -> None:
    missing = str(tmp_path / "missing")
    variables = {"HOME": missing, "TMPDIR": missing, "XDG_CACHE_HOME": missing, "XDG_CONFIG_HOME": missing}
    assert is_expected(run(environment, "-B", PROGRAM, **variables))
    assert not Path(missing).exists()


@pytest.mark.skipif(sys.platform != "linux", reason="a function runs on Linux")
def test_pip_for_another_machine_makes_a_folder_for_a_function(run: Run, tmp_path: Path) -> None:
    if "manylinux2014" not in WHEEL.name and "manylinux_2_17" not in WHEEL.name:
        pytest.skip("a wheel for tests has the libraries of this machine; cargo xtask package builds it for all")
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    platform = ["--platform", "manylinux2014_x86_64", "--implementation", "cp", "--python-version", version]
    source = ["--no-index", "--find-links", WHEEL.parent, "--only-binary", ":all:"]
    function = tmp_path / "function"
    run(sys.executable, "-m", "pip", "install", "--quiet", *platform, *source, "--target", function, "callfluent")
    assert is_expected(run(sys.executable, "-S", PROGRAM, PYTHONPATH=str(function)))


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="the system cannot freeze a process")
def test_a_frozen_process_sends_requests_after_it_thaws(environment: Path, tmp_path: Path) -> None:
    """A function is frozen between two requests."""
    source = (
        "import sys\nfrom callfluent import CallFluent\nfrom callfluent.sandbox import Sandbox\n"
        "with Sandbox() as sandbox, sandbox.client() as client:\n"
        "    for line in sys.stdin:\n        print(len(client.workspaces.list()), flush=True)\n"
    )
    process = subprocess.Popen([environment, "-c", source], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with process:
        assert process.stdin and process.stdout
        counts = []
        for _ in range(2):
            print("next", file=process.stdin, flush=True)
            counts.append(process.stdout.readline())
            os.kill(process.pid, signal.SIGSTOP)
            time.sleep(1)
            os.kill(process.pid, signal.SIGCONT)
        process.stdin.close()
    assert counts[0].strip().isdigit() and counts[1] == counts[0]
    assert process.returncode == 0


def test_a_zip_archive_names_the_remedy(environment: Path, tmp_path: Path) -> None:
    package = next(environment.parent.parent.rglob("site-packages/callfluent"))
    folder = tmp_path / "archive"
    folder.mkdir()
    shutil.copytree(package, folder / "callfluent")
    (folder / "__main__.py").write_text(PROGRAM.read_text())
    archive = tmp_path / "program.pyz"
    zipapp.create_archive(folder, archive)
    done = subprocess.run([sys.executable, "-I", "-S", archive], capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "ImportError: callfluent's native module is missing in" in done.stderr
    assert "pex or shiv" in done.stderr
