"""Calls and transcripts as HTML, and a chart of the calls of each day. The API documents only the
`id` of a call, so columns are recognized by the names and the form of the values.
"""

import re
import time
from datetime import date, timedelta

from .display import is_masked
from .display_html import MAX_LENGTH, bundle, description, details, field_text, head, link, safely, table, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

_MAX_ROWS = 20
_MAX_TURNS = 200
_MAX_DAYS = 120
_MAX_VALUE = 240
_PREVIEW = 10
"""Turns that the first characters of a transcript are taken from."""
_ISO = re.compile(r"\d{4}-\d\d-\d\d(?![\d])")
_SPEAKER = re.compile(r"\s*([^\W\d_][\w .'-]{0,39}):(?!//)\s*(.*)", re.DOTALL)
_AGENT_NAMES = {"agent", "assistant", "ai", "bot", "system"}
_AUDIO = (".mp3", ".wav", ".ogg", ".m4a")


def _find(call: "Any", known: "Sequence[str]", part: str) -> "Any":
    """Returns the value of the first field with one of these names, or else whose name contains a
    part; `None` if all are empty."""
    others = (name for name in call._fields if re.search(part, name, re.IGNORECASE))
    for name in (*known, *others):
        if call._fields.get(name) not in (None, ""):
            return call._field(name)
    return None


def _transcript(call: "Any") -> "Any":
    return _find(call, ("transcript",), "transcript")


def when(call: "Any") -> "Any":
    """Returns the time of a call."""
    found = _find(call, ("started_at", "created_at"), r"_at$|(?-i:[a-z]At$)|(?:^|_)date(?:_|$)|timestamp")
    if found is not None:
        return found
    values = (call._field(name) for name in call._fields)
    return next((value for value in values if isinstance(value, str) and _ISO.match(value)), None)


def day(call: "Any") -> "date | None":
    """Returns the day of a call in UTC, or in the zone that the server writes."""
    value = when(call)
    try:
        if isinstance(value, str) and _ISO.match(value):
            return date.fromisoformat(value[:10])
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            # A number this large is milliseconds.
            moment = time.gmtime(value / 1000 if value > 100_000_000_000 else value)
            return date(moment.tm_year, moment.tm_mon, moment.tm_mday)
    except (ValueError, OverflowError, OSError):
        pass
    return None


def calls_of_days(calls: "Sequence[Any]") -> "dict[date, int]":
    """Returns the number of calls of each day, from the first to the last."""
    days = sorted(found for call in calls if (found := day(call)) is not None)
    counts: dict[date, int] = {}
    if days:
        first = max(days[0], days[-1] - timedelta(days=_MAX_DAYS - 1))
        counts = {first + timedelta(days=index): 0 for index in range((days[-1] - first).days + 1)}
        for found in days:
            if found in counts:
                counts[found] += 1
    return counts


def _duration(value: "Any") -> str:
    try:
        seconds = round(float(value))
        return f"{seconds // 60}:{seconds % 60:02}"
    except (TypeError, ValueError, OverflowError):
        return "" if value is None else text(value, 20)


def calls_html(calls: "list[Any]") -> str:
    """Returns calls as a table, with a chart of the calls of each day."""
    rows = []
    for call in calls[:_MAX_ROWS]:
        spoken = "" if is_masked() else " ".join(said for _, _, said in turns(_transcript(call), _PREVIEW))
        cells = [
            text(call._field("id"), 40),
            text(when(call) or "", 25),
            field_text("phone", _find(call, ("phone_number", "to"), "phone") or "", 30),
            _duration(_find(call, ("duration",), "duration")),
            text(_find(call, ("status",), "status") or "", 30),
            f'<span dir="auto">{text(spoken, 60)}</span>' if spoken else "",
        ]
        rows.append(cells)
    columns = ["id", "when", "to", "duration", "status", "transcript"]
    used = [index for index in range(len(columns)) if index == 0 or any(row[index] for row in rows)]
    shown = [[row[index] for index in used] for row in rows]
    names = [columns[index] for index in used]
    return f"<div>{_chart(calls)}{table(f'{len(calls)} calls', names, shown, len(calls) - len(rows))}</div>"


def _chart(calls: "list[Any]") -> str:
    counts = calls_of_days(calls)
    if len(counts) < 2:
        return ""
    width, most = 600 / len(counts), max(counts.values())
    bars = "".join(
        f'<rect x="{index * width:.1f}" y="{60 - 60 * count / most:.1f}" width="{max(width - 1, 1):.1f}" '
        f'height="{60 * count / most:.1f}"/>'
        for index, count in enumerate(counts.values())
        if count
    )
    days = [*counts]
    title = f"Calls of each day from {days[0]} to {days[-1]}, at most {most}"
    return (
        f'<svg role="img" width="600" height="60" viewBox="0 0 600 60" fill="currentColor" fill-opacity=".6" '
        f'style="max-width:100%"><title>{text(title)}</title>{bars}</svg>'
    )


