"""Uses that type checkers must refuse; each line says so, and one that is accepted is an error itself."""

# pyright: reportUnnecessaryTypeIgnoreComment=true

from __future__ import annotations

from callfluent import AsyncCallFluent, CallFluent, SendEmail


def wrong(client: CallFluent) -> None:
    client.agents.create(name="a")  # type: ignore[call-arg]
    client.agents.list("1", pages=2)  # type: ignore[call-arg]
    client.agents.get(None)  # type: ignore[arg-type]
    client.agents.patch(1, answer_creativity="high")  # type: ignore[arg-type]
    SendEmail(name="n", instruction="i", content="c")  # type: ignore[call-arg]
    client.calls.start(1)  # type: ignore[call-arg]
    number: str = client.workspaces.list()[0].id  # type: ignore[assignment]
    client.agents.nonsense()  # type: ignore[attr-defined]
    client.knowledge.upload(1, [5])  # type: ignore[list-item]
    print(number)


def wrong_async(client: AsyncCallFluent) -> None:
    client.agents.list(1)[0]  # type: ignore[index]
