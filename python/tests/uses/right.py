"""Uses that type checkers must accept."""

from __future__ import annotations

import gzip
import io
from collections.abc import Sequence
from datetime import timedelta, timezone
from pathlib import Path
from typing import Literal

import callfluent
from callfluent import (
    Action,
    ActionRecord,
    Agent,
    AgentCreateParams,
    AgentFormat,
    AgentPatchParams,
    AgentType,
    AsyncCallFluent,
    Call,
    CallFluent,
    CallFluentError,
    LineType,
    PayloadField,
    Records,
    SendEmail,
    SendSms,
    Timezone,
    Tone,
    ToneValue,
    Webhook,
    Workspace,
)
from callfluent.sandbox import Sandbox


def right(client: CallFluent) -> None:
    agent: Agent = client.agents.create(
        workspace_id=1,
        format="outbound",
        timezone="UTC+00:00",
        name="a",
        lang="en",
        voice="alloy",
        agent_type="sales",
        background="b",
        goal="g",
        tone="t",
        instructions="i",
        phone_number="+15550001234",
        extra_body={"crm_tag": "undocumented fields pass"},
    )
    number: int = agent.id
    script: str | None = agent.script
    workspaces: Records[Workspace] = client.workspaces.list(timeout=5)
    first: Workspace = workspaces[0]
    some: Sequence[Workspace] = workspaces[1:]
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
    client.knowledge.upload(number, {"e.txt": "text", "f.bin": b"bytes", "g.txt": Path("g.txt")})
    client.agents.patch(number, tone="u", voice_mail_mode=2)
    print(script, workspaces, total, first, some, workspaces + [first])


def right_values(client: CallFluent, way: AgentFormat) -> None:
    client.agents.patch(1, format=way)
    found: str = client.agents.get(1).agent.format
    # Arguments take what responses give.
    agent = client.agents.get(1).agent
    client.phone_numbers.list(agent.workspace_id, agent.format)
    client.agents.update(agent.id, agent, format=agent.format, tone=agent.tone)
    for action in client.actions.create(agent.id, SendSms(name="n", instruction="i", content="c")).items():
        print(action)
    numbers = client.phone_numbers.list(1, "outbound")
    taken: dict[str, str | None] = numbers.in_use
    print(found, taken)


def right_known_values(client: CallFluent, tone: ToneValue) -> None:
    client.agents.patch(1, tone=Tone.PROFESSIONAL, agent_type=AgentType.LEAD, timezone=Timezone.UTC_PLUS_0100)
    client.agents.patch(1, tone="Warm", timezone=timezone(timedelta(hours=1)), blocked_phone_types=[LineType.MOBILE, 3])
    client.agents.patch(1, tone=tone)
    labels: dict[str, str] = {value: value.label for value in Tone}
    found: str = client.agents.get(1).agent.tone
    print(labels, found)


def right_options(client: CallFluent) -> None:
    client.workspaces.list(timeout=timedelta(seconds=5), max_retries=0, extra_headers={"x-a": "b"}, extra_body={"c": 1})
    patient: CallFluent = client.with_options(timeout=300)
    patient.request("GET", "/user/get-profile", query={"page": 2, "deep": True, "id": [1, 2]}, timeout=5)
    for path, kind, value, count in client.drift():
        print(path, kind, value, count + 1)
    print([difference.path for difference in client.drift()])


def right_records(agent: Agent) -> None:
    choice = PayloadField(value="customer", label="Customer")
    hook = Webhook(name="n", webhook_url="https://example.com", fields=[choice, {"value": "v", "label": "l"}])
    subject: str = SendEmail(name="n", instruction="i", content="c", subject="s").subject
    tag: Literal["sms"] = SendSms(name="n", instruction="i", content="c").action_type
    actions: list[Action] = [hook, hook.replace(name="m")]
    other: Agent = agent.replace(name="b")
    print(subject, tag, actions, other, Agent(name="a"), Agent({"crm_tag": 1}), choice.replace(label="L"))


def right_round_trip(client: CallFluent, record: ActionRecord) -> None:
    client.actions.update(record.id, record.replace(name="z"))


def right_params(client: CallFluent) -> None:
    params: AgentCreateParams = {
        "workspace_id": 1,
        "format": "inbound",
        "timezone": "UTC+00:00",
        "name": "a",
        "lang": "en",
        "voice": "alloy",
        "agent_type": "sales",
        "background": "b",
        "goal": "g",
        "tone": "t",
        "instructions": "i",
    }
    client.agents.create(**params)
    changes: AgentPatchParams = {"tone": "Warm"}
    client.agents.patch(7, **changes)


def right_sandbox() -> None:
    with Sandbox(demo=True) as sandbox, sandbox.client(timeout=3, strict=True) as client:
        sandbox.respond(operation="agents.get", status=429, headers={"retry-after": "1"}, times=2)
        sandbox.respond(operation="agents.get", disconnect="before_response")
        sandbox.faults(0.2, seed=7)
        try:
            client.agents.get(1)
        except callfluent.RateLimitError as error:
            wait: float | None = error.retry_after
            print(wait)
        except CallFluentError as error:
            print(error.message)


async def right_async(client: AsyncCallFluent) -> None:
    agents: Records[Agent] = await client.agents.list(1)
    async for call in client.calls.list(agents[0].id):
        number: int = call.id
        print(number)
    page = await client.calls.list(1, page=2)
    items: list[Call] = list(page.items)
    rows: list[dict[str, object]] = await client.calls.list(1).to_dicts()
    page.to_pandas(columns={"duration": "float64"})
    patched: Agent = (await client.agents.patch(1, tone="u")).agent
    profile: object = await client.request("GET", "/user/get-profile", query=[("page", 2)])
    with_options: AsyncCallFluent = client.with_options(max_retries=0)
    print(items, rows, patched, profile, with_options)
