"""The parts that cards and tables consist of, as HTML for notebooks. Each value is escaped here.

The HTML has no colors, no script, no ID and no style sheet: it inherits the theme of each notebook,
and is the same after a change of the theme or an export.
"""

import re
from html import escape

from .display import is_masked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

MAX_LENGTH = 60
"""Characters of a value in a table."""
MAX_TEXT = 20_000
"""Characters of a value that is shown whole."""
LINE = "margin:0"
TEXT = "white-space:pre-wrap;overflow-wrap:anywhere;margin:.5em 0"
# Some notebooks give names a width and a margin.
_NAME = "margin:0;width:auto;max-width:20em"
_LIST = "display:grid;grid-template-columns:max-content auto;gap:0 1em;margin:.5em 0"
# Spaces, joiners and marks that texts in many languages need. `isprintable` is false for them.
_ORDINARY = "\n\t\xa0\u00ad\u2009\u200c\u200d\u200e\u200f\u202f\u3000"
_DIGITS = re.compile(r"[\d.:+-]*")
_NUMBER_NAMES = ("to", "from", "caller", "callee", "number", "numbers")
# Dates have as many digits as phone numbers.
_NUMBER = re.compile(r"(\d{4}-\d\d-\d\d(?:[T ][\d:.]+)?)|\+?\d[\d ().-]{5,}\d")


def bundle(shown: object, html: "Callable[[], str | None]") -> "dict[str, str]":
    """Returns the representations of an object by MIME type. HTML that fails is omitted."""
    texts = {"text/plain": f"<{type(shown).__name__}>"}
    # A representation as text can contain a transcript.
    if not is_masked():
        texts["text/plain"] = _representation(shown)
    made = safely(html)
    if made is not None:
        texts["text/html"] = made
    return texts


def safely(html: "Callable[[], str | None]") -> "str | None":
    """Returns HTML; `None` if it cannot be made, because display code must not raise."""
    try:
        return html()
    except Exception:
        return None


def _representation(value: object) -> str:
    try:
        return repr(value)
    except Exception:
        return f"<{type(value).__name__}>"


def text(value: object, limit: int = MAX_TEXT) -> str:
    """Returns a value as text for HTML, also within an attribute."""
    string = value if isinstance(value, str) else _representation(without_transcripts(value))
    # A long value is cut before each character is looked at.
    string, rest = string[: limit + 1], len(string) - limit
    if rest > 0:
        string = f"{string[:limit]}..."
    if is_masked():
        string = _NUMBER.sub(_masked_number, string)
    return escape("".join(map(_visible, string.replace("\r\n", "\n"))), quote=True)


def field_text(name: str, value: object, limit: int = MAX_LENGTH) -> str:
    """Returns the value of a field as text for HTML. A field with a number is masked whole."""
    is_number = "phone" in name.lower() or name.lower() in _NUMBER_NAMES
    if is_number and is_masked() and isinstance(value, (str, int)):
        digits = [character for character in str(value) if character.isdigit()]
        return _masked_digits(digits) if digits else ""
    return text(value, limit)


def without_transcripts(value: "Any") -> "Any":
    """Returns a value without the transcripts and recordings in it, if they are masked."""
    if not is_masked():
        return value
    if isinstance(value, dict):
        return {name: without_transcripts(item) for name, item in value.items() if not _is_hidden(str(name), item)}
    return [without_transcripts(item) for item in value] if isinstance(value, list) else value


def shown_fields(record: "Any") -> "list[str]":
    """Returns the names of the fields of a record, without masked ones."""
    return [name for name, value in record._fields.items() if not (is_masked() and _is_hidden(name, value))]


def _is_hidden(name: str, value: object) -> bool:
    """Returns true for transcripts and recordings; a boolean or a number is a setting."""
    is_recording = "recording" in name.lower() and not isinstance(value, (bool, int, float))
    return is_recording or "transcript" in name.lower()


def _visible(character: str) -> str:
    """Returns a character, or the code of one that is not printable or turns the direction of the
    text."""
    if character in _ORDINARY or character.isprintable():
        return character
    return f"\\u{ord(character):04x}" if ord(character) < 0x10000 else "\N{REPLACEMENT CHARACTER}"


def _masked_number(found: "re.Match[str]") -> str:
    number = found.group()
    digits = [character for character in number if character.isdigit()]
    # Dates and short IDs are not phone numbers.
    if found.group(1) or len(digits) < 7 or (not number.startswith("+") and len(digits) < 9):
        return number
    return _masked_digits(digits)


def _masked_digits(digits: "list[str]") -> str:
    # The first digit is the country code of a whole number.
    country = f"+{digits[0]} " if len(digits) > 10 else ""
    return f"{country}*** *** {''.join(digits[-4:]) if len(digits) > 6 else '***'}"


def link(url: str, label: str) -> str:
    """Returns a link that nothing follows by itself; the text of other addresses."""
    if is_masked():
        return f"{text(label)} (masked)"
    if not url.lower().startswith(("http://", "https://")):
        return text(url, MAX_LENGTH)
    return f'<a href="{text(url)}" rel="noreferrer noopener">{text(label)}</a>'


def description(fields: "Iterable[tuple[str, str]]") -> str:
    """Returns names and HTML of values as a list."""
    rows = "".join(
        f'<dt style="{_NAME}">{text(name, MAX_LENGTH)}</dt><dd style="{LINE}">{value}</dd>' for name, value in fields
    )
    return f'<dl style="{_LIST}">{rows}</dl>' if rows else ""


def details(summary: str, content: object) -> str:
    """Returns a text that can be opened."""
    return f'<details><summary>{text(summary)}</summary><p dir="auto" style="{TEXT}">{text(content)}</p></details>'


def head(title: object, *others: str) -> str:
    """Returns the first line of a card: a title, and HTML of other values."""
    rest = " &middot; ".join(other for other in others if other)
    return f'<p style="{LINE}"><strong>{text(title, MAX_LENGTH)}</strong>{" &middot; " if rest else ""}{rest}</p>'


def _style(cells: "list[str]") -> str:
    """Returns the style of a column of numbers, of short or of long texts."""
    if all(map(_DIGITS.fullmatch, cells)):
        return ""
    wraps = "" if any(len(cell) > MAX_LENGTH // 2 for cell in cells) else ";white-space:nowrap"
    return f' style="text-align:start{wraps}"'


def table(caption: str, columns: "list[str]", rows: "list[list[str]]", omitted: int = 0) -> str:
    """Returns rows of HTML as a table. The class gives it the style of tables in each notebook,
    which is that of numbers."""
    styles = [_style([row[index] for row in rows]) for index in range(len(columns))]
    titles = "".join(f'<th scope="col"{style}>{text(name)}</th>' for name, style in zip(columns, styles, strict=True))
    cells = ("".join(f"<td{style}>{cell}</td>" for cell, style in zip(row, styles, strict=True)) for row in rows)
    body = "".join(f"<tr>{row}</tr>" for row in cells)
    more = f'<tfoot><tr><td colspan="{len(columns)}">... {omitted} more</td></tr></tfoot>' if omitted else ""
    return (
        f'<table border="1" class="dataframe"><caption>{text(caption)}</caption>'
        f"<thead><tr>{titles}</tr></thead><tbody>{body}</tbody>{more}</table>"
    )
