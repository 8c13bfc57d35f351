"""A star gives everything, for type checkers too."""

from __future__ import annotations

from callfluent import *


def star(client: CallFluent) -> Records[Workspace]:
    action: Action = SendSms(name="n", instruction="i", content="c")
    try:
        client.actions.create(1, action)
    except NotFoundError:
        pass
    return client.workspaces.list()
