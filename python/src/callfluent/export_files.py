"""The files of an export of calls.

Calls are appended to a hidden JSONL file. A second hidden file has the position: the agent, the
next page, and the size of the first file. A run that finds both cuts the first one to this size and
continues, so that no call is lost or written twice. At the end, the JSONL file becomes the file of
the user, or is converted to it.
"""

from __future__ import annotations

import csv
import json
import os
import re
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from .errors import InvalidRequestError
from .tables import Table

FORMATS = ("jsonl", "csv", "parquet")
MASKS = ("phone_numbers", "transcripts")
# Bytes between two positions on disk. A position is written after a flush to the disk.
_CHECKPOINT = 1 << 20
# Pages that are read again when an export continues: calls that were deleted meanwhile move others
# to earlier pages.
_PAGES_AGAIN = 2
# Calls of this run that are remembered. New calls move others to the next page only.
_LATEST_CALLS = 30_000
# Lines from which the columns of a Parquet file are found.
_LINES_FOR_COLUMNS = 1_000
_NUMBER = re.compile(r"\+?\d[\d ().-]{5,}\d")
_NUMBER_IN_TEXT = re.compile(r"\+\d[\d ().-]{5,}\d")


class ExportResult(NamedTuple):
    """A finished export."""

    path: Path
    """The file."""
    calls: int
    """Number of exported calls."""
    agents: int
    """Number of agents whose calls were listed."""


