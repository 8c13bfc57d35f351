"""The pytest fixture `callfluent_sandbox`: a fresh sandbox for each test that asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .sandbox import Sandbox


@pytest.fixture
def callfluent_sandbox() -> Iterator[Sandbox]:
    """A local CallFluent API; see `callfluent.sandbox`."""
    from .sandbox import Sandbox

    with Sandbox() as sandbox:
        yield sandbox
