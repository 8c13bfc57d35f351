"""Records and types in pydantic, FastAPI, Flask, orjson and dataclasses."""

from __future__ import annotations

import dataclasses
import json
import pprint
from typing import Any

import flask
import orjson
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import BaseModel, TypeAdapter, ValidationError

import callfluent
from callfluent import (
    Action,
    Agent,
    AgentCreateParams,
    AgentDetails,
    AgentFormat,
    Call,
    CallFluent,
    KnowledgeFile,
    Records,
    SendEmail,
    SendSms,
    Webhook,
)
from callfluent.sandbox import Sandbox

SMS = {"action_type": "sms", "name": "n", "instruction": "i", "content": "c"}
DETAILS = {"agent": {"id": 7, "name": "Sales", "mood": {"now": "good"}}, "files": [{"id": 1, "name": "a.pdf"}]}


class Form(BaseModel):
    format: AgentFormat
    action: Action


class Result(BaseModel):
    details: AgentDetails


def test_pydantic_checks_literals() -> None:
    assert Form.model_validate({"format": "inbound", "action": SMS}).format == "inbound"
    with pytest.raises(ValidationError, match="Input should be 'outbound' or 'inbound'"):
        Form.model_validate({"format": "nonsense", "action": SMS})


def test_pydantic_chooses_the_action_by_its_type() -> None:
    form = Form.model_validate({"format": "inbound", "action": SMS})
    assert form.action == SendSms(name="n", instruction="i", content="c")
    hook = {"action_type": "webhook", "name": "n", "webhook_url": "https://example.com", "fields": []}
    assert isinstance(TypeAdapter(Action).validate_python(hook), Webhook)
    assert isinstance(
        TypeAdapter(Action).validate_python({**SMS, "action_type": "sendEmail", "subject": "s"}), SendEmail
    )
    for wrong in [{**SMS, "action_type": "fax"}, {"action_type": "sms"}, {**SMS, "contents": "c"}]:
        with pytest.raises(ValidationError):
            TypeAdapter(Action).validate_python(wrong)


def test_pydantic_keeps_all_fields_of_a_record() -> None:
    details = Result.model_validate({"details": DETAILS}).details
    assert type(details) is AgentDetails and type(details.agent) is Agent and type(details.files[0]) is KnowledgeFile
    assert details.agent["mood"] == {"now": "good"}
    assert json.loads(Result(details=details).model_dump_json()) == {"details": DETAILS}
    with pytest.raises(ValidationError, match="agent.id"):
        Result.model_validate({"details": {"agent": {"id": "seven"}}})
    assert TypeAdapter(AgentDetails).validate_python(details) is details


def test_the_schema_of_a_record_has_its_properties() -> None:
    definitions = Result.model_json_schema()["$defs"]
    assert definitions["Agent"]["properties"]["welcome_msg_delay"]["anyOf"] == [{"type": "number"}, {"type": "null"}]
    assert definitions["AgentDetails"]["properties"]["files"]["items"] == {"$ref": "#/$defs/KnowledgeFile"}
    action = Form.model_json_schema()["$defs"]["SendSms"]
    assert action["properties"]["action_type"]["const"] == "sms" and "content" in action["required"]
    assert TypeAdapter(AgentCreateParams).json_schema()["required"][:2] == ["workspace_id", "format"]


def test_records_are_parameters_and_results_of_routes() -> None:
    app = FastAPI()

    @app.post("/agents")
    def read(agent: Agent, action: Action) -> AgentDetails:
        assert isinstance(action, SendSms)
        return AgentDetails(agent=agent)

    @app.post("/calls")
    def pass_on(call: Call) -> Any:
        return [call]

    client = TestClient(app)
    response = client.post("/agents", json={"agent": {"id": 5, "mood": "good"}, "action": SMS})
    assert (response.status_code, response.json()) == (200, {"agent": {"id": 5, "mood": "good"}})
    assert client.post("/agents", json={"agent": {"id": 5}, "action": {"action_type": "sms"}}).status_code == 422
    assert client.post("/calls", json={"id": 5, "outcome": "booked"}).json() == [{"id": 5, "outcome": "booked"}]
    schemas = client.get("/openapi.json").json()["components"]["schemas"]
    assert "tone" in schemas["Agent"]["properties"] and "content" in schemas["SendSms"]["properties"]


@pytest.fixture
def records() -> list[Any]:
    with Sandbox(demo=True) as sandbox, sandbox.client() as client:
        details = client.agents.get(1001)
        return [
            details,
            details.agent,
            client.calls.list(1001).items[0],
            SendSms(name="n", instruction="i", content="c"),
        ]


