"""The tour with a client that openapi-python-client generates into the package `generated`."""

from __future__ import annotations

import os

from generated import AuthenticatedClient
from generated.api.agents import agents_create, agents_delete, agents_get
from generated.api.calls import calls_list
from generated.api.workspaces import workspaces_list
from generated.models import AgentCreateParams

client = AuthenticatedClient(os.environ["CALLFLUENT_BASE_URL"], os.environ["CALLFLUENT_API_KEY"])
assert workspaces_list.sync_detailed(client=client).status_code == 200

body = AgentCreateParams.from_dict(
    {
        "workspaceId": 1,
        "format": "inbound",
        "timezone": "UTC+00:00",
        "name": "Reception",
        "lang": "en",
        "voice": "alloy",
        "agent_type": "support",
        "background": "b",
        "goal": "g",
        "tone": "a Professional",
        "instructions": "i",
    }
)
created = agents_create.sync(client=client, body=body)
assert created is not None
agent = created.data
assert agent.name == "Reception"

details = agents_get.sync(agent.id, client=client)
assert details is not None
assert details.data.agent.name == "Reception"

calls = calls_list.sync(1001, client=client, page=1)
assert calls is not None
assert len(calls.data) == 20

assert agents_get.sync_detailed(999, client=client).status_code == 404
assert agents_delete.sync_detailed(agent.id, client=client).status_code == 200
print("openapi-python-client passed")
