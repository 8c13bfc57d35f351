"""The parts of an export that the core does not do: the Parquet file, which an installed package
writes, and the progress.
"""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from .argument_checks import invalid_argument, is_list_like, kind_of, pairs_of_columns
from .tables import Table


class ExportResult(NamedTuple):
    """A finished export."""

    path: Path
    """The file."""
    calls: int
    """Number of exported calls."""
    agents: int
    """Number of agents whose calls were listed."""


def arguments_of(
    agent_ids: "int | str | Iterable[int | str] | None",
    workspace_id: "int | str | None",
    format: str | None,
    mask: "str | Iterable[str]",
    columns: "Mapping[str, str] | None",
) -> dict[str, Any]:
    """Returns the arguments for the core. An iterable can be read once."""
    if not isinstance(mask, str) and not is_list_like(mask):
        reason = f"expected phone_numbers or transcripts, or a list of them, got {kind_of(mask)}"
        raise invalid_argument("calls.export", "mask", reason)
    if isinstance(agent_ids, (bytes, Mapping)):
        raise invalid_argument("calls.export", "agent_ids", f"expected IDs in a list, got {kind_of(agent_ids)}")
    given = {
        # The core reports what is neither an ID nor a list.
        "agent_ids": [*agent_ids] if is_list_like(agent_ids) else agent_ids,  # type: ignore[misc]
        "workspace_id": workspace_id,
        "format": format,
        "mask": [mask] if isinstance(mask, str) else [*mask],
        "columns": None if pairs_of_columns(columns, "calls.export") is None else True,
    }
    return {name: value for name, value in given.items() if value is not None}


class ExportReport:
    """Reports complete agents. Their number is known with the first page."""

    def __init__(self, progress: Any) -> None:
        from .progress import reporter

        # An invalid value is reported before anything is sent.
        self._start = reporter(progress, "calls.export")
        self._report: Any = None

    def update(self, calls: int, agents: int, total: int) -> None:
        """Reports the numbers after a page."""
        if self._report is None:
            self._report = self._start(total)
        self._report.update(agents, 0)

    def close(self) -> None:
        """Ends the report."""
        if self._report is not None:
            self._report.close()


def check_columns(columns: Any) -> None:
    """Rejects types of columns that a table cannot have. After the last page, it would be late."""
    Table([], columns, "Call")


def write_parquet(
    source: Path, target: Path, columns: "Mapping[str, str] | None", is_stopped: "Callable[[], bool]" = lambda: False
) -> None:
    """Converts lines of calls to a Parquet file. With pyarrow, it ends after a batch if it is
    stopped; the other packages write the file at once."""
    table = Table.of_lines(source, columns)
    name, package = parquet_writer()
    if name == "pyarrow":
        from importlib import import_module

        parquet = import_module("pyarrow.parquet")
        reader = package.RecordBatchReader.from_stream(table)
        with parquet.ParquetWriter(target, reader.schema) as writer:
            for batch in reader:
                if is_stopped():
                    return
                writer.write_batch(batch)
    elif name == "duckdb":
        package.from_arrow(table).write_parquet(str(target))
    else:
        # polars has no writer that takes one batch after another: all calls are in memory.
        package.DataFrame(table).write_parquet(target)


def parquet_writer() -> tuple[str, Any]:
    """Returns the first installed package that writes Parquet."""
    from importlib import import_module

    for name in ("pyarrow", "duckdb", "polars"):
        try:
            return name, import_module(name)
        except ImportError:
            continue
    raise ImportError("a Parquet file needs pyarrow, duckdb or polars: pip install pyarrow", name="pyarrow")
