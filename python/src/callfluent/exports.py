"""The methods `calls.export` of both clients. The core fetches the pages and writes the files."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ._callfluent import NativeExport
    from .export_files import ExportReport, ExportResult

# pytest omits the frames of this module from tracebacks.
__tracebackhide__ = True


def _start(
    transport: "Any", path: "Any", since: "Any", arguments: "dict[str, Any]", progress: "Any"
) -> "tuple[ExportReport, NativeExport]":
    """Checks the arguments. Without a writer of Parquet files, no page is fetched."""
    __tracebackhide__ = True
    from .export_files import ExportReport, parquet_writer

    report = ExportReport(progress)
    native = transport._native().export(path, since, arguments)
    if native.is_parquet:
        parquet_writer()
    return report, native


class CallExports:
    """Exports of the call history. `resources` has the method."""

    _call: "Any"

    def _export(
        self,
        path: "Any",
        agent_ids: "Any",
        workspace_id: "Any",
        format: "Any",
        since: "Any",
        mask: "Any",
        columns: "Any",
        progress: "Any",
    ) -> "ExportResult":
        __tracebackhide__ = True
        from pathlib import Path

        from .export_files import ExportResult, arguments_of, write_parquet

        transport = self._call
        report, native = _start(
            transport, path, since, arguments_of(agent_ids, workspace_id, format, mask, columns), progress
        )
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

    _call: "Any"

    async def _export(
        self,
        path: "Any",
        agent_ids: "Any",
        workspace_id: "Any",
        format: "Any",
        since: "Any",
        mask: "Any",
        columns: "Any",
        progress: "Any",
    ) -> "ExportResult":
        __tracebackhide__ = True
        from asyncio import to_thread
        from pathlib import Path

        from .export_files import ExportResult, arguments_of, write_parquet

        transport = self._call
        report, native = _start(
            transport, path, since, arguments_of(agent_ids, workspace_id, format, mask, columns), progress
        )
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
