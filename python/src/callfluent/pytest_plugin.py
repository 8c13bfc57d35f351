"""The pytest fixture `callfluent_sandbox`: a new sandbox for each test that uses it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .sandbox import Sandbox


@pytest.fixture
def callfluent_sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A local CallFluent API; see `callfluent.sandbox`.

    Sets `CALLFLUENT_OFFLINE=1` unless the variable is set, so that no client of the test reaches
    the real API.
    """
    from .sandbox import Sandbox

    if "CALLFLUENT_OFFLINE" not in os.environ:
        monkeypatch.setenv("CALLFLUENT_OFFLINE", "1")
    with Sandbox() as sandbox:
        yield sandbox
