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
SESSION = "callfluent_session_sandbox"

#: The variables that the session's sandbox has changed: their values before, and its values.
_session: tuple[dict[str, str | None], dict[str, str | None]] | None = None


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
    """Allows connections for a test with the marker, and for its fixtures.

    The variables of the session's sandbox do not apply to it: its requests would succeed without
    the real API. They do if the test uses that sandbox.
    """
    if item.get_closest_marker(LIVE) is None:
        yield
        return
    before = set_offline(False)
    leaves_sandbox = SESSION not in getattr(item, "fixturenames", ())
    if _session and leaves_sandbox:
        _set_variables(_session[0])
    try:
        yield
    finally:
        if _session and leaves_sandbox:
            _set_variables(_session[1])
        set_offline(before)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Warns about settings that no fixture of a test uses."""
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        is_unused = SESSION in fixtures and not fixtures & {"callfluent_sandbox", "callfluent_demo_sandbox"}
        if is_unused and item.get_closest_marker(SETTINGS) is not None:
            text = f"the marker {SETTINGS} has no effect on {SESSION}, which is older than the test"
            item.warn(pytest.PytestWarning(text))


def _set_variables(values: dict[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


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
    """Returns the settings of all markers. The nearest marker wins."""
    settings: dict[str, Any] = {}
    for marker in request.node.iter_markers(SETTINGS):
        if marker.args:
            raise pytest.UsageError(f"{SETTINGS} takes keyword arguments only, such as {SETTINGS}(demo=True)")
        settings = {**marker.kwargs, **settings}
    return settings


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

    Tests share its state. `reset()` restores the initial state. The marker `callfluent_sandbox` has
    no effect on it.
    """
    global _session
    names = ("CALLFLUENT_OFFLINE", "CALLFLUENT_BASE_URL", "CALLFLUENT_API_KEY")
    before = {name: os.environ.get(name) for name in names}
    with pytest.MonkeyPatch.context() as environment, _started(environment) as sandbox:
        _session = before, {name: os.environ.get(name) for name in names}
        try:
            yield sandbox
        finally:
            _session = None
