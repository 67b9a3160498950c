"""The settings that commands work with: the environment, and what a `hookwork up` in this folder
says of its Redis."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from urllib.parse import urlsplit

import redis

from deploy.commands.ending import fail
from webhooks.errors import SettingsRejected
from webhooks.settings import Settings
from webhooks.store import sentinels
from webhooks.store.client import Client
from webhooks.workspaces import chosen


def settings() -> Settings:
    """All settings. Ends the command with a line for each that is missing or unreadable."""
    try:
        return chosen(environ())
    except SettingsRejected as rejected:
        fail("\n".join(rejected.problems))


def environ() -> Mapping[str, str]:
    """The environment, with the Redis of a `hookwork up` that runs in this folder."""
    from deploy.local.folder import HOME
    from deploy.local.house import running_note

    note = running_note(HOME)
    if os.environ.get("REDIS_URL") or os.environ.get("REDIS_URL_FILE") or not note.exists():
        return os.environ
    told: dict[str, str] = json.loads(note.read_text(encoding="utf-8"))
    return {**os.environ, "REDIS_URL": told["REDIS_URL"]}


def client(settings: Settings) -> Client:
    """A client of the Redis of these settings. Ends the command when it does not answer."""
    from webhooks.store.connection import sync_client

    client = sync_client(settings)
    try:
        client.ping()
    except (redis.RedisError, OSError):
        # The URL has a password, and errors may quote it.
        fail(f"Redis does not answer at {where(settings.redis_url.get_secret_value())} (REDIS_URL)")
    return client


def where(url: str) -> str:
    """What may be said of a Redis's address: its host and port, its sentinels, or its socket."""
    if sentinels.is_one(url):
        return sentinels.read(url).told
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port or 6379}" if parts.hostname else parts.path
