"""What is shown of several workspaces: metrics and health, each for itself."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from deploy.local.redis_server import RedisServer
from tests.contract.several import (
    deliver,
    deliveries,
    edge_of,
    enlist,
    rounds_of,
    settings_for,
    store,
)
from webhooks.settings import Settings
from webhooks.store.client import Client
from webhooks.store.keys import Keys
from webhooks.store.problems import Problems
from webhooks.store.rounds import InForce

LOADED = InForce("h", ["plan"])
LACKING = InForce("", (), "rules.yaml:1: wrong")


@pytest.fixture
def two(environ: dict[str, str], client: Client) -> dict[str, Settings]:
    assert client.ping()
    return settings_for(environ, "acme", "globex")


def lines(http: TestClient, start: str) -> list[str]:
    return [one for one in http.get("/metrics").text.splitlines() if one.startswith(start)]


def test_metrics_are_labelled_by_workspace(two: dict[str, Settings]) -> None:
    with edge_of(two) as http:
        deliver(http, "acme")

        found = lines(http, "hookwork_queue_depth") + lines(http, "hookwork_events_received_total")

    assert found == [
        'hookwork_queue_depth{workspace="acme"} 1.0',
        'hookwork_queue_depth{workspace="globex"} 0.0',
        'hookwork_events_received_total{status="accepted",type="task_added",workspace="acme"} 1.0',
    ]


def test_without_names_no_metric_has_the_label(
    settings: Settings, client: Client, server: RedisServer
) -> None:
    Problems(client).raised("awork:away", "gone")
    enlist(rounds_of(client, ""), "w1", LOADED)

    with edge_of({"": settings}) as http:
        store(server.url, deliveries("", 1))
        page = http.get("/metrics").text

    assert "workspace=" not in page
    assert "hookwork_queue_depth 1.0" in page
    assert 'hookwork_problems{cause="awork:away"} 1.0' in page


def test_one_without_a_name_beside_others_is_labelled_with_nothing(
    environ: dict[str, str], client: Client
) -> None:
    assert client.ping()
    with edge_of(settings_for(environ, "", "acme")) as http:
        found = lines(http, "hookwork_failed_runs")

    assert found == [
        'hookwork_failed_runs{workspace=""} 0.0',
        'hookwork_failed_runs{workspace="acme"} 0.0',
    ]


def test_keys_of_one_that_lie_hide_the_metrics_of_no_other(
    two: dict[str, Settings], client: Client
) -> None:
    client.set("hookwork:@globex:waiting", "somebody else's")

    with edge_of(two) as http:
        deliver(http, "acme")
        found = lines(http, "hookwork_queue_depth") + lines(http, "hookwork_problems{")

    assert found == [
        'hookwork_queue_depth{workspace="acme"} 1.0',
        'hookwork_queue_depth{workspace="globex"} NaN',
        'hookwork_problems{cause="redis:wrong-type",workspace="globex"} 1.0',
    ]


def test_where_the_keys_of_all_lie_there_are_no_metrics(
    two: dict[str, Settings], client: Client
) -> None:
    for name in two:
        client.set(Keys(name).waiting, "somebody else's")

    with edge_of(two) as http:
        assert http.get("/metrics").status_code == 503


@pytest.mark.parametrize(
    ("rules", "status", "told"),
    [
        ((LOADED, LOADED), 200, []),
        ((LOADED, LACKING), 200, ["1 of 2 workspaces have no rule set yet"]),
        ((LACKING, LOADED), 200, ["1 of 2 workspaces have no rule set yet"]),
        ((LACKING, LACKING), 503, ["no worker has loaded a rule set yet"]),
    ],
)
def test_an_edge_is_ready_while_one_workspace_has_rules(
    two: dict[str, Settings],
    client: Client,
    rules: tuple[InForce, ...],
    status: int,
    told: list[str],
) -> None:
    enlist(rounds_of(client, *two), "w1", *rules)

    with edge_of(two) as http:
        answer = http.get("/health/ready")

    said = answer.json()["problems"] if status == 503 else answer.json().get("warnings", [])
    assert answer.status_code == status
    assert [one.removeprefix("no-rules: ") for one in said if "no-rules" in one] == told


@pytest.mark.parametrize(
    ("spoilt", "status"),
    [
        (["@globex:due"], 200),
        (["@acme:due"], 200),
        (["@acme:due", "@globex:waiting"], 503),
        (["workers"], 503),
    ],
)
def test_an_edge_is_ready_while_the_keys_of_one_workspace_are_sound(
    two: dict[str, Settings], client: Client, spoilt: list[str], status: int
) -> None:
    enlist(rounds_of(client, *two), "w1", LOADED, LOADED)
    for key in spoilt:
        client.delete(f"hookwork:{key}")
        client.set(f"hookwork:{key}", "somebody else's")

    with edge_of(two) as http:
        answer = http.get("/health/ready")

    told = answer.json()["problems" if status == 503 else "warnings"]
    assert answer.status_code == status
    assert all(any(f"hookwork:{key} is a string" in one for one in told) for key in spoilt)