def call_html(call: "Any") -> str:
    """Returns a call as a card with its transcript."""
    fields, transcript, others = [], "", []
    for name in call._fields:
        value = call._field(name)
        if name == "id" or value in (None, ""):
            continue
        if "transcript" in name.lower():
            transcript = transcript or ("" if is_masked() else transcript_html(value))
        elif "recording" in name.lower() and is_masked() and not isinstance(value, (str, bool, int, float)):
            # A list or an object can contain addresses.
            continue
        elif isinstance(value, str) and ("recording" in name.lower() or value.lower().split("?")[0].endswith(_AUDIO)):
            fields.append((name, link(value, "recording")))
        elif "duration" in name.lower():
            fields.append((name, _duration(value)))
        elif isinstance(value, str) and len(value) > _MAX_VALUE:
            others.append(details(f"{name} ({len(value)} characters)", value))
        else:
            fields.append((name, field_text(name, value, _MAX_VALUE)))
    title = head(type(call).__name__, text(call._field("id"), MAX_LENGTH))
    return f"<div>{title}{description(fields)}{''.join(others)}{transcript}</div>"


def turns(value: "Any", most: "int | None" = None) -> "list[tuple[str, Any, str]]":
    """Returns the first turns of a transcript: speaker, time and text of each."""
    if value is None:
        return []
    if isinstance(value, (list, tuple)):
        return [_turn(item) for item in value[:most]]
    if not isinstance(value, str):
        return [("", None, repr(value))]
    # A line without a speaker continues the turn of the line before it.
    found: list[tuple[str, list[str]]] = []
    for line in value.splitlines() if most is None else value[: most * MAX_LENGTH].splitlines():
        match = _SPEAKER.fullmatch(line)
        if match or not found:
            if len(found) == most:
                break
            found.append((match[1].strip(), [match[2]]) if match else ("", [line]))
        else:
            found[-1][1].append(line)
    return [(speaker, None, "\n".join(lines)) for speaker, lines in found]


def _turn(item: "Any") -> "tuple[str, Any, str]":
    if not isinstance(item, dict):
        return "", None, item if isinstance(item, str) else repr(item)

    def first(*names: str) -> "Any":
        return next((item[name] for name in names if item.get(name) not in (None, "")), None)

    said = first("text", "content", "message", "transcript")
    return str(first("speaker", "role", "from") or ""), first("time", "start", "offset", "timestamp"), str(said or "")


def transcript_html(value: "Any") -> str:
    """Returns a transcript as a list of turns. Those of the caller are indented."""
    spoken = turns(value)
    items = []
    for speaker, at, said in spoken[:_MAX_TURNS]:
        indent = "3em" if speaker and speaker.lower() not in _AGENT_NAMES else "0"
        named = f"<strong>{text(speaker, 40)}</strong> " if speaker else ""
        timed = f"<small>{text(_offset(at), 30)}</small> " if at is not None else ""
        style = f"margin:.25em 0 .25em {indent};white-space:pre-wrap;overflow-wrap:anywhere"
        items.append(f'<li style="{style}">{named}{timed}<span dir="auto">{text(said)}</span></li>')
    omitted = len(spoken) - len(items)
    more = f"<p><small>... {omitted} more turns</small></p>" if omitted else ""
    return f'<ol style="list-style:none;padding:0;margin:.5em 0">{"".join(items)}</ol>{more}' if items else ""


def _offset(at: "Any") -> str:
    if isinstance(at, (int, float)) and 0 <= at < 86_400:
        return f"{int(at) // 60}:{int(at) % 60:02}"
    return str(at)


class Transcript:
    """The transcript of a call, for notebooks.

    Args:
        call: A call, or its transcript: a string of lines such as `Agent: Hello`, or a list of
            turns.

    Example:
        >>> Transcript(client.calls.list(1001).items[0])
    """

    def __init__(self, call: object) -> None:
        fields = getattr(call, "_fields", None)
        self._value = call if fields is None else _transcript(call)

    def _html(self) -> "str | None":
        return None if is_masked() else transcript_html(self._value) or None

    def __repr__(self) -> str:
        spoken = turns(self._value)
        if is_masked() or not spoken:
            return f"Transcript({len(spoken)} turns)"
        return "\n".join(f"{speaker}: {said}" if speaker else said for speaker, _, said in spoken)

    def _repr_html_(self) -> "str | None":
        return safely(self._html)

    def _repr_mimebundle_(self, include: "Any" = None, exclude: "Any" = None) -> "dict[str, str]":
        return bundle(self, self._html)


def plot(calls: "list[Any]", axes: "Any" = None) -> "Any":
    """Draws the calls of each day with matplotlib. Returns the axes."""
    try:
        from matplotlib import pyplot  # type: ignore[import-not-found, unused-ignore]
    except ImportError:
        raise ImportError("plot needs matplotlib: pip install matplotlib") from None
    counts = calls_of_days(calls)
    if not counts:
        raise ValueError("plot: the calls have no time, such as created_at; use to_pandas() and plot another column")
    if axes is not None and not hasattr(axes, "bar"):
        raise ValueError(f"plot: axes: expected the axes of a figure of matplotlib, got {type(axes).__name__}")
    if axes is None:
        _, axes = pyplot.subplots()
    axes.bar([*counts], [*counts.values()])
    axes.set_ylabel("calls")
    axes.figure.autofmt_xdate()
    return axes
