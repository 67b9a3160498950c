"""The Redis that commands speak to: that of REDIS_URL, or of a `hookwork up` in this folder."""

from __future__ import annotations

import json
import os

import redis

from deploy.commands.configured import where
from deploy.commands.ending import fail
from webhooks.store.client import Client


def client() -> Client:
    """A client of REDIS_URL, or of a `hookwork up` that runs in this folder."""
    from deploy.local.folder import HOME
    from deploy.local.house import running_note
    from webhooks.errors import SettingsRejected
    from webhooks.settings import given
    from webhooks.store.connection import with_tls
    from webhooks.workspaces import which

    try:
        workspace = which(os.environ)
        url = given(os.environ, "REDIS_URL")
    except SettingsRejected as rejected:
        fail(str(rejected))
    note = running_note(HOME)
    if not url and note.exists():
        url = json.loads(note.read_text(encoding="utf-8"))["REDIS_URL"]
    if not url:
        fail("REDIS_URL is missing, and no `hookwork up` runs in this folder")
    try:
        client = Client.at(with_tls(url, verify=os.environ.get("REDIS_TLS_VERIFY") or "required"))
        client.ping()
    except ValueError:
        fail("REDIS_URL cannot be read. Example: REDIS_URL=redis://localhost:6379/0")
    except (redis.RedisError, OSError):
        # The URL has a password, and errors may quote it.
        fail(f"Redis does not answer at {where(url)}")
    return client.of(workspace)
