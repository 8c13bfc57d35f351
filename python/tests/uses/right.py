"""Uses that type checkers must accept."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

from callfluent import Agent, AsyncCallFluent, Call, CallFluent, SendEmail, Workspace


def right(client: CallFluent) -> None:
    agent: Agent = client.agents.create(
        workspace_id=1,
        format="outbound",
        timezone="UTC",
        name="a",
        lang="en",
        voice="alloy",
        agent_type="sales",
        background="b",
        goal="g",
        tone="t",
        instructions="i",
        phone_number="+15550001234",
        crm_tag="further fields pass",
    )
    number: int = agent.id
    script: str | None = agent.script
    workspaces: list[Workspace] = client.workspaces.list(timeout=5)
    total: int = client.agents.get(number).total_calls
    for call in client.calls.list(number):
        one: Call = call
        print(one.duration)
    client.actions.create(number, SendEmail(name="n", instruction="i", content="c", subject="s"))
    client.actions.create(number, {"action_type": "sms", "name": "n", "instruction": "i", "content": "c"})
    client.knowledge.upload(number, [Path("a.txt"), b"bytes", ("name", "text")])
    with open("a.pdf", "rb") as file, gzip.open("b.gz") as packed:
        client.knowledge.upload(number, file)
        client.knowledge.upload(
            number, [packed, io.BytesIO(b""), ("c.txt", open("c.txt")), ("d.txt", packed, "text/plain")]
        )
    client.agents.patch(number, tone="u")
    print(script, workspaces, total)


async def right_async(client: AsyncCallFluent) -> None:
    agents: list[Agent] = await client.agents.list(1)
    async for call in client.calls.list(agents[0].id):
        number: int = call.id
        print(number)
    page = await client.calls.list(1, page=2)
    items: list[Call] = page.items
    print(items)
