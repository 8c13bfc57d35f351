"""The call history of a workspace in Dask, with a process for each processor.

    pip install callfluent 'dask[dataframe]' distributed pyarrow
    export CALLFLUENT_API_KEY=...
    python dask_calls.py WORKSPACE

A task contains the IDs of agents and the options of the reader. Workers read the key from their
environment, so it is in no pickle.
"""

import os
import sys
import tempfile
from pathlib import Path

import dask.dataframe  # pyright: ignore[reportMissingImports]
from distributed import Client  # pyright: ignore[reportMissingImports]

from callfluent.engines import CallReader, chunks


def main(workspace_id: str) -> None:
    workers = os.cpu_count() or 1
    with tempfile.TemporaryDirectory() as folder:
        # All processes of this machine share the rate. On several machines, use Redis.
        limiter = (Path(folder) / "callfluent.rate").as_uri()
        reader = CallReader(requests_per_second=50, limiter=limiter)
        agents = reader.agents_of(workspace_id)
        reader = reader.discovered(agents)
        with Client(n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=None):
            frame = dask.dataframe.from_map(reader.to_pandas, chunks(agents, size=1), meta=reader.empty())
            print(frame.groupby("agent_id")["id"].count().compute().to_dict())


if __name__ == "__main__":
    main(sys.argv[1])
