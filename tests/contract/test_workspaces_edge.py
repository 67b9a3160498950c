"""The edge for several workspaces: who is let in where, and that one's trouble is no other's."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from deploy.local.redis_server import RedisServer
from tests import samples
from tests.contract.several import (
    BELL,
    NAMES,
    again,
    deliveries,
    edge_of,
    enlist,
    refused,
    rounds_of,
    secret_of,
    settings_for,
    store,
    url_of,
)
from tests.stored import event
from webhooks.safekeeping import keep_looking
from webhooks.settings import Settings
from webhooks.store import keys
from webhooks.store.acceptor import Accepted, Delivery
from webhooks.store.client import AsyncClient, Client
from webhooks.store.keys import Keys
from webhooks.store.problems import Problems
from webhooks.store.rounds import InForce

ALL = ("", *NAMES)


@pytest.fixture
def three(environ: dict[str, str], client: Client) -> dict[str, Settings]:
    """Over an empty Redis, three that have names and one that has none."""
    assert client.ping()
    return settings_for(environ, *ALL)


@pytest.mark.parametrize("name", ALL)
def test_each_workspace_lets_in_its_own_secret_only(
    three: dict[str, Settings], client: Client, name: str
) -> None:
    payload = samples.fresh("task_added")

    with edge_of(three) as http:
        answers = {
            sender: http.post(url_of(name), json=payload, headers=secret_of(sender)).status_code
            for sender in ALL
        }

    assert answers == {sender: 202 if sender == name else 401 for sender in ALL}
    assert [client.zcard(Keys(one).waiting) for one in ALL] == [int(one == name) for one in ALL]


def test_an_unknown_workspace_is_answered_as_a_wrong_secret_is(
    environ: dict[str, str], client: Client
) -> None:
    """Byte for byte: nobody learns which workspaces there are."""
    assert client.ping()
    asked = [
        ("acme", secret_of("globex")),
        ("acme", {}),
        ("nobody", secret_of("acme")),
        ("nobody", {}),
        ("ACME", secret_of("acme")),
        ("", secret_of("acme")),  # there is none without a name
        ("%61cme%2F", secret_of("acme")),
    ]

    with edge_of(settings_for(environ, "acme", "globex")) as http:
        found = [http.post(url_of(name), content=b"{}", headers=head) for name, head in asked]

    answers = {
        (one.status_code, tuple(one.headers.items()), one.content)
        for one in found
        if one.status_code != 404  # a path with one more slash in it is no route at all
    }
    assert len(answers) == 1
    assert next(iter(answers))[0] == 401
    assert client.keys("*") == []


def test_a_secret_header_and_a_signing_key_are_of_one_workspace(
    environ: dict[str, str], client: Client
) -> None:
    assert client.ping()
    own = {"AWORK_WEBHOOK_HEADER__ACME": "X-Acme", "AWORK_WEBHOOK_SIGNING_KEY__GLOBEX": "k"}
    body = samples.raw(samples.fresh("task_added"))

    with edge_of(settings_for(environ | own, "acme", "globex", "initech")) as http:
        codes = [
            http.post(url_of(name), content=body, headers=headers).status_code
            for name, headers in (
                ("acme", {"X-Acme": "secret-of-acme"}),
                ("acme", secret_of("acme")),
                ("globex", secret_of("globex")),  # not signed
                ("initech", secret_of("initech")),
            )
        ]

    assert codes == [202, 401, 401, 202]


def test_one_delivery_sent_to_two_workspaces_is_two_events_and_twice_to_one_a_duplicate(
    three: dict[str, Settings], client: Client
) -> None:
    payload = samples.fresh("task_added")

    with edge_of(three) as http:
        answers = [
            http.post(url_of(name), json=payload, headers=secret_of(name)).json()
            for name in ("acme", "globex", "acme")
        ]

    assert [one["status"] for one in answers] == ["accepted", "accepted", "duplicate"]
    assert answers[0]["id"] == answers[2]["id"] != answers[1]["id"]
    assert [client.zcard(Keys(name).waiting) for name in ALL] == [0, 1, 1, 0]


def test_what_cannot_be_read_is_in_the_quarantine_of_its_workspace(
    three: dict[str, Settings], client: Client
) -> None:
    with edge_of(three) as http:
        answer = http.post(url_of("globex"), content=b"?", headers=secret_of("globex"))

    assert answer.json()["status"] == "quarantined"
    assert [client.zcard(Keys(name).quarantine) for name in ALL] == [0, 0, 1, 0]


@pytest.mark.parametrize("spoilt", ["due", "waiting", "quarantine"])
def test_keys_of_one_workspace_that_lie_keep_no_delivery_of_another_waiting(
    server: RedisServer, client: Client, spoilt: str
) -> None:
    batch = [one for name in ALL for one in deliveries(name, 3)]
    client.set(f"hookwork:@globex:{spoilt}", "somebody else's")

    found = store(server.url, batch)

    assert refused(found) == [6, 7, 8]
    assert [client.zcard(Keys(name).lane("awork:t1")) for name in ALL] == [1, 1, 0, 1]


def test_what_is_stored_of_a_batch_that_meets_a_lying_key_is_rung_for(
    server: RedisServer, client: Client
) -> None:
    """Acknowledged means stored and queued: also when the script ended before it came to ring."""
    client.set(keys.BELL, BELL)
    client.set("hookwork:@globex:due", "somebody else's")
    first = deliveries("acme", 1)

    found = store(server.url, [*first, *deliveries("globex", 1)])

    assert found[0] == Accepted(first[0].event.id, "accepted")
    assert client.llen(keys.QUEUE) == 1


def test_one_whose_keys_lie_costs_the_others_one_more_step_however_many_they_are(
    server: RedisServer, client: Client
) -> None:
    client.set("hookwork:@globex:due", "somebody else's")
    store(server.url, deliveries("acme", 1, "warm"))
    client.config_resetstat()

    found = store(server.url, [*deliveries("acme", 50), *deliveries("globex", 1)])

    assert refused(found) == [50]
    assert client.info("commandstats")["cmdstat_evalsha"]["calls"] == 3  # all, acme's, globex's


def test_deliveries_of_one_id_do_not_meet_in_two_workspaces(
    server: RedisServer, client: Client
) -> None:
    same = event("same")
    one, other = Delivery(same, key=Keys("acme")), Delivery(same, key=Keys("globex"))

    found = store(server.url, [one, other, again(one)])

    assert found == [
        Accepted("id-same", "accepted"),
        Accepted("id-same", "accepted"),
        Accepted("id-same", "duplicate"),
    ]
    assert client.exists("hookwork:@acme:event:id-same", "hookwork:@globex:event:id-same") == 2


def test_an_edge_needs_no_more_connections_for_more_workspaces(
    environ: dict[str, str], client: Client
) -> None:
    names = [f"w{number}" for number in range(30)]

    with edge_of(settings_for(environ, *names)) as http:
        http.get("/metrics")
        held = [one for one in client.client_list() if one["name"] == "hookwork-edge"]

    assert 1 <= len(held) <= 3


def test_an_edge_finds_a_redis_that_was_emptied_whatever_is_wrong_in_one_workspace(
    server: RedisServer, client: Client
) -> None:
    """Each is told: what was lost of it has to be fetched for it."""
    enlist(rounds_of(client, *NAMES), "w1", *[InForce("h", ["plan"])] * 3)
    looks = 0

    async def pause(_seconds: float) -> None:
        nonlocal looks
        looks += 1
        if looks == 1:
            client.flushall()
            client.set("hookwork:@acme:waiting", "somebody else's")
        else:
            raise asyncio.CancelledError

    async def run() -> None:
        edges = AsyncClient.at(server.url)
        try:
            with suppress(asyncio.CancelledError):
                await keep_looking([edges.of(name) for name in NAMES], pause)
        finally:
            await edges.aclose()

    asyncio.run(run())

    found = {name: Problems(client.of(name)).all() for name in NAMES}
    assert {name: [one.cause for one in problems] for name, problems in found.items()} == {
        "acme": [],
        "globex": ["redis:emptied"],
        "initech": ["redis:emptied"],
    }
    assert found["globex"][0].way_out.startswith("hookwork --workspace globex backfill --since ")
