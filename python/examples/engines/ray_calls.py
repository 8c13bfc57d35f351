"""The call history of a workspace in Ray, with an actor that limits the requests of all tasks.

pip install callfluent 'ray[data]' typing_extensions pandas
export CALLFLUENT_API_KEY=...
python ray_calls.py WORKSPACE
"""

import sys
from typing import Any

import ray  # pyright: ignore[reportMissingImports]
import ray.data  # pyright: ignore[reportMissingImports]

from callfluent.engines import CallReader, chunks
from callfluent.limiters import LocalLimiter


class ActorLimiter:
    """A limiter whose state is in an actor. Each task has a copy of the handle."""

    def __init__(self, requests_per_second: float) -> None:
        self.requests_per_second = requests_per_second
        self.actor: Any = ray.remote(LocalLimiter).remote(requests_per_second)

    def acquire(self, permits: int) -> float:
        """Asks the actor for a lease."""
        return float(ray.get(self.actor.acquire.remote(permits)))


def main(workspace_id: str) -> None:
    # Workers of a cluster need the variable CALLFLUENT_API_KEY, too.
    ray.init(include_dashboard=False)
    reader = CallReader(limiter=ActorLimiter(50))
    agents = reader.agents_of(workspace_id)
    reader = reader.discovered(agents)
    parts = ray.data.from_items([{"agents": chunk} for chunk in chunks(agents, size=1)])

    def read(batch: dict[str, Any]) -> Any:
        return reader.to_arrow([agent for chunk in batch["agents"] for agent in chunk])

    calls = parts.map_batches(read, batch_size=1)
    print(calls.groupby("agent_id").count().to_pandas())
    ray.shutdown()


if __name__ == "__main__":
    main(sys.argv[1])
