"""The methods `calls.export` of both clients. The core fetches the pages and writes the files."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from ._callfluent import NativeExport
    from .export_files import ExportReport, ExportResult

# pytest omits the frames of this module from tracebacks.
__tracebackhide__ = True


def _start(
    transport: "Any", path: "Any", since: "Any", arguments: "dict[str, Any]", columns: "Any", progress: "Any"
) -> "tuple[ExportReport, NativeExport]":
    """Checks the arguments. Without a writer of Parquet files, no page is fetched."""
    __tracebackhide__ = True
    from .export_files import ExportReport, check_columns, parquet_writer

    report = ExportReport(progress)
    native = transport._native().export(path, since, arguments)
    if native.is_parquet:
        parquet_writer()
        check_columns(columns)
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
            transport, path, since, arguments_of(agent_ids, workspace_id, format, mask, columns), columns, progress
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


_LONGEST_BATCH = 5.0
"""Seconds that a canceled export waits for the batch that its thread writes."""


async def _converted(lines: "Path", target: "Path", columns: "Any") -> None:
    """Converts lines of calls to a Parquet file, on a thread. Canceling it stops the thread."""
    import asyncio
    from threading import Event

    from .export_files import write_parquet

    stop = Event()
    conversion = asyncio.ensure_future(asyncio.to_thread(write_parquet, lines, target, columns, stop.is_set))
    try:
        await asyncio.shield(conversion)
    except BaseException:
        stop.set()
        # The same export may begin again when this one has ended, and writes the same file.
        await asyncio.wait([conversion], timeout=_LONGEST_BATCH)
        # Otherwise the loop reports an error of the thread that nobody has seen.
        conversion.add_done_callback(lambda done: done.cancelled() or done.exception())
        raise


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
        from pathlib import Path

        from .export_files import ExportResult, arguments_of

        transport = self._call
        report, native = _start(
            transport, path, since, arguments_of(agent_ids, workspace_id, format, mask, columns), columns, progress
        )
        try:
            while (numbers := await transport.next_step(native, False)) is not None:
                report.update(*numbers)
            if native.is_parquet:
                await _converted(native.lines, native.converted, columns)
            calls, agents, total = await transport.next_step(native, True)
            report.update(calls, agents, total)
        finally:
            report.close()
            native.close()
        return ExportResult(Path(path), calls, agents)
