"""No write is sent whose entry a failover of Redis could undo."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests import stored
from tests.journey.sentinels import Pair, paired
from webhooks.errors import RunHeld
from webhooks.event import Event
from webhooks.store.client import Client
from webhooks.store.inbox import Inbox
from workers.entries import Begun, Entry, Fresh, Unknown
from workers.ledger import StoredLedger, on_record

INTENT = Entry(method="POST", path="/taskschedules", begun_ms=1)
EFFECT = "plan/create_schedule/schedule"
EVENT: Event = stored.event("one")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with paired(tmp_path_factory.mktemp("pair")) as pair:
        yield pair


@pytest.fixture
def pair(running: Pair) -> Iterator[Pair]:
    """A Redis, empty, and its replica."""
    with running.servers[0].client() as one:
        one.flushall()
    yield running
    running.servers[1].thaw()


@pytest.fixture
def ledger(pair: Pair) -> StoredLedger:
    """That of an event that a worker has in hand."""
    client = Client.at(url(pair))
    stored.accept(url(pair), EVENT)
    (claim,) = Inbox(client, retention_s=stored.RETENTION_S).claim(1)
    return StoredLedger(client, claim, retention_s=stored.RETENTION_S)


def url(pair: Pair, place: int = 0) -> str:
    return f"redis://127.0.0.1:{pair.servers[place].port}"


def begun(ledger: StoredLedger) -> Begun:
    return ledger.begin(EFFECT, INTENT, rule="plan", writes_per_hour=9)


def test_an_entry_is_in_the_replica_before_its_write_is_sent(
    pair: Pair, ledger: StoredLedger
) -> None:
    found = begun(ledger)

    assert found == Fresh()
    assert on_record(Client.at(url(pair, 1)), EVENT.id) == {EFFECT: Unknown(INTENT)}


def test_while_a_replica_lacks_the_entry_nothing_is_sent_and_nothing_was_begun(
    pair: Pair, ledger: StoredLedger
) -> None:
    pair.servers[1].freeze()

    with pytest.raises(RunHeld, match="a replica of Redis lags behind") as held:
        begun(ledger)

    assert (held.value.reason, held.value.retry_in_s) == ("not-replicated", 1.0)
    assert on_record(Client.at(url(pair)), EVENT.id) == {}
    pair.servers[1].thaw()
    assert begun(ledger) == Fresh()


def test_what_is_sent_again_is_in_the_replica_too(pair: Pair, ledger: StoredLedger) -> None:
    begun(ledger)
    pair.servers[1].freeze()

    assert begun(ledger) == Unknown(INTENT)
    with pytest.raises(RunHeld, match="a replica of Redis lags behind"):
        ledger.hold()
    pair.servers[1].thaw()
    ledger.hold()
