"""The methods `calls.export` of both clients. The core fetches the pages and writes the files."""

from .introspection import described

TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import annotations as types
else:
    from .introspection import types

# pytest omits the frames of this module from tracebacks.
__tracebackhide__ = True


class CallExports:
    """Exports of the call history."""

    @described()
    def export(
        self,
        path: "str | types.PathLike[str]",
        *,
        agent_ids: "int | str | types.Iterable[int | str] | None" = None,
        workspace_id: "int | str | None" = None,
        format: "types.ExportFormat | None" = None,
        since: "str | types.PathLike[str] | None" = None,
        mask: "types.Iterable[types.ExportMask]" = (),
        columns: "types.Mapping[str, types.ColumnType] | None" = None,
        progress: "bool | types.Callable[[int, int], object] | type[types.Any] | None" = None,
    ) -> "types.ExportResult":
        """Writes the call history of agents to a file.

        The file appears when it is complete. Until then, the calls are in a hidden file beside it.
        If the program ends before that, the same export continues there. It then loses no call and
        writes none twice.

        Args:
            path: File to write. An existing file is replaced.
            agent_ids: IDs of the agents. Pass these or `workspace_id`.
            workspace_id: ID of a workspace, for the calls of all its agents.
            format: `jsonl`, `csv` or `parquet`. Defaults to the suffix of the path. Parquet needs
                pyarrow, duckdb or polars.
            since: File that remembers the highest call ID of each agent. Only calls with higher IDs
                are exported, and the file is updated at the end. A missing file means all calls.
            mask: What is masked: `phone_numbers` keeps the last four digits of each number,
                `transcripts` removes fields whose name contains `transcript`.
            columns: Types of columns of a Parquet file, as in `callfluent.tables.table`.
            progress: `True` shows the progress in a notebook, a terminal or a log. A function gets
                the numbers of complete and of all agents. A class such as `tqdm` is used as a bar.

        Returns:
            The path, and the number of calls and agents.

        Raises:
            InvalidRequestError: An argument is invalid. Nothing was sent.
            APIError: A page could not be fetched. The same export continues with it.
            OSError: A file could not be written.
            ImportError: The format is Parquet and no package that writes it is installed.

        Example:
            >>> client.calls.export("calls.jsonl", agent_ids=[1001, 1002], since="calls.since")
        """
        from pathlib import Path

        from .export_files import ExportReport, ExportResult, arguments_of, parquet_writer, write_parquet

        transport = self._call  # type: ignore[attr-defined]
        report = ExportReport(progress)
        native = transport._native().export(path, since, arguments_of(agent_ids, workspace_id, format, mask, columns))
        if native.is_parquet:
            parquet_writer()
        try:
            while (numbers := transport.next_step(native, False)) is not None:
                report.update(*numbers)
            if native.is_parquet:
                write_parquet(native.lines, native.converted, columns)
            calls, agents, total = transport.next_step(native, True)
            report.update(calls, agents, total)
        finally:
            report.close()
            native.close()
        return ExportResult(Path(path), calls, agents)


class AsyncCallExports:
    """Exports of the call history."""

    @described()
    async def export(
        self,
        path: "str | types.PathLike[str]",
        *,
        agent_ids: "int | str | types.Iterable[int | str] | None" = None,
        workspace_id: "int | str | None" = None,
        format: "types.ExportFormat | None" = None,
        since: "str | types.PathLike[str] | None" = None,
        mask: "types.Iterable[types.ExportMask]" = (),
        columns: "types.Mapping[str, types.ColumnType] | None" = None,
        progress: "bool | types.Callable[[int, int], object] | type[types.Any] | None" = None,
    ) -> "types.ExportResult":
        """Writes the call history of agents to a file. The sync client describes the arguments.

        Example:
            >>> await client.calls.export("calls.jsonl", agent_ids=[1001, 1002])
        """
        from asyncio import to_thread
        from pathlib import Path

        from .export_files import ExportReport, ExportResult, arguments_of, parquet_writer, write_parquet

        transport = self._call  # type: ignore[attr-defined]
        report = ExportReport(progress)
        native = transport._native().export(path, since, arguments_of(agent_ids, workspace_id, format, mask, columns))
        if native.is_parquet:
            parquet_writer()
        try:
            while (numbers := await transport.next_step(native, False)) is not None:
                report.update(*numbers)
            if native.is_parquet:
                await to_thread(write_parquet, native.lines, native.converted, columns)
            calls, agents, total = await transport.next_step(native, True)
            report.update(calls, agents, total)
        finally:
            report.close()
            native.close()
        return ExportResult(Path(path), calls, agents)
