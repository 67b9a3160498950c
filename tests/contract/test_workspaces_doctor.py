"""`hookwork doctor` in a deployment with several workspaces."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.sandbox.server import Sandbox
from tests.contract.deskoftwo import desk_of, hookwork
from tests.contract.unheard import WEBHOOK
from webhooks.store.client import Client
from webhooks.store.keys import Keys


@pytest.fixture
def env(
    environ: dict[str, str], sandbox: Sandbox, tmp_path: Path, client: Client
) -> Iterator[dict[str, str]]:
    client.config_set("appendfsync", "everysec")
    yield desk_of(environ, sandbox, tmp_path)
    client.config_set("appendfsync", "no")


def doctor(env: dict[str, str], *arguments: str) -> dict[str, list[dict[str, Any]]]:
    """What it finds, by what it is of."""
    rows = json.loads(hookwork(env, *arguments, "doctor", "--json").stdout)
    return {row["of"]: [one for one in rows if one["of"] == row["of"]] for row in rows}


def test_the_doctor_looks_at_all_of_them_or_at_the_one_that_is_named(
    env: dict[str, str], sandbox: Sandbox
) -> None:
    secret = "x-webhook-secret=secret-of-acme"
    uri = f"{WEBHOOK['uri']}/acme"
    sandbox.world.add("webhooks", {**WEBHOOK, "authentication": secret, "uri": uri})

    found, named = doctor(env), doctor(env, "--workspace", "acme")

    good = {of: all(one["good"] for one in rows) for of, rows in found.items()}
    assert good == {
        "settings": True,
        "redis": True,
        "acme awork": True,
        "acme subscription": True,
        "globex awork": False,
    }
    assert "globex awork" not in named


def test_a_subscription_with_the_address_of_another_workspace_is_none(
    env: dict[str, str], sandbox: Sandbox
) -> None:
    secret = "x-webhook-secret=secret-of-acme"
    for path in ("", "/globex"):
        uri = f"{WEBHOOK['uri']}{path}"
        sandbox.world.add("webhooks", {**WEBHOOK, "authentication": secret, "uri": uri})

    (found,) = doctor(env)["acme subscription"]

    assert not found["good"]
    assert (
        "no subscription in awork has an address that ends in /webhooks/awork/acme"
        in (found["message"])
    )
    assert "AWORK_WEBHOOK_SECRET__ACME as its value" in found["way_out"]


def test_the_doctor_names_keys_that_lie_in_any_workspace(
    env: dict[str, str], client: Client
) -> None:
    client.set(Keys("globex").due, "somebody else's")

    (found,) = doctor(env)["redis"]

    assert "hookwork:@globex:due is a string, must be a zset" in found["message"]
