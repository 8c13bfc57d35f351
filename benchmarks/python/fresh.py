"""What only a fresh process shows: `fresh.py WHAT NAME BASE_URL [PATH]` measures one thing once and prints it as JSON.
Nothing is imported here that a contender might import, except what every interpreter has loaded already."""

import sys
import time


def main() -> None:
    what, name, base_url = sys.argv[1:4]
    measure = {
        "first-answer": first_answer,
        "idle": idle,
        "further-clients": further_clients,
        "pages": pages,
        "upload": upload,
    }[what]
    figures = measure(name, base_url)
    import json

    print(json.dumps(figures))


def tasks_of(name: str, base_url: str):
    import waiting

    return getattr(waiting, name)(base_url)


def first_answer(name, base_url):
    """From before the import to the answer, in seconds."""
    started = time.perf_counter()
    answer = tasks_of(name, base_url)["agent"]()
    seconds = time.perf_counter() - started
    if answer != "Sales assistant":
        raise ValueError(answer)
    return {"seconds": seconds}


def idle(name, base_url):
    """Memory and threads of a process with a client that has answered and rests."""
    tasks = tasks_of(name, base_url)
    if "agent" in tasks:
        tasks["agent"]()
    time.sleep(0.1)
    return {"bytes": memory("VmRSS"), "threads": status("Threads")}


def further_clients(name, base_url):
    """What each of 1,000 clients costs after the first."""
    tasks = tasks_of(name, base_url)
    tasks["agent"]()
    before, started = memory("VmRSS"), time.perf_counter()
    clients = [tasks["further"]() for _ in range(1_000)]
    seconds = time.perf_counter() - started
    return {"seconds": seconds / len(clients), "bytes": (memory("VmRSS") - before) / len(clients)}


def pages(name, base_url):
    """The memory of 20 pages of 1,000 calls that are held."""
    tasks = tasks_of(name, base_url)
    if "agent" in tasks:
        tasks["agent"]()
    before = memory("VmRSS")
    held = [tasks["hold"](number) for number in range(1, 21)]
    import gc

    gc.collect()
    if [len(page) for page in held] != [1_000] * 20:
        raise ValueError("pages are missing")
    return {"bytes": memory("VmRSS") - before}


def upload(name, base_url):
    """The time of an upload, and what it takes of memory at its peak."""
    tasks = tasks_of(name, base_url)
    tasks["agent"]()
    before, started = memory("VmRSS"), time.perf_counter()
    tasks["upload"](sys.argv[4])
    seconds = time.perf_counter() - started
    return {"seconds": seconds, "bytes": memory("VmHWM") - before}


def memory(name: str) -> int:
    return status(name) * 1024


def status(name: str) -> int:
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


if __name__ == "__main__":
    main()
