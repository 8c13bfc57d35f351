"""Programs of their own, for what cannot be seen from inside of the tests' process."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

DEVELOPMENT = ("-X", "dev")


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
