"""The async benchmark clients.

Each function makes one client and returns its tasks. Each task reads a field of the response, as
users do. Imports are inside of the functions, since the time to a first response includes them.
"""

AUTHORIZATION = {"Authorization": "Bearer some-key"}
AGENT = "/agent/get-one/7"
SHORT_HISTORIES = 1_000  # From this ID on, an agent has one page of 20 calls.
HISTORIES_AT_ONCE = 64


def agent_name(response):
    return response["data"]["agent"]["name"]


async def callfluent(base_url, hooks=None):
    from callfluent import AsyncCallFluent

    client = AsyncCallFluent("some-key", base_url=base_url, hooks=hooks)

    async def agent():
        return (await client.agents.get(7)).agent.name

    async def page():
        return len((await client.calls.list(1, page=1)).items)

    async def read():
        return sum(call.id > 0 and call.status == "completed" for call in (await client.calls.list(1, page=1)).items)

    async def read_all():
        items = (await client.calls.list(1, page=1)).items
        return sum(value is not None for call in items for value in call.values())

    async def agents(length):
        return len(await client.agents.list(length))

    async def histories(agents):
        ids = range(SHORT_HISTORIES, SHORT_HISTORIES + agents)
        results = await client.calls.list_many(ids, max_concurrency=HISTORIES_AT_ONCE)
        return sum(len(item.value) == 20 for item in results)

    async def calls(pages):
        return len([call.id async for call in client.calls.list(pages)])

    return {
        "agent": agent,
        "page": page,
        "read": read,
        "read-all": read_all,
        "agents": agents,
        "histories": histories,
        "calls": calls,
    }


async def hooks(base_url):
    """The same client with hooks that do nothing."""
    from callfluent.hooks import Hooks

    return await callfluent(base_url, [Hooks()])


async def gathered_histories(agents, page):
    """Returns the number of complete histories. `page` fetches the calls of an agent's page."""
    import asyncio

    limit = asyncio.Semaphore(HISTORIES_AT_ONCE)

    async def history(agent):
        calls, number = [], 1
        async with limit:
            while batch := await page(f"/agent/{agent}/calls?page={number}"):
                calls += batch
                number += 1
        return calls

    ids = range(SHORT_HISTORIES, SHORT_HISTORIES + agents)
    return sum(len(calls) == 20 for calls in await asyncio.gather(*map(history, ids)))


async def aiohttp(base_url):
    from aiohttp import ClientSession, TCPConnector

    session = ClientSession(headers=AUTHORIZATION, connector=TCPConnector(limit=0))

    async def agent():
        async with session.get(base_url + AGENT) as response:
            return agent_name(await response.json())

    async def page(path):
        async with session.get(base_url + path) as response:
            return (await response.json())["data"]

    return {"agent": agent, "histories": lambda agents: gathered_histories(agents, page)}


async def httpx(base_url):
    from httpx import AsyncClient, Limits

    client = AsyncClient(
        headers=AUTHORIZATION,
        limits=Limits(max_connections=None, max_keepalive_connections=None),
    )

    async def agent():
        return agent_name((await client.get(base_url + AGENT)).json())

    async def page(path):
        return (await client.get(base_url + path)).json()["data"]

    return {"agent": agent, "histories": lambda agents: gathered_histories(agents, page)}


async def primp(base_url):
    from os import environ

    from primp import AsyncClient

    client = AsyncClient(headers=AUTHORIZATION, ca_cert_file=environ.get("SSL_CERT_FILE"))

    async def agent():
        return agent_name((await client.get(base_url + AGENT)).json())

    return {"agent": agent}


async def impit(base_url):
    from impit import AsyncClient

    client = AsyncClient(headers=AUTHORIZATION)

    async def agent():
        return agent_name((await client.get(base_url + AGENT)).json())

    return {"agent": agent}


async def niquests(base_url):
    from niquests import AsyncSession

    session = AsyncSession(pool_maxsize=1_000)
    session.headers.update(AUTHORIZATION)

    async def agent():
        return agent_name((await session.get(base_url + AGENT)).json())

    return {"agent": agent}


async def retell(base_url):
    from retell import AsyncRetell

    client = AsyncRetell(api_key="some-key", base_url=base_url)

    async def agent():
        return (await client.agent.retrieve("7")).agent_name

    return {"agent": agent}


async def vapi(base_url):
    from vapi import AsyncVapi

    client = AsyncVapi(token="some-key", base_url=base_url)

    async def agent():
        return (await client.assistants.get("7")).name

    return {"agent": agent}


async def openai(base_url):
    from openai import AsyncOpenAI

    client = AsyncOpenAI(api_key="some-key", base_url=base_url)

    async def agent():
        return (await client.models.retrieve("7")).owned_by

    return {"agent": agent}
