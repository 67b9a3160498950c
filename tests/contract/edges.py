"""An edge under test, and what one says to it."""

from __future__ import annotations

from starlette.testclient import TestClient

from webhooks import app as edge
from webhooks.settings import Settings
from webhooks.store.connection import async_client

SECRET = {"X-Webhook-Secret": "secret-of-the-tests"}
URL = "/webhooks/awork"


def client_of(settings: Settings) -> TestClient:
    """An edge with these settings."""
    return TestClient(edge.build({"": settings}, async_client(settings)))