def test_libraries_encode_records_as_json(records: list[Any]) -> None:
    app = flask.Flask("test")
    for record in records:
        plain = record.to_dict()
        assert json.loads(orjson.dumps([record] * 3)) == [plain] * 3
        assert json.loads(record.to_json()) == plain
        assert json.loads(json.dumps(record, default=dict)) == plain
        with app.app_context():
            assert flask.jsonify(record).get_json() == plain
    with app.app_context():
        assert flask.jsonify(records).get_json() == [record.to_dict() for record in records]


def test_a_list_of_the_api_is_a_list_for_json() -> None:
    with Sandbox(demo=True) as sandbox, sandbox.client() as client:
        agents, workspaces = client.agents.list(1), client.workspaces.list()
    plain = [agent.to_dict() for agent in agents]
    assert json.loads(orjson.dumps(agents.to_dicts())) == json.loads(json.dumps(agents.to_dicts())) == plain
    assert json.loads(json.dumps(list(agents), default=dict)) == json.loads(orjson.dumps(list(agents))) == plain
    # Workspaces have two fields: without an error, they would be the pairs of a dict.
    for records in (agents, workspaces):
        with pytest.raises(TypeError, match=r"a list of records is not a mapping; use to_dicts\(\)"):
            json.dumps(records, default=dict)


def test_fastapi_and_pydantic_take_and_return_lists() -> None:
    app = FastAPI()
    with Sandbox(demo=True) as sandbox, sandbox.client() as client:
        agents = client.agents.list(1)

    @app.get("/any")
    def any_list() -> Any:
        return agents

    @app.get("/untyped")
    def untyped():  # type: ignore[no-untyped-def]
        return {"agents": agents}

    @app.get("/list")
    def agent_list() -> list[Agent]:
        return agents  # type: ignore[return-value]

    @app.get("/records")
    def agent_records() -> Records[Agent]:
        return agents

    plain = agents.to_dicts()
    routes = TestClient(app)
    for path in ("/any", "/list", "/records"):
        assert routes.get(path).json() == plain, path
    assert routes.get("/untyped").json() == {"agents": plain}
    adapter = TypeAdapter(Records[Agent])
    assert adapter.validate_python(agents) is agents
    assert adapter.validate_python(plain) == agents and type(adapter.validate_python(plain)) is Records
    assert json.loads(adapter.dump_json(agents)) == plain
    assert adapter.json_schema()["items"] == {"$ref": "#/$defs/Agent"}
    with pytest.raises(ValidationError, match="0.id"):
        adapter.validate_python([{"id": "seven"}])
    assert TypeAdapter(list[Agent]).validate_python(agents) == list(agents)


def test_dataclasses_treats_records_as_its_own(records: list[Any]) -> None:
    for record in records:
        assert dataclasses.is_dataclass(record) and dataclasses.asdict(record) == record.to_dict()
        assert pprint.pformat(record)
    agent = records[1]
    assert dataclasses.replace(agent, name="b") == agent.replace(name="b")
    assert "tone" in {field.name for field in dataclasses.fields(Agent)}


def test_pydantic_is_not_imported_by_the_package() -> None:
    from processes import run

    code = "import sys, callfluent; callfluent.Agent(name='a'); print('pydantic' in sys.modules)"
    assert run(code, flags=()).stdout.strip() == "False"


def test_lists_are_shown_on_one_line() -> None:
    with Sandbox(demo=True) as sandbox, sandbox.client() as client:
        agents = client.agents.list(1)
        ended = client.knowledge.upload_only(1001, [("menu.txt", "Soup 4")])
        details = client.agents.get(1001)
        pages = client.calls.list(1001)
        assert repr(pages) == "Pages(page=1, nothing fetched yet: iterate over all pages, or use .items)"
        assert pages.items and repr(pages) == "Pages(page=1, 20 items)"
    for shown in (agents, details, agents[0], pages.items):
        assert len(repr(shown).splitlines()) == 1 and len(repr(shown)) < 500, repr(shown)
    assert "Support line" in repr(agents) and "<table" in (agents._repr_html_() or "")
    assert not isinstance(ended, Records) or (len(repr(ended)) < 40 and ended._repr_html_() is None)
    assert Records([Agent(id=1)]) == [Agent(id=1)]
    assert repr(Records([Agent(id=1)] * 30, is_result=False)) == "<30 of Agent>"


def test_tracebacks_hide_the_frames_of_the_package() -> None:
    with Sandbox() as sandbox, sandbox.client() as client:
        with pytest.raises(callfluent.InvalidRequestError) as raised:
            client.agents.patch(1, tonne="a")  # type: ignore[call-arg]
        with pytest.raises(callfluent.NotFoundError) as missing:
            client.agents.get(5)
        with pytest.raises(callfluent.InvalidRequestError) as invalid:
            CallFluent(timeout=-1)
    for error in (raised, missing, invalid):
        assert [entry.path for entry in error.traceback if not entry.ishidden(error)] == [error.traceback[0].path]