class Export:
    """An export, or the rest of one that an earlier run began."""

    def __init__(
        self,
        path: str | os.PathLike[str],
        agent_ids: int | str | Iterable[int | str] | None,
        workspace_id: int | str | None,
        format: str | None,
        since: str | os.PathLike[str] | None,
        mask: Iterable[str],
        columns: Mapping[str, str] | None,
    ) -> None:
        self._path = Path(path)
        self._format = self._path.suffix.removeprefix(".") if format is None else format
        self._masks = {mask} if isinstance(mask, str) else {*mask}
        agents = (
            [agent_ids]
            if isinstance(agent_ids, (int, str))
            else None
            if agent_ids is None
            else [*dict.fromkeys(agent_ids)]
        )
        self._validate(agents, workspace_id, columns)
        self._columns = columns
        self._since = None if since is None else Path(since)
        self._marks = _read(self._since) if self._since else {}
        self._part = self._path.with_name(f".{self._path.name}.part")
        self._position_file = self._path.with_name(f".{self._path.name}.position")
        self._request = {
            "agents": [str(agent) for agent in agents] if agents is not None else None,
            "workspace": None if workspace_id is None else str(workspace_id),
            "masks": sorted(self._masks),
            "since": self._marks,
        }
        self._position = self._earlier_position() or {
            "request": self._request,
            "agents": agents,
            "agent": 0,
            "page": 1,
            "size": 0,
            "start": 0,
            "calls": 0,
            "marks": {},
        }
        self._file: BinaryIO | None = None
        self._known = _KnownCalls()

    def _validate(self, agents: list[int | str] | None, workspace_id: object, columns: object) -> None:
        problems: list[tuple[str, str]] = []
        if (agents is None) == (workspace_id is None):
            problems.append(("agent_ids", "pass agent_ids or workspace_id"))
        if self._format not in FORMATS:
            problems.append(("format", f"expected one of {', '.join(FORMATS)}, got {self._format!r}"))
        unknown = sorted(self._masks - {*MASKS})
        if unknown:
            problems.append(("mask", f"expected {' or '.join(MASKS)}, got {', '.join(map(repr, unknown))}"))
        if columns is not None and self._format != "parquet":
            problems.append(("columns", "only Parquet files have typed columns"))
        if not self._path.parent.is_dir():
            problems.append(("path", f"the folder {str(self._path.parent)!r} does not exist"))
        if problems:
            text = "; ".join(f"{name}: {problem}" for name, problem in problems)
            raise InvalidRequestError(f"calls.export: invalid arguments (not sent): {text}", field_errors=problems)
        if self._format == "parquet":
            _parquet_writer()

    def _earlier_position(self) -> dict[str, Any] | None:
        """Returns the position of an earlier run of the same export."""
        earlier = _read(self._position_file)
        is_same = earlier.get("request") == self._request and self._part.exists()
        return earlier if is_same and self._part.stat().st_size >= earlier["size"] else None

    @property
    def needs_agents(self) -> bool:
        """True if the agents of the workspace have to be listed first."""
        return self._position["agents"] is None

    def set_agents(self, agents: Iterable[Any]) -> None:
        """Sets the agents whose calls are exported."""
        self._position["agents"] = [*agents]

    def __enter__(self) -> Export:
        # The position of the last flush is all that counts.
        self._file = open(self._part, "r+b" if self._position["size"] else "wb")
        self._file.truncate(self._position["size"])
        self._file.seek(self._position["size"])
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        assert self._file is not None
        if self._file.tell() != self._position["size"] and error is not None:
            self._flush()
        self._file.close()

    def lists(self) -> Iterator[tuple[Any, int]]:
        """Yields each agent whose calls are still missing, and the page from which they are."""
        position = self._position
        agents = position["agents"]
        while position["agent"] < len(agents):
            agent = agents[position["agent"]]
            self._known = _KnownCalls(self._part, position["start"], position["size"])
            yield agent, max(1, position["page"] - _PAGES_AGAIN)
            position["agent"] += 1
            position["page"] = 1
            self._flush(is_end=True)

    def write(self, page: int, calls: Iterable[Any]) -> None:
        """Appends the calls of a page."""
        assert self._file is not None
        agent = self._position["agents"][self._position["agent"]]
        mark = self._marks.get(str(agent))
        highest = self._position["marks"].get(str(agent), mark)
        lines = []
        for call in calls:
            identifier = call.id
            if isinstance(identifier, int):
                if mark is not None and identifier <= mark:
                    continue
                highest = identifier if highest is None else max(highest, identifier)
            if identifier in self._known:
                continue
            self._known.add(identifier)
            fields = call.to_dict()
            fields.setdefault("agent_id", agent)
            if self._masks:
                fields = self._masked(fields)
            lines.append(json.dumps(fields, ensure_ascii=False, separators=(",", ":")))
        if highest is not None:
            self._position["marks"][str(agent)] = highest
        if lines:
            self._file.write(("\n".join(lines) + "\n").encode("utf-8", "surrogatepass"))
            self._position["calls"] += len(lines)
        self._position["page"] = page + 1
        if self._file.tell() - self._position["size"] >= _CHECKPOINT:
            self._flush()

    def _flush(self, is_end: bool = False) -> None:
        """Writes the calls and then the position to the disk."""
        assert self._file is not None
        self._file.flush()
        os.fsync(self._file.fileno())
        self._position["size"] = self._file.tell()
        if is_end:
            self._position["start"] = self._position["size"]
        _replace(self._position_file, json.dumps(self._position).encode())

    def _masked(self, fields: dict[str, Any]) -> dict[str, Any]:
        if "transcripts" in self._masks:
            fields = _without_transcripts(fields)
        return _without_numbers(fields) if "phone_numbers" in self._masks else fields

    def finish(self) -> ExportResult:
        """Makes the file of the user, and updates the file of the highest IDs."""
        position = self._position
        if self._format == "jsonl":
            finished = self._part
        else:
            finished = self._path.with_name(f".{self._path.name}.converted")
            if self._format == "csv":
                _write_csv(self._part, finished)
            else:
                _write_parquet(self._part, finished, self._columns)
        os.replace(finished, self._path)
        if self._since is not None:
            _replace(self._since, json.dumps({**self._marks, **position["marks"]}).encode())
        for leftover in (self._position_file, self._part):
            leftover.unlink(missing_ok=True)
        return ExportResult(self._path, position["calls"], len(position["agents"]))


