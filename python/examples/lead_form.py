"""A web form that lets an agent call a lead at once, with FastAPI.

fastapi run lead_form.py
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, HTTPException, Request
from pydantic import BaseModel

from callfluent import APIError, AsyncCallFluent, InvalidRequestError


class Lead(BaseModel):
    """The fields of the form."""

    name: str
    phone_number: str


class CallStatus(BaseModel):
    """The response to the form."""

    call_id: int | None
    is_certain: bool


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Keeps one client, and with it its connections, while the application runs."""
    async with AsyncCallFluent() as client:
        app.state.client = client
        yield


app = FastAPI(lifespan=lifespan)


@app.post("/leads", status_code=202)
async def call_lead(lead: Lead, request: Request) -> CallStatus:
    """Starts a phone call to a lead. An uncertain start is not repeated: the phone may ring."""
    client: AsyncCallFluent = request.app.state.client
    try:
        call = await client.calls.start(os.environ["AGENT_ID"], lead.phone_number, custom_fields={"name": lead.name})
    except InvalidRequestError as error:
        raise HTTPException(422, [{"field": field, "reason": reason} for field, reason in error.field_errors]) from None
    except APIError as error:
        if error.outcome_unknown:
            return CallStatus(call_id=None, is_certain=False)
        raise HTTPException(503, "the call could not be started; try again later") from error
    return CallStatus(call_id=call.id if call.has_id else None, is_certain=True)
