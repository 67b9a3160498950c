"""Workspaces that were taken out of the settings, are called otherwise now, or came later."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from deploy.commands.backfilling import known_since
from deploy.local.redis_server import RedisServer
from tests.contract.several import deliveries, enlist, rounds_of, settings_for, store
from webhooks.store import keys
from webhooks.store.client import Client
from webhooks.store.keys import Keys
from webhooks.store.problems import Problems
from webhooks.store.rounds import InForce
from webhooks.store.served import unserved
from workers.unserved import APART_S, NOT_SERVED, Unserved

LOADED = InForce("h", ["plan"])


def lives(client: Client, worker: str, *names: str) -> None:
    """A sign of life of a worker for these."""
    enlist(rounds_of(client, *names), worker, *[LOADED] * len(names))


def dies(client: Client, worker: str, names: Sequence[str]) -> None:
    rounds_of(client, *names).leave(worker)


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        (("acme", "globex"), ("acme",), {"globex": 2}),  # taken out
        (("acme",), ("acme-corp",), {"acme": 2}),  # called otherwise
        (("",), ("acme",), {"": 2}),  # has a name now
        (("acme",), ("", "acme"), {}),
    ],
)
def test_events_that_nobody_will_work_on_are_found(
    client: Client,
    server: RedisServer,
    before: tuple[str, ...],
    after: tuple[str, ...],
    found: dict[str, int],
) -> None:
    lives(client, "old", *before)
    for name in before:
        store(server.url, deliveries(name, 2))
    dies(client, "old", before)

    lives(client, "new", *after)

    assert unserved(client, after) == found


def test_events_of_a_store_from_before_there_were_names_are_found(
    client: Client, server: RedisServer
) -> None:
    store(server.url, deliveries("", 3))

    assert unserved(client, ("acme",)) == {"": 3}


def test_while_another_worker_serves_it_nothing_is_wrong(
    client: Client, server: RedisServer
) -> None:
    """As in a rolling change: the old ones go on for a while."""
    lives(client, "old", "acme", "globex")
    store(server.url, deliveries("globex", 1))
    lives(client, "new", "acme")

    during = unserved(client, ("acme",))
    client.zrem(keys.WORKERS, "old")
    after = unserved(client, ("acme",))

    assert (during, after) == ({}, {"globex": 1})


def test_it_is_told_once_and_told_again_when_it_is_over(
    client: Client, server: RedisServer
) -> None:
    lives(client, "old", "acme", "globex")
    store(server.url, [*deliveries("", 1), *deliveries("globex", 2)])
    dies(client, "old", ("acme", "globex"))
    now_s = 0.0
    watch = Unserved(client.of("acme"), ("acme",), clock=lambda: now_s)

    with capture_logs() as logs:
        for _ in range(3):
            watch.look()
            now_s += APART_S
        (problem,) = Problems(client.of("acme")).all()
        client.delete(Keys("").waiting, Keys("globex").waiting)
        watch.look()
        left = Problems(client.of("acme")).all()

    assert (problem.cause, problem.message) == (
        NOT_SERVED,
        "events wait in workspaces that no worker serves: the one without a name (1), globex (2)",
    )
    assert left == []
    assert [line["event"] for line in logs] == ["workspaces_not_served", "workspaces_served_again"]


def test_records_of_a_workspace_begin_when_it_was_added(
    environ: dict[str, str], client: Client
) -> None:
    """A backfill from before would do once more what was done under the name it had then."""
    born, now = datetime(2026, 1, 1, tzinfo=UTC), datetime.now(UTC)
    client.set(keys.BORN, f"{born.timestamp():.0f}.1 w")
    settings = settings_for(environ | {"HOOKWORK_RETENTION": "3650d"}, "", "acme", "globex")
    lives(client, "w1", "", "acme")
    lives(client, "w1", "", "acme")

    since = {name: known_since(client.of(name), one, now) for name, one in settings.items()}

    assert since[""] == born
    assert now - timedelta(minutes=1) < since["acme"] < now + timedelta(minutes=1)
    assert since["globex"] == now  # no worker has served it yet


def test_what_was_served_first_is_not_forgotten_with_the_next_sign_of_life(client: Client) -> None:
    rounds = rounds_of(client, "acme")

    for now_ms in (1_000, 2_000):
        rounds.enlist("w1", bell="b", rules=[LOADED], now_ms=now_ms)

    assert client.zrange(keys.WORKSPACES, 0, -1, withscores=True) == [(b"acme", 1_000.0)]
