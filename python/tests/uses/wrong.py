"""Uses that type checkers must reject. A marked line that is accepted is an error itself."""

# pyright: reportUnnecessaryTypeIgnoreComment=true

from __future__ import annotations

from callfluent import Agent, AsyncCallFluent, CallFluent, PayloadField, SendEmail
from callfluent.sandbox import Sandbox


def wrong(client: CallFluent) -> None:
    client.agents.create(name="a")  # type: ignore[call-arg]
    client.agents.list("1", pages=2)  # type: ignore[call-arg]
    client.agents.get(None)  # type: ignore[arg-type]
    client.agents.patch(1, answer_creativity="high")  # type: ignore[arg-type]
    client.calls.start(1)  # type: ignore[call-arg]
    number: str = client.workspaces.list()[0].id  # type: ignore[assignment]
    client.agents.nonsense()  # type: ignore[attr-defined]
    client.agents.get(1).name  # type: ignore[attr-defined] # noqa: B018
    client.knowledge.upload(1, [5])  # type: ignore[list-item]
    client.actions.create(1, "sms")  # type: ignore[arg-type]
    print(number)


def wrong_values(client: CallFluent, text: str) -> None:
    client.agents.patch(1, format="outbond")  # type: ignore[arg-type]
    client.agents.patch(1, format=text)  # type: ignore[arg-type]
    client.agents.patch(1, voice_mail_mode=3)  # type: ignore[arg-type]
    client.phone_numbers.list(1, "both")  # type: ignore[arg-type]


def wrong_options(client: CallFluent) -> None:
    client.workspaces.list(timeout="60")  # type: ignore[arg-type]
    client.workspaces.list(max_retries=0.5)  # type: ignore[arg-type]
    client.workspaces.list(extra_headers={"x-count": 1})  # type: ignore[dict-item]
    client.with_options(timeot=3)  # type: ignore[call-arg]
    client.request("GET", "/user/get-profile", extra_body={})  # type: ignore[call-arg]
    client.request("GET", "/user/get-profile", query={"page": object()})  # type: ignore[dict-item]


def wrong_records(agent: Agent) -> None:
    SendEmail(name="n", instruction="i", content="c")  # type: ignore[call-arg]
    SendEmail("n", "i", "c", "s")  # type: ignore[misc]
    PayloadField(valu=1)  # type: ignore[call-arg]
    PayloadField(value=1, label="l")  # type: ignore[arg-type]
    Agent(nmae="a")  # type: ignore[call-arg]
    agent.replace(nmae="a")  # type: ignore[call-arg]
    agent.replace(name=1)  # type: ignore[arg-type]


def wrong_sandbox(sandbox: Sandbox) -> None:
    sandbox.client(timeot=3)  # type: ignore[call-arg]
    sandbox.client(timeout="3")  # type: ignore[arg-type]
    sandbox.async_client(timeot=3)  # type: ignore[call-arg]
    sandbox.respond(operaton="agents.get")  # type: ignore[call-arg]
    sandbox.respond(disconnect="after")  # type: ignore[arg-type]
    sandbox.faults(rate="often")  # type: ignore[arg-type]


async def wrong_async(client: AsyncCallFluent) -> None:
    client.agents.list(1)[0]  # type: ignore[index]
    client.agents.get(1).agent  # type: ignore[attr-defined] # noqa: B018
    await client.agents.create(name="a")  # type: ignore[call-arg]
    await client.agents.patch(1, format="outbond")  # type: ignore[arg-type]
    client.calls.list(1).items  # type: ignore[attr-defined] # noqa: B018
    for call in client.calls.list(1):  # type: ignore[attr-defined]
        print(call)
    async for workspace in client.workspaces.list():  # type: ignore[attr-defined]
        print(workspace)
    number: str = (await client.workspaces.list())[0].id  # type: ignore[assignment]
    with client:  # type: ignore[attr-defined]
        print(number)
