"""What KEDA adds workers by: one number for all workspaces, of what a worker could do right now."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from tests import samples
from tests.deploy import kube_files
from tests.deploy.kube_files import one
from webhooks import app, workspaces
from webhooks.store.client import Client
from webhooks.store.connection import async_client
from webhooks.store.inbox import Inbox


@pytest.fixture
def trigger() -> dict[str, str]:
    """What KEDA is told to ask, and for what."""
    scaled = one(kube_files.kept("production"), "ScaledObject", "hookwork-worker")
    told: dict[str, str] = scaled["spec"]["triggers"][0]["metadata"]
    return told


@pytest.fixture
def edge(environ: dict[str, str], client: Client) -> Iterator[TestClient]:
    """An edge of three workspaces: one without a name, acme and globex."""
    assert client.ping()
    own = {
        f"{setting}__{name}": f"{setting} of {name}"
        for setting in ("AWORK_API_TOKEN", "AWORK_WEBHOOK_SECRET")
        for name in ("ACME", "GLOBEX")
    }
    found = workspaces.read_all({**environ, **own, "HOOKWORK_WORKSPACES": "acme,globex"})
    settings = next(iter(found.values()))
    with TestClient(app.build(found, async_client(settings))) as asked:
        yield asked


def deliver(edge: TestClient, kind: str, path: str, secret: str) -> None:
    raw_body = samples.raw(samples.fresh(kind))
    answer = edge.post(path, content=raw_body, headers={"X-Webhook-Secret": secret})
    assert answer.json()["status"] == "accepted"


def found(edge: TestClient, trigger: dict[str, str]) -> list[tuple[Any, float]]:
    """Each sample of that name, with its labels. KEDA takes the first that it finds."""
    page = edge.get("/metrics").text
    families = text_string_to_metric_families(page)
    each = (sample for family in families for sample in family.samples)
    return [(one.labels, one.value) for one in each if one.name == trigger["valueLocation"]]


def test_it_is_one_number_over_all_workspaces(edge: TestClient, trigger: dict[str, str]) -> None:
    before = found(edge, trigger)

    deliver(edge, "task_added", "/webhooks/awork", "secret-of-the-tests")
    deliver(edge, "task_added", "/webhooks/awork/acme", "AWORK_WEBHOOK_SECRET of ACME")
    deliver(edge, "task_added", "/webhooks/awork/globex", "AWORK_WEBHOOK_SECRET of GLOBEX")

    assert before == [({}, 0.0)]
    assert found(edge, trigger) == [({}, 3.0)]


def test_what_is_worked_on_or_waits_for_later_is_none_of_it(
    edge: TestClient, client: Client, trigger: dict[str, str]
) -> None:
    deliver(edge, "task_added", "/webhooks/awork", "secret-of-the-tests")
    due = found(edge, trigger)
    inbox = Inbox(client, retention_s=3600)

    (claim,) = inbox.claim(1)
    claimed = found(edge, trigger)
    inbox.defer(claim, delay_s=600)
    deferred = found(edge, trigger)

    assert [due, claimed, deferred] == [[({}, 1.0)], [({}, 0.0)], [({}, 0.0)]]


def test_kedas_answer_is_read_as_prometheus_writes_it(trigger: dict[str, str]) -> None:
    assert trigger["format"] == "prometheus"
    # A name alone: of what stands in braces behind it KEDA compares values, and adds nothing up.
    assert trigger["valueLocation"].isidentifier()
