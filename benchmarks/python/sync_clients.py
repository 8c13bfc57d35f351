"""The sync benchmark clients, and the JSON decoders.

Each function makes one client and returns its tasks. Imports are inside of the functions, since the
time to a first response includes them.
"""

AUTHORIZATION = {"Authorization": "Bearer some-key"}
AGENT = "/agent/get-one/7"


def agent_name(response):
    return response["data"]["agent"]["name"]


def nothing(base_url):
    return {}


def callfluent(base_url):
    from callfluent import CallFluent

    client = CallFluent("some-key", base_url=base_url)

    def page():
        return len(client.calls.list(1, page=1).items)

    def calls(pages):
        return len([call.id for call in client.calls.list(pages)])

    def frame(agents):
        import pandas

        return len(pandas.concat(client.calls.list(agent).to_pandas() for agent in range(100, 100 + agents)))

    return {
        "agent": lambda: client.agents.get(7).agent.name,
        "page": page,
        "agents": lambda length: len(client.agents.list(length)),
        "calls": calls,
        "hold": lambda number: client.calls.list(number, page=number).items,
        "export": lambda agents, path: client.calls.export(path, agent_ids=range(100, 100 + agents)).calls,
        "frame": frame,
        "upload": lambda path: client.knowledge.upload_only(7, path, timeout=600),
        "another": lambda: CallFluent("some-key", base_url=base_url),
    }


def httpx(base_url):
    from httpx import Client

    client = Client(headers=AUTHORIZATION)
    return {"agent": lambda: agent_name(client.get(base_url + AGENT).json())}


def requests(base_url):
    from requests import Session

    session = Session()
    session.headers.update(AUTHORIZATION)

    def all_calls(agents):
        import pandas

        calls = []
        for agent in range(100, 100 + agents):
            page = 1
            while batch := session.get(f"{base_url}/agent/{agent}/calls?page={page}").json()["data"]:
                calls += batch
                page += 1
        return pandas.DataFrame(calls)

    def export(agents, path):
        frame = all_calls(agents)
        frame.to_parquet(path)
        return len(frame)

    return {
        "agent": lambda: agent_name(session.get(base_url + AGENT).json()),
        "export": export,
        "frame": lambda agents: len(all_calls(agents)),
    }


def primp(base_url):
    from os import environ

    from primp import Client

    client = Client(headers=AUTHORIZATION, ca_cert_file=environ.get("SSL_CERT_FILE"))
    return {"agent": lambda: agent_name(client.get(base_url + AGENT).json())}


def impit(base_url):
    from impit import Client

    client = Client(headers=AUTHORIZATION)
    return {"agent": lambda: agent_name(client.get(base_url + AGENT).json())}


def niquests(base_url):
    from niquests import Session

    session = Session()
    session.headers.update(AUTHORIZATION)
    return {"agent": lambda: agent_name(session.get(base_url + AGENT).json())}


def retell(base_url):
    from retell import Retell

    client = Retell(api_key="some-key", base_url=base_url)

    def export(agents, path):
        import pandas

        calls, next_page = [], {}
        # Each response has a next page, so the loop ends by number.
        for _ in range(agents * 20):
            page = client.call.list(limit=1_000, **next_page)
            calls += [call.to_dict() for call in page.items]
            next_page = {"pagination_key": page.pagination_key}
        frame = pandas.DataFrame(calls)
        frame.to_parquet(path)
        return len(frame)

    return {"agent": lambda: client.agent.retrieve("7").agent_name, "export": export}


def vapi(base_url):
    from vapi import Vapi

    client = Vapi(token="some-key", base_url=base_url)
    return {"agent": lambda: client.assistants.get("7").name}


def openai(base_url):
    from openai import OpenAI

    client = OpenAI(api_key="some-key", base_url=base_url)
    return {"agent": lambda: client.models.retrieve("7").owned_by}


def orjson(base_url):
    from orjson import loads

    return _decoder(base_url, loads)


def json(base_url):
    from json import loads

    return _decoder(base_url, loads)


def _decoder(base_url, loads):
    body = _body(base_url, 1)

    def read():
        return sum(call["id"] > 0 and call["status"] == "completed" for call in loads(body)["data"])

    def read_all():
        return sum(value is not None for call in loads(body)["data"] for value in call.values())

    return {
        "page": lambda: len(loads(body)["data"]),
        "read": read,
        "read-all": read_all,
        "hold": lambda number: loads(_body(base_url, number))["data"],
    }


def _body(base_url, number):
    from urllib.request import urlopen

    with urlopen(f"{base_url}/agent/{number}/calls?page={number}") as response:
        return response.read()
