"""A benchmark client in Python: `client.py MODULE.NAME BASE_URL`.

Carries out one order per line of its standard input and prints the cost: wall time, processor time,
processor time of the main thread, which is how long the event loop is busy, and peak memory.
"""

import asyncio
import functools
import importlib
import inspect
import json
import resource
import sys
import time

from fresh import memory

EXPECTED = {
    "agent": lambda argument: "Sales assistant",
    "page": lambda argument: 1_000,
    "read": lambda argument: 1_000,
    "read-all": lambda argument: 14_000,
    "agents": lambda argument: argument,
    "histories": lambda argument: argument,
    "calls": lambda argument: argument * 1_000,
}


def main() -> None:
    module, name = sys.argv[1].split(".")
    loop = asyncio.new_event_loop()
    try:
        tasks = getattr(importlib.import_module(module), name)(sys.argv[2])
        if inspect.isawaitable(tasks):
            tasks = loop.run_until_complete(tasks)
    except Exception as error:
        return show({"error": f"{type(error).__name__}: {error}"})
    show({"ready": True})
    for line in sys.stdin:
        order = json.loads(line)
        task, argument = tasks[order["task"]], order.get("argument")
        request = task if argument is None else functools.partial(task, argument)
        times, concurrency = order["times"], order["concurrency"]
        expected = EXPECTED[order["task"]](argument)
        resident = memory("VmRSS")
        before = (time.perf_counter(), processor(), time.thread_time())
        try:
            if module == "async_clients":
                loop.run_until_complete(concurrent(request, times, concurrency, expected))
            else:
                sequential(request, times, expected)
        except Exception as error:
            show({"error": f"{type(error).__name__}: {error}"})
            continue
        after = (time.perf_counter(), processor(), time.thread_time())
        wall, cpu, busy = (end - start for start, end in zip(before, after, strict=True))
        show({"wall": wall, "cpu": cpu, "loop": busy, "bytes": memory("VmHWM") - resident})


async def concurrent(request, times, concurrency, expected) -> None:
    """Sends so many requests, with a fixed number in flight."""
    rest = iter(range(times))

    async def worker() -> None:
        for _ in rest:
            check(await request(), expected)

    await asyncio.gather(*(worker() for _ in range(concurrency)))


def sequential(request, times, expected) -> None:
    """Sends so many requests, one after another."""
    for _ in range(times):
        check(request(), expected)


def check(result, expected) -> None:
    if result != expected:
        raise ValueError(f"the result is {result!r}, expected {expected!r}")


def processor() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def show(message: dict) -> None:
    print(json.dumps(message), flush=True)


if __name__ == "__main__":
    main()
