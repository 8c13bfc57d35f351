"""A contender in Python: `contender.py awaited|waiting NAME BASE_URL`. It says that it is ready, then does what each line
of its standard input asks for and answers with what it cost in seconds: by the clock, of the processor, and of the main
thread's processor time, which is what the event loop is kept busy for."""

import asyncio
import functools
import importlib
import json
import resource
import sys
import time

EXPECTED = {
    "agent": lambda argument: "Sales assistant",
    "page": lambda argument: 1_000,
    "read": lambda argument: 1_000,
    "agents": lambda argument: argument,
    "calls": lambda argument: argument * 1_000,
}


def main() -> None:
    kind, name, base_url = sys.argv[1:4]
    loop = asyncio.new_event_loop()
    try:
        tasks = getattr(importlib.import_module(kind), name)(base_url)
        if kind == "awaited":
            tasks = loop.run_until_complete(tasks)
    except Exception as failure:
        return say({"error": f"{type(failure).__name__}: {failure}"})
    say({"ready": True, "python": sys.version.split()[0]})
    for line in sys.stdin:
        order = json.loads(line)
        task, argument = tasks[order["task"]], order.get("argument")
        call = task if argument is None else functools.partial(task, argument)
        times, concurrency = order.get("times", 1), order.get("concurrency", 1)
        expected = EXPECTED[order["task"]](argument)
        before = (time.perf_counter(), processor(), time.thread_time())
        try:
            if kind == "awaited":
                loop.run_until_complete(awaited(call, times, concurrency, expected))
            else:
                waited(call, times, expected)
        except Exception as failure:
            say({"error": f"{type(failure).__name__}: {failure}"})
            continue
        after = (time.perf_counter(), processor(), time.thread_time())
        wall, cpu, busy = (end - start for start, end in zip(before, after, strict=True))
        say({"wall": wall, "cpu": cpu, "loop": busy})


async def awaited(call, times, concurrency, expected) -> None:
    """Awaits a call so many times, never more than so many at once."""
    rest = iter(range(times))

    async def worker() -> None:
        for _ in rest:
            check(await call(), expected)

    await asyncio.gather(*(worker() for _ in range(concurrency)))


def waited(call, times, expected) -> None:
    """Makes a call so many times, one after another."""
    for _ in range(times):
        check(call(), expected)


def check(answer, expected) -> None:
    if answer != expected:
        raise ValueError(f"the answer is {answer!r} and not {expected!r}")


def processor() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def say(message: dict) -> None:
    print(json.dumps(message), flush=True)


if __name__ == "__main__":
    main()
