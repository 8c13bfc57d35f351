"""Receives webhooks with Django: a whole project in one file, `python webhook_django.py runserver`.

The URL of the webhook action is `https://your-server/callfluent/SECRET`.
"""

import os
import sys

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from callfluent import webhooks

if not settings.configured:
    settings.configure(ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__, SECRET_KEY="only for this example")


@csrf_exempt
def receive(request: WSGIRequest, secret: str) -> HttpResponse:
    try:
        webhooks.verify_secret(secret, os.environ["CALLFLUENT_WEBHOOK_SECRET"])
        payload = webhooks.parse(request.body)
    except webhooks.WebhookError as error:
        return HttpResponse(error.message, status=error.status)
    print(payload.phone_number, payload.get("customer"), payload.transcription)
    return JsonResponse({"received": True})


urlpatterns = [path("callfluent/<secret>", receive)]
app = get_wsgi_application()

if __name__ == "__main__":
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
