"""A lead form: a visitor leaves a phone number, an agent calls, and the result comes by webhook.

Run it with `uvicorn app:app`. It reads `CALLFLUENT_API_KEY`, `CALLFLUENT_BASE_URL`, `AGENT_ID` and
`WEBHOOK_SECRET`.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from callfluent import AsyncCallFluent, CallFluentError, InvalidRequestError
from fastapi import FastAPI, Form, HTTPException, Request
from fastapi.responses import HTMLResponse

FORM = """<!doctype html><html lang="en"><title>Call me</title>
<form method="post" action="/leads">
<label>Name <input name="name" required></label>
<label>Phone number <input name="phone_number" type="tel" required></label>
<button>Call me now</button></form></html>"""


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.results = {}
    # One client for the whole application shares its connections.
    async with AsyncCallFluent() as client:
        app.state.client = client
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/", response_class=HTMLResponse)
async def form() -> str:
    return FORM


@app.post("/leads", status_code=202)
async def create_lead(
    request: Request, name: Annotated[str, Form()], phone_number: Annotated[str, Form()]
) -> dict[str, str]:
    """Starts a call to a visitor."""
    client: AsyncCallFluent = request.app.state.client
    try:
        await client.calls.start(int(os.environ["AGENT_ID"]), phone_number, name=name)
    except InvalidRequestError as error:
        # The number is invalid, and nothing was sent.
        raise HTTPException(422, str(error)) from error
    except CallFluentError as error:
        if error.outcome_unknown:
            # The phone may be ringing. Another request could call the visitor twice.
            return {"state": "unknown"}
        raise HTTPException(503, "the call could not be started; try again") from error
    return {"state": "calling"}


@app.post("/webhooks/{secret}", status_code=204)
async def receive_call(request: Request, secret: str) -> None:
    """Receives the result of a call. The secret in the URL is the only proof of its origin."""
    if not hmac.compare_digest(secret.encode(), os.environ["WEBHOOK_SECRET"].encode()):
        raise HTTPException(404)
    body: dict[str, Any] = await request.json()
    request.app.state.results[body["phone_number"]] = body


@app.get("/stats")
async def stats(request: Request) -> dict[str, Any]:
    """Returns the name of the agent and the number of its calls."""
    client: AsyncCallFluent = request.app.state.client
    try:
        details = await client.agents.get(int(os.environ["AGENT_ID"]))
    except CallFluentError as error:
        raise HTTPException(503, "the agent could not be read; try again later") from error
    return {"agent": details.agent.name, "calls": details.total_calls}


@app.get("/leads/{phone_number}")
async def lead(request: Request, phone_number: str) -> dict[str, Any]:
    """Returns the result of a call."""
    result: dict[str, Any] | None = request.app.state.results.get(phone_number)
    if result is None:
        raise HTTPException(404, "no result yet")
    return result
