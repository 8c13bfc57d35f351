"""Exports every phone call of workspaces to a CSV file.

The API documents only the ID of a call, so the columns are those that the calls have:

    python export_calls.py calls.csv 1 2
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from callfluent import CallFluent


def calls_of(client: CallFluent, workspaces: Iterable[int]) -> Iterator[dict[str, Any]]:
    """Yields every call of the workspaces, with its workspace and the name of its agent."""
    for workspace_id in workspaces:
        for agent in client.agents.list(workspace_id):
            for call in client.calls.list(agent.id):
                yield {"workspace_id": workspace_id, "agent": agent.name, **call}


def export_calls(client: CallFluent, workspaces: Iterable[int], path: Path) -> int:
    """Writes every call of the workspaces to a CSV file. Returns their number."""
    calls = list(calls_of(client, workspaces))
    columns = list(dict.fromkeys(name for call in calls for name in call))
    with path.open("w", newline="", encoding="utf-8") as output:
        writer = csv.DictWriter(output, columns)
        writer.writeheader()
        writer.writerows(calls)
    return len(calls)


def main() -> None:
    path, *workspaces = sys.argv[1:]
    with CallFluent() as client:
        print(export_calls(client, map(int, workspaces), Path(path)), "calls")


if __name__ == "__main__":
    main()
