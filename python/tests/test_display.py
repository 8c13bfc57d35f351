"""Records, lists, calls and errors in notebooks: escaped, without colors, requests and errors."""

from __future__ import annotations

import asyncio
import html.parser
import re
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
from arbitrary import arbitrary
from hypothesis import given
from hypothesis import strategies as st

from callfluent import Agent, Call, NotFoundError, PhoneNumberList, RateLimitError, Records, display
from callfluent.display import Transcript
from callfluent.display_calls import calls_of_days, turns
from callfluent.sandbox import Sandbox

HOSTILE = [
    "<script>alert(1)</script>",
    "'\" onmouseover=alert(1) x='",
    "\u202etxt.exe\u2066",
    "nul\0 and \x1b[31m",
    "lone \ud800 surrogate",
    "</td></table><img src=x onerror=alert(1)>",
    "x" * 1_000_000,
    "javascript:alert(1)//.mp3",
    "]]>--><!--",
]
TAGS = {
    *("a", "dd", "details", "div", "dl", "dt", "li", "ol", "p", "rect", "small", "span", "strong", "summary", "svg"),
    *("table", "tbody", "td", "tfoot", "th", "thead", "title", "tr", "caption"),
}
ATTRIBUTES = {
    *(
        "border",
        "class",
        "colspan",
        "dir",
        "fill",
        "fill-opacity",
        "height",
        "href",
        "rel",
        "role",
        "scope",
        "style",
        "viewbox",
    ),
    *("width", "x", "y"),
}
VOID = {"rect"}
COLORS = re.compile(
    r"#[0-9a-fA-F]{3,8}\b|rgba?\(|hsla?\(|(?:color|background|border[^:;]*):[^;\"]*\b(?:red|white|black)\b"
)


