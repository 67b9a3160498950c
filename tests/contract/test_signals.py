"""Health and metrics of the edge, over a real Redis."""

from __future__ import annotations

from starlette.testclient import TestClient

from tests import samples
from tests.contract.edges import SECRET, URL
from tests.stored import enlist
from webhooks.store.client import Client
from webhooks.store.inbox import Inbox


def test_liveness_does_not_ask_redis(away: TestClient) -> None:
    answer = away.get("/health/live")

    assert (answer.status_code, answer.json()) == (200, {"status": "live"})


def test_it_is_ready_when_a_worker_has_rules(http: TestClient, client: Client) -> None:
    enlist(Inbox(client, retention_s=1), "w", bell="b", rules_hash="h", rules=["plan"])

    answer = http.get("/health/ready")

    assert (answer.status_code, answer.json()["status"]) == (200, "ready")


def test_a_risk_is_told_and_deliveries_are_taken_all_the_same(
    http: TestClient, client: Client
) -> None:
    enlist(Inbox(client, retention_s=1), "w", bell="b", rules_hash="h", rules=["plan"])
    told = {}
    for fsync in ("no", "everysec"):
        client.config_set("appendfsync", fsync)
        told[fsync] = http.get("/health/ready").json()
    client.config_set("appendfsync", "no")

    (warning,) = told["no"]["warnings"]
    assert warning.startswith("redis:forgets: appendfsync is no: ")
    assert told["everysec"] == {"status": "ready"}


def test_it_is_not_ready_without_rules(http: TestClient) -> None:
    answer = http.get("/health/ready")

    assert answer.status_code == 503
    assert answer.json()["problems"] == ["no-rules: no worker has loaded a rule set yet"]


def test_it_is_not_ready_when_redis_may_evict(http: TestClient, client: Client) -> None:
    enlist(Inbox(client, retention_s=1), "w", bell="b", rules_hash="h", rules=["plan"])
    client.config_set("maxmemory-policy", "allkeys-lru")
    try:
        answer = http.get("/health/ready")
    finally:
        client.config_set("maxmemory-policy", "noeviction")

    assert answer.status_code == 503
    (problem,) = answer.json()["problems"]
    assert problem == (
        "redis:may-evict: maxmemory-policy is allkeys-lru, must be noeviction; "
        "CONFIG SET maxmemory-policy noeviction, and in its configuration"
    )


def test_it_is_not_ready_without_redis(away: TestClient) -> None:
    answer = away.get("/health/ready")

    assert answer.status_code == 503
    assert answer.json()["problems"][0].startswith("redis:away: ")


def test_metrics_count_what_was_received(http: TestClient) -> None:
    payload = samples.fresh("task_added")
    for body in (payload, payload, samples.fresh("task_added") | {"eventType": "robot_added"}):
        http.post(URL, json=body, headers=SECRET)
    http.post(URL, content=b"?", headers=SECRET)

    lines = http.get("/metrics").text.splitlines()

    assert 'hookwork_events_received_total{status="accepted",type="task_added"} 1.0' in lines
    assert 'hookwork_events_received_total{status="duplicate",type="task_added"} 1.0' in lines
    assert 'hookwork_events_received_total{status="accepted",type="other"} 1.0' in lines
    assert 'hookwork_events_received_total{status="quarantined",type="other"} 1.0' in lines
    assert "hookwork_ack_seconds_count 4.0" in lines
    assert "hookwork_queue_depth 2.0" in lines


def test_metrics_without_redis_are_unavailable(away: TestClient) -> None:
    assert away.get("/metrics").status_code == 503
