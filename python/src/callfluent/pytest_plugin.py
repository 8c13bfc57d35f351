"""pytest plugin: tests do not reach the real API, and fixtures are local sandboxes of it.

Each xdist worker is a process with sandboxes of its own on free ports.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from ._callfluent import set_offline

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .sandbox import Sandbox


LIVE = "callfluent_live"
SETTINGS = "callfluent_sandbox"


def pytest_configure(config: pytest.Config) -> None:
    """Sets the process offline, unless `CALLFLUENT_OFFLINE=0` allows connections.

    It does so before any test module is imported, and not in the fixtures: a client that a module
    creates on import is older than they are, and its test would call people.
    """
    config.addinivalue_line("markers", f"{SETTINGS}(**settings): settings of the sandbox fixtures of this test.")
    config.addinivalue_line("markers", f"{LIVE}: the clients of this test may reach the real CallFluent API.")
    if os.environ.get("CALLFLUENT_OFFLINE", "").strip().lower() not in ("0", "false", "no", "off"):
        before = set_offline(True)

        def restore() -> None:
            set_offline(before)

        config.add_cleanup(restore)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Allows connections for a test with the marker, and for its fixtures."""
    if item.get_closest_marker(LIVE) is None:
        yield
        return
    before = set_offline(False)
    try:
        yield
    finally:
        set_offline(before)


@contextmanager
def _started(environment: pytest.MonkeyPatch, **settings: Any) -> Iterator[Sandbox]:
    """Starts a sandbox and sets the variables, so that the code under test needs no setup.

    `CALLFLUENT_OFFLINE` stays if it is set. Child processes of a test inherit it.
    """
    from .sandbox import Sandbox

    with Sandbox(**settings) as sandbox:
        if "CALLFLUENT_OFFLINE" not in os.environ:
            environment.setenv("CALLFLUENT_OFFLINE", "1")
        environment.setenv("CALLFLUENT_BASE_URL", sandbox.base_url)
        environment.setenv("CALLFLUENT_API_KEY", sandbox.api_key)
        yield sandbox


def _settings(request: pytest.FixtureRequest) -> dict[str, Any]:
    marker = request.node.get_closest_marker(SETTINGS)
    return {} if marker is None else dict(marker.kwargs)


@pytest.fixture
def callfluent_sandbox(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A new sandbox for this test; see `callfluent.sandbox`.

    `CallFluent()` without arguments is a client of it: `CALLFLUENT_BASE_URL` and
    `CALLFLUENT_API_KEY` are set. The marker `callfluent_sandbox` passes settings of the sandbox,
    such as `@pytest.mark.callfluent_sandbox(likely_fields=True)`.
    """
    with _started(monkeypatch, **_settings(request)) as sandbox:
        yield sandbox


@pytest.fixture
def callfluent_demo_sandbox(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A new sandbox for this test with demo data: two workspaces, six agents and sixty calls."""
    with _started(monkeypatch, **{"demo": True, **_settings(request)}) as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def callfluent_session_sandbox() -> Iterator[Sandbox]:
    """One sandbox for all tests of this process, e.g. for an application that starts once.

    Tests share its state. `reset()` restores the initial state.
    """
    with pytest.MonkeyPatch.context() as environment, _started(environment) as sandbox:
        yield sandbox
