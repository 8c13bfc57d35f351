"""The methods `calls.export` of both clients. `export_files` writes the files."""

from .introspection import described

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from . import annotations as types
else:
    from .introspection import types

# pytest omits the frames of this module from tracebacks.
__tracebackhide__ = True

# A list remembers the IDs of all its calls. A new one is started after this number of pages, and
# the export remembers the latest calls itself.
_PAGES_OF_A_LIST = 100


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

        Returns:
            The path, and the number of calls and agents.

        Raises:
            InvalidRequestError: An argument is invalid. Nothing was sent.
            APIError: A page could not be fetched. The same export continues with it.
            ImportError: The format is Parquet and no package that writes it is installed.

        Example:
            >>> client.calls.export("calls.jsonl", agent_ids=[1001, 1002], since="calls.since")
        """
        from .export_files import Export

        calls: Any = self
        export = Export(path, agent_ids, workspace_id, format, since, mask, columns)
        if export.needs_agents:
            agents = calls._call("agents.list", {"workspace_id": workspace_id}, "Agent", None, None)
            export.set_agents(agent.id for agent in agents)
        with export:
            for agent_id, page in export.lists():
                following: Any = page
                while following is not None:
                    first, following = following, None
                    for part in calls.list(agent_id).from_page(first).pages():
                        export.write(part.page, part.items)
                        if part.page - first >= _PAGES_OF_A_LIST:
                            following = part.page + 1
                            break
        return export.finish()


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
    ) -> "types.ExportResult":
        """Writes the call history of agents to a file. The sync client describes the arguments.

        Example:
            >>> await client.calls.export("calls.jsonl", agent_ids=[1001, 1002])
        """
        from asyncio import to_thread

        from .export_files import Export

        calls: Any = self
        export = Export(path, agent_ids, workspace_id, format, since, mask, columns)
        if export.needs_agents:
            agents = await calls._call("agents.list", {"workspace_id": workspace_id}, "Agent", None, None)
            export.set_agents(agent.id for agent in agents)
        with export:
            for agent_id, page in export.lists():
                following: Any = page
                while following is not None:
                    first, following = following, None
                    async for part in calls.list(agent_id).from_page(first).pages():
                        await to_thread(export.write, part.page, part.items)
                        if part.page - first >= _PAGES_OF_A_LIST:
                            following = part.page + 1
                            break
        return await to_thread(export.finish)
