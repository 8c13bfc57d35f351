"""Bulk operations, as users type them."""

from callfluent import AgentCreateParams, AgentDetails, AsyncCallFluent, Call, CallFluent, CallFluentError
from callfluent.record_sequence import Records


def read(client: CallFluent) -> list[AgentDetails]:
    found: list[AgentDetails] = []
    for item in client.agents.get_many([1, "2"], progress=True):
        if item.value is not None:
            found.append(item.value)
        error: CallFluentError | None = item.error
        assert error is None or item.outcome_unknown
    return found


def change(client: CallFluent, agent: AgentCreateParams) -> None:
    client.agents.create_many({"a": agent}, journal="agents.jsonl", resolve={"a": "repeat"})
    client.agents.create_many([agent])
    rows: list[dict[str, str]] = []
    client.agents.create_many_from_rows({row["key"]: row for row in rows}, journal="agents.jsonl")
    client.agents.create_many_from_rows(rows)
    client.agents.patch_many({1: {"tone": "Warm"}, 2: {"tone": "Calm"}})
    client.agents.update_many({"1": agent})
    client.agents.update_many({1: client.agents.get(1).agent})
    client.agents.delete_many(range(3), dry_run=True)
    client.agents.patch_many({1: {"tnoe": "Warm"}})  # type: ignore[typeddict-unknown-key]
    client.agents.create_many({"a": agent}, resolve={"a": "maybe"})  # type: ignore[dict-item]


async def call(client: AsyncCallFluent) -> Records[Call] | None:
    started = await client.calls.start_many(1, {"lead": {"phone_number": "+15550001111"}}, max_concurrency=2)
    print(started[0].value.id if started[0].value else None)
    return (await client.calls.list_many([1]))[0].value
