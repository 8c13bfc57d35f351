"""A source for dlt: the call history, incremental, into DuckDB, BigQuery, Snowflake or others.

    import dlt
    from callfluent.dlt import callfluent

    pipeline = dlt.pipeline("callfluent", destination="duckdb", dataset_name="callfluent")
    pipeline.run(callfluent(workspace_id=1))

Each run loads the calls that are new since the run before. It needs the package `dlt`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from .client import CallFluent
from .engines import _ids, _integer_id, _new_calls
from .errors import InvalidRequestError
from .tables import _imported

__all__ = ["callfluent"]

# Type checkers would take `import dlt` for this module.
dlt: Any = _imported("dlt", "callfluent.dlt")


@dlt.source(name="callfluent", max_table_nesting=0)
def callfluent(
    agent_ids: int | str | Iterable[int | str] | None = None,
    workspace_id: int | str | None = None,
    client: CallFluent | None = None,
) -> Any:
    """Returns the source with the resources `calls` and, for a workspace, `agents`.

    `calls` remembers the highest ID of each agent in the state of the pipeline, which dlt stores
    with the data: a run that fails loads the same calls again. Rows are merged by `id`. A call that
    was in progress keeps the state of that moment; `pipeline.run(..., refresh="drop_data")` loads
    all calls again. `agents` replaces the table. Objects and lists are columns of JSON.

    Args:
        agent_ids: IDs of agents. Pass these or `workspace_id`.
        workspace_id: ID of a workspace, for its agents and all their calls.
        client: Client to use. Default: one with the key of `CALLFLUENT_API_KEY`.

    Raises:
        InvalidRequestError: Neither or both of `agent_ids` and `workspace_id` are given.

    Example:
        >>> dlt.pipeline("callfluent", destination="duckdb").run(callfluent(workspace_id=1))
    """
    if (agent_ids is None) == (workspace_id is None):
        raise InvalidRequestError("callfluent.dlt: pass agent_ids or workspace_id")
    used = CallFluent() if client is None else client
    given = None if agent_ids is None else _ids(agent_ids)

    @dlt.resource(name="agents", primary_key="id", write_disposition="replace")
    def agents() -> Iterator[list[dict[str, Any]]]:
        yield used.agents.list(_known(workspace_id)).to_dicts()

    @dlt.resource(name="calls", primary_key="id", write_disposition="merge")
    def calls() -> Iterator[list[dict[str, Any]]]:
        highest: dict[str, int] = dlt.current.resource_state().setdefault("highest_ids", {})
        ids = [agent.id for agent in used.agents.list(_known(workspace_id))] if given is None else given
        for agent_id in ids:
            # In the state of the pipeline, keys are strings.
            after = highest.get(str(agent_id))
            found = -1 if after is None else after
            for page in _new_calls((page.items for page in used.calls.list(agent_id).pages()), after):
                found = max(found, *map(_integer_id, page))
                yield [{"agent_id": agent_id, **call.to_dict()} for call in page]
            # Not before the last page: new calls come first, and a run that stops earlier, as with
            # `add_limit`, would skip the older ones in all later runs.
            if found >= 0:
                highest[str(agent_id)] = found

    return [calls] if workspace_id is None else [agents, calls]


def _known(workspace_id: int | str | None) -> int | str:
    assert workspace_id is not None
    return workspace_id
