"""Measurements that need a new process: `fresh.py MODULE.NAME BASE_URL WHAT [PATH]`.

Measures one thing once and prints it as JSON. Imports nothing that a client might import, except
modules that every interpreter has loaded already.
"""

import sys
import time


def main() -> None:
    what = {
        "first-response": first_response,
        "idle": idle,
        "additional-clients": additional_clients,
        "pages": pages,
        "upload": upload,
        "export": export,
        "short-export": export,
        "frame": frame,
    }
    figures = what[sys.argv[3]]()
    import json

    print(json.dumps(figures))


def client():
    """Returns the tasks of the client, whose functions are sync here."""
    module, name = sys.argv[1].split(".")
    tasks = getattr(__import__(module), name)(sys.argv[2])
    if module == "sync_clients":
        return tasks
    import asyncio

    loop = asyncio.new_event_loop()
    tasks = loop.run_until_complete(tasks)
    return {name: lambda task=task: loop.run_until_complete(task()) for name, task in tasks.items()}


def first_response():
    """From before the import to the response, in seconds."""
    started = time.perf_counter()
    name = client()["agent"]()
    seconds = time.perf_counter() - started
    if name != "Sales assistant":
        raise ValueError(name)
    return {"seconds": seconds}


def idle():
    """Memory and threads of a process with a client after its first response."""
    tasks = client()
    if "agent" in tasks:
        tasks["agent"]()
    time.sleep(0.1)
    return {"bytes": memory("VmRSS"), "threads": status("Threads")}


def additional_clients():
    """Cost of each of 1,000 clients after the first."""
    tasks = client()
    tasks["agent"]()
    before, started = memory("VmRSS"), time.perf_counter()
    clients = [tasks["another"]() for _ in range(1_000)]
    seconds = time.perf_counter() - started
    return {
        "seconds": seconds / len(clients),
        "bytes": (memory("VmRSS") - before) / len(clients),
    }


def pages():
    """Memory of 20 pages of 1,000 calls."""
    tasks = client()
    if "agent" in tasks:
        tasks["agent"]()
    before = memory("VmRSS")
    held = [tasks["hold"](number) for number in range(1, 21)]
    import gc

    gc.collect()
    if [len(page) for page in held] != [1_000] * 20:
        raise ValueError("pages are missing")
    return {"bytes": memory("VmRSS") - before}


def upload():
    """Time of an upload, and growth of memory at its peak."""
    tasks = client()
    tasks["agent"]()
    before, started = memory("VmRSS"), time.perf_counter()
    tasks["upload"](sys.argv[4])
    seconds = time.perf_counter() - started
    return {"seconds": seconds, "bytes": memory("VmHWM") - before}


def export():
    """Time of an export of all calls of so many agents to Parquet, and growth of memory."""
    import os
    import tempfile

    # All clients write with it. Its own memory is not that of the calls.
    import pyarrow.parquet  # noqa: F401

    tasks = client()
    tasks["agent"]()
    agents = int(sys.argv[4])
    with tempfile.TemporaryDirectory() as folder:
        return measured(lambda: tasks["export"](agents, os.path.join(folder, "calls.parquet")), agents)


def frame():
    """Time of a data frame of all calls of so many agents, and growth of memory."""
    tasks = client()
    tasks["agent"]()
    agents = int(sys.argv[4])
    return measured(lambda: tasks["frame"](agents), agents)


def measured(task, agents):
    before, started = memory("VmRSS"), time.perf_counter()
    calls = task()
    seconds = time.perf_counter() - started
    if calls != agents * 20_000:
        raise ValueError(f"{calls} calls")
    return {"seconds": seconds, "bytes": memory("VmHWM") - before}


def memory(name: str) -> int:
    return status(name) * 1024


def status(name: str) -> int:
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


if __name__ == "__main__":
    main()
