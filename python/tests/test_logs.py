"""Logging of differences from the documentation, with and without listeners."""

from __future__ import annotations

from processes import run
from server import KEY, Reply, Server

DIFFERENT = Reply.ok([{"id": 1, "name": "a", "new": 1}])
CALL = """
from callfluent import CallFluent
with CallFluent() as client:
    client.workspaces.list()
    assert [path for path, *_ in client.drift()] == ["Workspace.new"]
"""


def written(before: str, after: str = "", **environment: str) -> str:
    """Returns the standard error of a program that receives an undocumented field."""
    with Server(DIFFERENT) as server:
        code = before + CALL + after
        done = run(code, CALLFLUENT_API_KEY=KEY, CALLFLUENT_BASE_URL=server.base_url, **environment)
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_without_logging_only_drift_reports_a_difference() -> None:
    assert written("", "import sys; assert 'logging' not in sys.modules") == ""


def test_nothing_is_printed_without_configured_logging() -> None:
    assert written("import logging") == ""
    assert written("import asyncio") == ""


def test_with_configured_logging_drift_is_a_warning() -> None:
    shown = written("import logging; logging.basicConfig()")
    assert shown.startswith("WARNING:callfluent:") and "Workspace.new" in shown
    assert len(shown.splitlines()) == 1, "requests are logged at the level DEBUG"


def test_a_handler_of_the_application_is_the_only_one() -> None:
    code = "import logging; logging.getLogger('callfluent').addHandler(logging.StreamHandler())"
    assert written(code, "assert len(logging.getLogger('callfluent').handlers) == 1").count("Workspace.new") == 1


def test_the_environment_variable_enables_logging() -> None:
    assert "WARNING callfluent: " in written("", CALLFLUENT_LOG="warning")
    assert "DEBUG callfluent: request" in written("", CALLFLUENT_LOG=" Debug ")
    assert written("", CALLFLUENT_LOG="error") == ""


def test_an_invalid_log_level_is_reported_once() -> None:
    shown = written("", CALLFLUENT_LOG="bogus")
    assert shown.splitlines() == [
        "CALLFLUENT_LOG=bogus is not a log level; use one of debug, info, warning, error, critical"
    ]


def test_no_record_is_printed_twice() -> None:
    shown = written("import logging; logging.basicConfig()", CALLFLUENT_LOG="debug")
    assert shown.count("Workspace.new") == 1 and shown.count("request method=GET") == 1
    assert shown.startswith("DEBUG:callfluent:"), "as the application has it"
    code = "import logging; logging.basicConfig(); logging.getLogger().handlers[0].setLevel('ERROR')"
    assert written(code, CALLFLUENT_LOG="debug").count("request method=GET") == 1, (
        "the application's shows errors alone"
    )
