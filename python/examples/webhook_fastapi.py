"""Receives webhooks with FastAPI: `uvicorn webhook_fastapi:app`.

The URL of the webhook action is `https://your-server/callfluent/SECRET`.
"""

import os

from fastapi import FastAPI, Request, Response

from callfluent import webhooks

app = FastAPI()


@app.exception_handler(webhooks.WebhookError)
async def reject(request: Request, error: webhooks.WebhookError) -> Response:
    return Response(error.message, error.status)


@app.post("/callfluent/{secret}")
async def receive(secret: str, request: Request) -> dict[str, bool]:
    webhooks.verify_secret(secret, os.environ["CALLFLUENT_WEBHOOK_SECRET"])
    payload = webhooks.parse(await request.body())
    print(payload.phone_number, payload.get("customer"), payload.transcription)
    return {"received": True}
