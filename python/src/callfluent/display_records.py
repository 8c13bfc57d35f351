"""Cards of agents, tables of records, and errors, as HTML for notebooks."""

from .display import is_masked
from .display_calls import call_html, calls_html
from .display_html import (
    LINE,
    MAX_LENGTH,
    TEXT,
    description,
    details,
    field_text,
    head,
    shown_fields,
    table,
    text,
    without_transcripts,
)
from .short_text import short_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_MAX_ROWS = 100
_MAX_COLUMNS = 8
# Parts of the prompt, which are long.
_PROMPT = ("background", "goal", "tone", "instructions", "script")
# The first columns of a table.
_FIRST = ("id", "name", "format", "phone_number", "lang", "voice", "agent_type", "timezone")
_HEAD = ("format", "id", "phone_number")


def record_html(record: "Any") -> str:
    """Returns a record as HTML: a card of an agent or a call, and a list of fields otherwise."""
    name = type(record).__name__
    if name == "Agent":
        return _agent(record, [])
    if name == "AgentDetails" and type(record.agent).__name__ == "Agent":
        return _agent(record.agent, _counts(record))
    if name in ("Call", "StartedCall"):
        return call_html(record)
    fields = [(field, _short(field, record._field(field))) for field in shown_fields(record)]
    return f"<div>{head(name)}{description(fields)}</div>"


def records_html(records: "list[Any]") -> str:
    """Returns records as a table."""
    if records and type(records[0]).__name__ == "Call":
        return calls_html(records)
    found = {name: None for record in records for name in shown_fields(record)}
    names = [*(name for name in _FIRST if name in found), *(name for name in found if name not in _FIRST)]
    columns = names[:_MAX_COLUMNS]
    rows = [
        [_short(name, record[name]) if name in record else "" for name in columns] for record in records[:_MAX_ROWS]
    ]
    if len(names) > len(columns):
        columns.append(f"... {len(names) - len(columns)} more fields")
        for row in rows:
            row.append("")
    kinds = {type(record).__name__ for record in records}
    kind = kinds.pop() if len(kinds) == 1 else "Record"
    return table(f"{kind} ({len(records)})", columns, rows, len(records) - len(rows))


def _short(name: str, value: object) -> str:
    if isinstance(value, str):
        return field_text(name, value)
    return field_text(name, value if isinstance(value, int) else short_text(without_transcripts(value)))


def _counts(record: "Any") -> "list[str]":
    files, calls = record._field("files"), record._field("total_calls")
    counts = [_count(files, "files")] if isinstance(files, list) else []
    return [*counts, f"{calls} call{'' if calls == 1 else 's'}"] if isinstance(calls, int) else counts


def _count(values: "list[Any]", name: str) -> str:
    return f"{len(values)} {name.removesuffix('s') if len(values) == 1 else name}"


def _agent(agent: "Any", counts: "list[str]") -> str:
    fields: Mapping[str, Any] = {name: agent._field(name) for name in shown_fields(agent)}
    others = [field_text(name, fields[name]) for name in _HEAD if fields.get(name) not in (None, "")]
    title = head(fields.get("name") or "Agent", *others)
    lists = [_count(value, name.replace("_", " ")) for name, value in fields.items() if isinstance(value, list)]
    shown = [
        (name, field_text(name, value, MAX_LENGTH * 4))
        for name, value in fields.items()
        if name not in ("name", *_HEAD, *_PROMPT) and value not in (None, "") and isinstance(value, (str, int, float))
    ]
    prompt = [
        details(f"{name} ({len(value)} characters)", value)
        for name in _PROMPT
        if isinstance(value := fields.get(name), str) and value
    ]
    counted = " &middot; ".join(text(count) for count in [*lists, *counts])
    foot = f'<p style="{LINE}"><small>{counted}</small></p>' if counted else ""
    return f"<div>{title}{description(shown)}{''.join(prompt)}{foot}</div>"


def error_html(error: "Any") -> str:
    """Returns an error as HTML: its message, what the request was, and the invalid fields."""
    names = ("status_code", "method", "url", "request_id", "attempts", "retry_after", "outcome_unknown")
    values = [(name.replace("_", " "), getattr(error, name, None)) for name in names]
    fields = [(name, text(value, MAX_LENGTH * 4)) for name, value in values if value not in (None, "", 0, False)]
    invalid = [[text(field), text(reason)] for field, reason in getattr(error, "field_errors", ())]
    listed = table("Invalid fields", ["field", "reason"], invalid) if invalid else ""
    body = getattr(error, "body", None)
    response = details(f"response ({len(body)} characters)", body) if body and not is_masked() else ""
    message = f'<p style="{TEXT}">{text(getattr(error, "message", "") or str(error))}</p>'
    style = "border-left:.25em solid currentColor;padding-left:.75em"
    return f'<div style="{style}">{head(type(error).__name__)}{message}{description(fields)}{listed}{response}</div>'