class _KnownCalls:
    """IDs of the calls of one agent that an earlier run wrote, so that a call that moves to a later
    page between two runs is written once, eight bytes for each. Also the latest calls of this
    run."""

    def __init__(self, file: Path | None = None, start: int = 0, end: int = 0) -> None:
        self._earlier = array("q")
        # Two generations: the older one is dropped when the newer one is full.
        self._before: set[int] = set()
        self._latest: set[int] = set()
        if file is not None and end > start:
            with open(file, "rb") as lines:
                lines.seek(start)
                while lines.tell() < end:
                    self._earlier.append(_key(json.loads(lines.readline()).get("id")))
            self._earlier = array("q", sorted(self._earlier))

    def __contains__(self, identifier: object) -> bool:
        key = _key(identifier)
        if key in self._latest or key in self._before:
            return True
        position = bisect_left(self._earlier, key)
        return position < len(self._earlier) and self._earlier[position] == key

    def add(self, identifier: object) -> None:
        """Remembers a call of this run."""
        self._latest.add(_key(identifier))
        if len(self._latest) >= _LATEST_CALLS:
            self._before, self._latest = self._latest, set()


def _key(identifier: Any) -> int:
    """Returns 64 bits that stand for an ID."""
    if isinstance(identifier, int) and -(2**63) <= identifier < 2**63:
        return identifier
    return int.from_bytes(blake2b(repr(identifier).encode(), digest_size=8).digest(), "big", signed=True)


def _without_transcripts(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: None if "transcript" in name.lower() else _without_transcripts(item) for name, item in value.items()
        }
    return [_without_transcripts(item) for item in value] if isinstance(value, list) else value


def _without_numbers(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _without_numbers(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_numbers(item, name) for item in value]
    if not isinstance(value, str):
        # A number without a plus sign can be an integer.
        is_number = isinstance(value, int) and not isinstance(value, bool) and _is_name_of_number(name)
        return _masked_digits(str(value)) if is_number else value
    pattern = _NUMBER if _is_name_of_number(name) else _NUMBER_IN_TEXT
    return pattern.sub(lambda found: _masked_digits(found.group()), value)


def _is_name_of_number(name: str) -> bool:
    return "phone" in name.lower() or name.lower() in ("to", "from", "caller", "callee")


def _masked_digits(number: str) -> str:
    """Returns a number of which only the last four digits can be read."""
    return re.sub(r"\d(?=(?:\D*\d){4})", "*", number)


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with open(path, encoding="utf-8", errors="surrogatepass") as lines:
        for line in lines:
            yield json.loads(line)


def _write_csv(source: Path, target: Path) -> None:
    """Writes a column for each field that any call has. Objects and lists are JSON."""
    names = list({"id": None, "agent_id": None, **{name: None for call in _lines(source) for name in call}})
    with open(target, "w", newline="", encoding="utf-8", errors="surrogatepass") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        for call in _lines(source):
            writer.writerow([_cell(call.get(name)) for name in names])


def _cell(value: Any) -> Any:
    if isinstance(value, (dict, list, bool)):
        return json.dumps(value, ensure_ascii=False)
    return "" if value is None else value


def _write_parquet(source: Path, target: Path, columns: Mapping[str, str] | None) -> None:
    table = Table.of_lines(source, _LINES_FOR_COLUMNS, columns)
    name, package = _parquet_writer()
    if name == "pyarrow":
        from importlib import import_module

        parquet = import_module("pyarrow.parquet")
        reader = package.RecordBatchReader.from_stream(table)
        with parquet.ParquetWriter(target, reader.schema) as writer:
            for batch in reader:
                writer.write_batch(batch)
    elif name == "duckdb":
        package.from_arrow(table).write_parquet(str(target))
    else:
        # polars has no writer that takes one batch after another: all calls are in memory.
        package.DataFrame(table).write_parquet(target)


def _parquet_writer() -> tuple[str, Any]:
    """Returns the first installed package that writes Parquet."""
    from importlib import import_module

    for name in ("pyarrow", "duckdb", "polars"):
        try:
            return name, import_module(name)
        except ImportError:
            continue
    raise ImportError("a Parquet file needs pyarrow, duckdb or polars: pip install pyarrow", name="pyarrow")


def _read(path: Path) -> dict[str, Any]:
    """Returns the object in a JSON file, or an empty one."""
    try:
        found = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except ValueError:
        raise InvalidRequestError(f"calls.export: {str(path)!r} is not a file of an export; remove it") from None
    return found if isinstance(found, dict) else {}


def _replace(path: Path, content: bytes) -> None:
    """Replaces a file as a whole."""
    temporary = path.with_name(f"{path.name}.new")
    with open(temporary, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
