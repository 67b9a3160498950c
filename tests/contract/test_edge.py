"""The edge's answers, row by row of its HTTP table, over a real Redis."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests import samples
from tests.contract.edges import SECRET, URL, client_of
from webhooks.app import MAX_BODY_BYTES
from webhooks.settings import read
from webhooks.store import keys
from webhooks.store.client import Client


@pytest.mark.parametrize("one", samples.every(), ids=lambda one: f"{one['event']}-{one['variant']}")
def test_every_sample_is_accepted(http: TestClient, one: dict[str, Any]) -> None:
    answer = http.post(URL, json=one["payload"], headers=SECRET)

    assert answer.status_code == 202
    assert answer.json().keys() == {"id", "status"}
    assert answer.json()["status"] == "accepted"


def test_the_same_delivery_again_is_a_duplicate_of_the_first(
    http: TestClient, client: Client
) -> None:
    payload = samples.fresh("task_added")
    first = http.post(URL, json=payload, headers=SECRET).json()

    again = http.post(URL, json=payload, headers=SECRET)

    assert again.status_code == 202
    assert again.json() == {"id": first["id"], "status": "duplicate"}
    assert client.zcard(keys.UNNAMED.waiting) == 1


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"this is not json", "not-json"),
        (b"", "not-json"),
        (b'{"test": true}', "no-event-type"),
        (b"[1, 2]", "not-an-event"),
    ],
)
def test_what_cannot_be_read_is_kept_and_acknowledged(
    http: TestClient, client: Client, body: bytes, reason: str
) -> None:
    answer = http.post(URL, content=body, headers=SECRET)

    event_id = answer.json()["id"]
    assert answer.status_code == 202
    assert answer.json() == {"id": event_id, "status": "quarantined", "reason": reason}
    assert client.hget(keys.UNNAMED.event(event_id), "body") == body
    assert client.zcard(keys.UNNAMED.waiting) == 0


@pytest.mark.parametrize(
    "headers",
    [{}, {"X-Webhook-Secret": "wrong"}, {"X-Webhook-Secret": ""}, {"Authorization": "x"}],
)
def test_no_secret_and_a_wrong_one_get_the_same_answer_and_nothing_is_kept(
    http: TestClient, client: Client, headers: dict[str, str]
) -> None:
    answer = http.post(URL, json=samples.fresh("task_added"), headers=headers)

    assert (answer.status_code, answer.json()) == (401, {"error": "unauthorized"})
    assert client.keys("*") == []


def test_the_header_has_the_name_that_is_set(environ: dict[str, str], client: Client) -> None:
    assert client.ping()
    settings = read(environ | {"AWORK_WEBHOOK_HEADER": "Authorization"})
    with client_of(settings) as http:
        answer = http.post(
            URL, json=samples.fresh("task_added"), headers={"Authorization": "secret-of-the-tests"}
        )

    assert answer.status_code == 202


def test_a_secret_can_be_changed_without_a_gap(environ: dict[str, str], client: Client) -> None:
    assert client.ping()
    settings = read(
        environ | {"AWORK_WEBHOOK_SECRET": "new", "AWORK_WEBHOOK_SECRET_PREVIOUS": "old"}
    )
    with client_of(settings) as http:
        answers = [
            http.post(
                URL, json=samples.fresh("task_added"), headers={"X-Webhook-Secret": secret}
            ).status_code
            for secret in ("new", "old", "older")
        ]

    assert answers == [202, 202, 401]


def test_where_a_proxy_signs_the_signature_is_demanded_too(
    environ: dict[str, str], client: Client
) -> None:
    assert client.ping()
    body = samples.raw(samples.fresh("task_added"))
    signature = "sha256=" + hmac.digest(b"key", body, "sha256").hex()
    settings = read(environ | {"AWORK_WEBHOOK_SIGNING_KEY": "key"})
    with client_of(settings) as http:
        signed = http.post(URL, content=body, headers=SECRET | {"X-Awork-Signature": signature})
        unsigned = http.post(URL, content=body, headers=SECRET)

    assert (signed.status_code, unsigned.status_code) == (202, 401)


def parts(total: int, size: int = 65_536) -> Iterator[bytes]:
    """A body in parts, without a Content-Length."""
    for start in range(0, total, size):
        yield b" " * min(size, total - start)


def test_a_body_of_1_mib_is_taken_and_one_byte_more_is_not(http: TestClient) -> None:
    payload = samples.raw(samples.fresh("task_added"))
    exactly = payload + b" " * (MAX_BODY_BYTES - len(payload))

    fits = http.post(URL, content=exactly, headers=SECRET)
    too_large = http.post(URL, content=exactly + b" ", headers=SECRET)

    assert fits.status_code == 202
    assert (too_large.status_code, too_large.json()) == (413, {"error": "body-too-large"})


def test_a_body_is_counted_while_it_is_read(http: TestClient) -> None:
    answer = http.post(URL, content=parts(MAX_BODY_BYTES + 1), headers=SECRET)

    assert answer.status_code == 413


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_other_methods_are_not_allowed(http: TestClient, method: str) -> None:
    answer = http.request(method, URL)

    assert (answer.status_code, answer.json()) == (405, {"error": "method-not-allowed"})
    assert answer.headers["Allow"] == "POST"


@pytest.mark.parametrize("path", ["/webhooks", "/webhooks/other", "/nothing", "/../etc/passwd"])
def test_other_paths_are_not_found(http: TestClient, path: str) -> None:
    answer = http.post(path)

    assert (answer.status_code, answer.json()) == (404, {"error": "not-found"})


def test_without_redis_the_sender_is_asked_to_come_again(away: TestClient) -> None:
    answer = away.post(URL, json=samples.fresh("task_added"), headers=SECRET)

    assert (answer.status_code, answer.json()) == (503, {"error": "storage-unavailable"})
    assert answer.headers["Retry-After"] == "5"


def test_nothing_of_a_refused_delivery_is_logged(
    http: TestClient, capfd: pytest.CaptureFixture[str]
) -> None:
    http.post(URL, content=json.dumps({"note": "private"}), headers={"X-Webhook-Secret": "guess"})

    printed = "".join(capfd.readouterr())

    assert "private" not in printed
    assert "guess" not in printed