class Checker(html.parser.HTMLParser):
    """Checks that HTML has only known elements and attributes, and closes all of them."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS, tag
        for name, value in attributes:
            assert name in ATTRIBUTES, name
            if name == "href":
                assert (value or "").startswith(("http://", "https://"))
            if name == "style":
                assert not COLORS.search(value or ""), value
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attributes)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)


def check(shown: Any) -> str:
    """Checks both representations, and returns the text of the HTML."""
    bundle = shown._repr_mimebundle_()
    made = shown._repr_html_()
    assert made == bundle["text/html"] and isinstance(bundle["text/plain"], str)
    made.encode()
    checker = Checker()
    checker.feed(made)
    checker.close()
    assert checker.open == []
    return checker.text


@pytest.fixture(autouse=True)
def unmasked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(display, "mask", None)
    monkeypatch.delenv("CALLFLUENT_MASK", raising=False)


@pytest.fixture
def closed() -> Iterator[dict[str, Any]]:
    """Results of a sandbox that is closed by now: displaying them cannot send a request."""
    with Sandbox(demo=True) as sandbox, sandbox.client(max_retries=0) as client:
        started = client.calls.start(1002, "+15550001234")
        sandbox.advance(600)
        with pytest.raises(NotFoundError) as error:
            client.agents.get(99_999)
        calls = client.calls.list(1002)
        _ = calls.items
        results = {
            "agent": client.agents.get(1002).agent,
            "details": client.agents.get(1002),
            "agents": client.agents.list(1),
            "calls": calls,
            "page": calls.items,
            "call": calls.items[0],
            "started": started,
            "numbers": client.phone_numbers.list(1, "outbound"),
            "profile": client.user.profile(),
            "error": error.value,
            "unfetched": client.calls.list(1001),
        }
    yield results


def test_displaying_sends_no_request(closed: dict[str, Any]) -> None:
    unfetched = closed.pop("unfetched")
    assert unfetched._repr_html_() is None and [*unfetched._repr_mimebundle_()] == ["text/plain"]
    texts = {name: check(result) for name, result in closed.items()}
    assert "calls" in texts["calls"] and "completed" in texts["calls"] and "duration" in texts["calls"]
    assert "Agent" in texts["call"] and "How can I help?" in texts["call"]
    assert "instructions (" in texts["agent"] and "1 file" in texts["details"]
    assert "99999" in texts["error"] and "404" in texts["error"]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_values_are_escaped(hostile: str) -> None:
    nested = {"text": hostile, hostile: [hostile], "role": hostile}
    fields = {"id": hostile, "name": hostile, hostile: hostile, "transcript": [nested, hostile], "url": hostile}
    times = {"created_at": hostile, "duration": hostile, "status": hostile, "phone_number": hostile}
    shown = [
        Agent({**fields, "format": hostile, "background": hostile, "tags": [hostile]}),
        Call({**fields, **times}),
        Records([Call({**fields, **times}), Call({"id": 1, "transcript": hostile})]),
        Records([Agent(fields), Agent(fields)]),
        RateLimitError(hostile, body=hostile, url=hostile, field_errors=[(hostile, hostile)]),
        Transcript(Call(fields)),
        PhoneNumberList({"numbers": [{"number": hostile}], "in_use": {hostile: hostile}}),
    ]
    for each in shown:
        text = check(each)
        assert "\u202e" not in text and "\0" not in text and len(text) < 200_000


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
NAMES = (
    st.sampled_from(["id", "status", "duration", "started_at", "transcript", "phone_number", "recording"]) | st.text()
)


@arbitrary
@given(st.dictionaries(NAMES, JSON, max_size=6))
def test_any_record_is_shown(fields: dict[str, Any]) -> None:
    for record in (Call(fields), Agent(fields), Records([Call(fields)]), Records([Agent(fields)])):
        check(record)


def test_calls_are_a_table_with_a_chart() -> None:
    days = ["2026-01-01T10:00:00Z", "2026-01-03T09:00:00Z", "2026-01-03T11:00:00Z"]
    calls = Records([Call(id=index, started_at=days[index % 3], duration=75) for index in range(30)])
    text = check(calls)
    assert "30 calls" in text and "1:15" in text and "... 10 more" in text
    assert "Calls of each day from 2026-01-01 to 2026-01-03, at most 20" in text
    assert [*calls_of_days([*calls]).values()] == [10, 0, 20]
    epoch = [Call(id=1, created_at=1_767_225_600), Call(id=2, created_at=1_767_225_600_000)]
    assert [(str(day), count) for day, count in calls_of_days(epoch).items()] == [("2026-01-01", 2)]


def test_a_long_transcript_is_cut() -> None:
    lines = "\n".join(f"{'Agent' if index % 2 else 'Caller'}: line {index}" for index in range(250))
    text = check(Transcript(lines))
    assert "line 199" in text and "line 200" not in text and "... 50 more turns" in text
    turns = [{"role": "assistant", "content": "مرحبا", "time": 65}, {"speaker": "user", "text": "Hello"}]
    assert "1:05" in check(Transcript(turns)) and 'dir="auto"' in (Transcript(turns)._repr_html_() or "")


@pytest.mark.parametrize("how", ["module", "environment"])
def test_a_mask_hides_numbers_and_transcripts(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if how == "module":
        monkeypatch.setattr(display, "mask", True)
    else:
        monkeypatch.setenv("CALLFLUENT_MASK", "1")
    call = Call(id=50_012, to="+15550001234", started_at="2026-01-01T10:00:00Z", transcript="Agent: secret words")
    for shown in (call, Records([call])):
        bundle = shown._repr_mimebundle_()
        assert "+1 *** *** 1234" in bundle["text/html"] and "2026-01-01T10:00:00Z" in bundle["text/html"]
        assert "secret" not in "".join(bundle.values()) and "5550001234" not in "".join(bundle.values())
    assert "secret" not in "".join(Transcript(call)._repr_mimebundle_().values())


def test_a_mask_holds_in_each_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(display, "mask", True)
    number, nested = "5550987", {"call_transcript": "secret", "text": "of +1 (555) 000-1234"}
    recording = {"recording_url": "https://example.com/secret.mp3"}
    shown: list[Any] = [
        Call({"id": 1, "caller": number, "analysis": nested, "items": [nested], **recording}),
        Call({"id": 1, "phone_number": 15550001234, "from": 5550987}),
        Call({"id": 1, "recordings": ["https://example.com/secret"], "recording": {"url": "secret"}}),
        Call({"id": 1, "media": {"recordingUrl": "https://example.com/secret"}}),
        Records([Agent({"name": "a", "recordings": ["secret"], "last": {"recording": ["secret"]}})]),
        Agent({"name": "a", "phone_number": number, "transcript": "secret", "goal": "Phone +1 555 000 1234"}),
        Records([Agent({"name": "a", "phone_number": number, "last": nested, "transcript": "secret"})]),
        PhoneNumberList({"numbers": [{"number": number}], "in_use": {}}),
        NotFoundError("no agent has +15550001234", body='{"transcript": "secret"}'),
    ]
    for each in shown:
        bundle = "".join(each._repr_mimebundle_().values())
        assert "secret" not in bundle and number not in bundle and "555" not in bundle, bundle
    times = "2026-01-01 10:00:00 2026-01-01"
    assert times in check(Call({"id": 5, "note": times}))
    monkeypatch.setattr(display, "mask", False)
    monkeypatch.setenv("CALLFLUENT_MASK", "1")
    assert "secret" in shown[0]._repr_html_()


class Broken:
    """A value that cannot be shown."""

    def __repr__(self) -> str:
        raise RuntimeError("broken")


class BrokenText(str):
    """A string that fails while it is escaped."""

    def __len__(self) -> int:
        raise RuntimeError("broken")


def test_an_error_in_display_code_is_not_raised() -> None:
    for broken in (Agent({"name": Broken()}), Call({"id": Broken()}), Records([Agent({"name": Broken()})])):
        assert "&lt;Broken&gt;" in (broken._repr_html_() or "") or broken._repr_html_() is None
        assert broken._repr_mimebundle_()["text/plain"].startswith(f"<{type(broken).__name__}")
    agent = Agent({"name": BrokenText("a")})
    assert agent._repr_html_() is None and [*agent._repr_mimebundle_()] == ["text/plain"]
    deep: list[Any] = []
    for _ in range(5000):
        deep = [deep]
    assert [*Call({"id": 1, "deep": deep})._repr_mimebundle_()][0] == "text/plain"


def test_texts_of_all_languages_stay_as_they_are() -> None:
    spoken = "10\xa0000\u202f€, می\u200cخواهم, \N{FAMILY}\u200d, שלום\u200f, 日本\u3000語"
    assert spoken in check(Transcript([{"role": "user", "text": spoken}]))
    assert "one\ntwo" in check(Agent(name="a", background="one\r\ntwo"))


def test_a_long_transcript_is_read_in_linear_time() -> None:
    started = time.process_time()
    for text in ("\n" * 500_000, " " * 500_000, "Agent: a\n" * 50_000):
        assert check(Records([Call(id=1, transcript=text), Call(id=2)]))
        assert [*Transcript(text)._repr_mimebundle_()][0] == "text/plain"
    assert time.process_time() - started < 15
    assert turns("Agent: see\nhttps://example.com\nmore")[0][2] == "see\nhttps://example.com\nmore"


def test_rich_shows_the_fields() -> None:
    assert [*Agent(id=7, name="a").__rich_repr__()] == [("id", 7), ("name", "a")]


def test_a_plot_needs_matplotlib(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match="plot needs matplotlib: pip install matplotlib"):
        Records([Call(id=1, created_at="2026-01-01")]).plot()


def test_a_plot_has_a_bar_for_each_day() -> None:
    matplotlib = pytest.importorskip("matplotlib", reason="installed for the newest Python only")
    matplotlib.use("agg")
    calls = Records([Call(id=1, created_at="2026-01-01"), Call(id=2, created_at="2026-01-03")])
    axes = calls.plot()
    assert [bar.get_height() for bar in axes.patches] == [1, 0, 1] and calls.plot(axes) is axes
    with pytest.raises(ValueError, match="plot: the calls have no time"):
        Records([Call(id=1)]).plot()


@pytest.mark.parametrize("is_async", [False, True])
def test_a_list_plots_all_its_pages(is_async: bool) -> None:
    pytest.importorskip("matplotlib", reason="installed for the newest Python only").use("agg")

    async def plot() -> Any:
        async with sandbox.async_client() as client:
            return await client.calls.list(1001).plot()

    with Sandbox(demo=True) as sandbox, sandbox.client() as client:
        axes = asyncio.run(plot()) if is_async else client.calls.list(1001).plot()
        count = len([*client.calls.list(1001)])
    assert count > 20 and sum(bar.get_height() for bar in axes.patches) == count
