"""Receives webhooks with Flask: `flask --app webhook_flask run`.

The URL of the webhook action is `https://your-server/callfluent/SECRET`.
"""

import os

from flask import Flask, request

from callfluent import webhooks

app = Flask(__name__)


@app.errorhandler(webhooks.WebhookError)
def reject(error: webhooks.WebhookError) -> tuple[str, int]:
    return error.message, error.status


@app.post("/callfluent/<secret>")
def receive(secret: str) -> dict[str, bool]:
    webhooks.verify_secret(secret, os.environ["CALLFLUENT_WEBHOOK_SECRET"])
    payload = webhooks.parse(request.get_data())
    print(payload.phone_number, payload.get("customer"), payload.transcription)
    return {"received": True}
