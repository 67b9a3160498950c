"""Every key goes when keys.py says so: days of everything are played, and all keys looked at."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from tests import samples, stored
from tests.contract.conftest import Make
from tests.contract.redistrouble import BELL
from tests.stored import RETENTION_S, enlist, sweep
from tests.worker import Worker
from tests.writes import ALL_RULES, TIMO
from webhooks.store import keys
from webhooks.store.acceptor import Delivery
from webhooks.store.client import Client
from webhooks.store.inbox import Inbox
from webhooks.store.problems import Problems
from webhooks.store.reply import text
from workers.clock import Clock
from workers.drain import work_on
from workers.safekeeping import Safekeeping

RULES = (
    ALL_RULES
    + f"""
  - id: in-line
    when: task_updated
    flow: {{key: entity.projectId}}
    do: [{{add_comment: {{task: "${{entity.id}}", message: "in line"}}}}]
  - id: settles
    when: task_updated
    flow: {{settle: 20s, settle_at_most: 2m}}
    do: [{{set_priority: {{task: "${{entity.id}}", prio: true}}}}]
  - id: once
    when: task_updated
    flow: {{once_within: {{per: entity.projectId, time: 1h}}}}
    do: [{{add_comment: {{task: "${{entity.id}}", message: "once"}}}}]
  - id: planned
    when: taskassignment_added
    do:
      - plan_task: {{task: "${{entity.id}}", users: [{TIMO}], effort: 4h, until: "2026-12-18"}}
  - id: renamed
    when: task_updated
    if: [{{changed: name}}]
    do: [{{add_comment: {{task: "${{entity.id}}", message: "renamed"}}}}]
  - id: evening
    when: {{cron: "* * * * *"}}
    for_each: {{tasks: {{}}}}
    do: [{{add_comment: {{task: "${{entity.id}}", message: "evening"}}}}]
  - id: fails
    when: project_deleted
    do: [{{create_task: {{name: "x", private_for: "Nobody Known"}}}}]
"""
)
#: kept in order by their scores or their members, not by an expiry of the key
BY_SCORE = {"settled", "failed", "quarantine", "unanswered"}
STAYS = {"none", "pruned"}
#: nothing here makes them: the watch over awork does, or Workiva, and what is held while it is on
#: its way
UNSEEN = {"watcher", "watched", "watch:sent", "circuit:TARGET", "unfinished:THING", "reading:READ"}
UNSEEN |= {"token:GRANT", "signing:GRANT"}


@dataclass(frozen=True)
class Row:
    """One row of the table."""

    pattern: str
    kind: str
    expiry: str

    def is_of(self, name: str) -> bool:
        """Whether a key is one of these."""
        return re.fullmatch(re.sub(r"[A-Z][A-Z-]*", ".+", self.pattern), name) is not None


def table() -> Iterator[Row]:
    """The table of keys.py."""
    for line in (keys.__doc__ or "").splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) == 6 and re.match(r"[a-z]", cells[1]) and cells[1] != "key":
            yield Row(cells[1], cells[2], cells[4])


ROWS = {row.pattern: row for row in table()}


def row_of(name: str) -> Row:
    """The row a key belongs to."""
    found = ROWS.get(name) or next((row for row in ROWS.values() if row.is_of(name)), None)
    assert found, f"{name} is not in the table of keys.py"
    return found


def play(one: Worker, client: Client, day: int) -> None:
    """A day of everything, until all is settled."""
    inbox = Inbox(client, retention_s=RETENTION_S)
    sign = enlist(inbox, "w1", bell=BELL, rules_hash="h", rules=["plan"])
    watch = Safekeeping(client)
    watch.heed(sign)
    watch.look()
    for n, sample in enumerate(samples.every()):
        # Each of an entity of its own: one that was deleted takes no more events.
        payload = samples.fresh(sample["event"], sample["variant"])
        one.deliver(payload | {"entityId": str(uuid.UUID(int=1000 * day + n))})
    for name in ("Logo", "Poster"):
        change = [{"property": "Name", "old": "x", "new": name}]
        payload = samples.fresh("task_updated", name=name) | {"changes": change}
        one.deliver(payload | {"entityId": str(uuid.UUID(int=day))})
    unread = stored.event(f"unread-{day}", body=b"?")
    stored.deliver(one.server.url, [Delivery(unread, unreadable="not-json")])
    Clock(client, one.deps.turns, one.deps.rules, now=one.clock).look()
    one.clock.forward(minutes=2)
    Clock(client, one.deps.turns, one.deps.rules, now=one.clock).look()
    settle_all(one)
    failed = client.zrange(keys.UNNAMED.failed, 0, -1)
    assert failed
    one.deps.turns.replay(text(failed[0]))
    settle_all(one)
    sweep(inbox, "w1", worker_silent_s=10, turn_ms=60_000)


def settle_all(one: Worker) -> None:
    """Work, and let the time pass that waiting takes, until nothing waits."""
    for _ in range(200):
        for claim in one.deps.inbox.claim(16, now_ms=one.clock.ms):
            work_on(claim, one.deps)
        if not one.deps.redis.zcard(keys.UNNAMED.waiting):
            return
        one.clock.forward(minutes=1)
    raise AssertionError(one.deps.redis.zrange(keys.UNNAMED.waiting, 0, -1))


def sizes(client: Client) -> dict[str, int]:
    """What has no expiry, and how many things are in it."""
    measures: dict[str, Any] = {
        "hash": client.hlen,
        "zset": client.zcard,
        "list": client.llen,
        "string": lambda _: 1,
    }
    names = [text(name) for name in client.keys("*") if client.ttl(name) == -1]
    return {name: measures[text(client.type(name))](name) for name in names}


@pytest.fixture
def day(make: Make, client: Client) -> Worker:
    one = make(RULES)
    Problems(client).raised("test:wrong", "something")
    play(one, client, 1)
    return one


@pytest.mark.usefixtures("day")
def test_after_a_day_of_everything_every_key_has_the_expiry_that_the_table_gives_it(
    client: Client,
) -> None:
    seen = set()

    for name in sorted(text(one) for one in client.keys("*")):
        if name == keys.QUEUE:
            continue
        row = row_of(name.removeprefix(keys.PREFIX))
        seen.add(row.pattern)
        left_s = client.ttl(name)
        assert text(client.type(name)) == row.kind, name
        if row.expiry in STAYS or row.pattern in BY_SCORE:
            assert left_s == -1, name
        else:
            assert left_s > 0, f"{name} stays for ever; the table says {row.expiry}"
        if row.expiry == "retention" and row.pattern not in BY_SCORE | {"holding:THING"}:
            assert left_s <= RETENTION_S, name

    passing = {row.pattern for row in ROWS.values() if row.kind == "channel"}
    # Nothing of these is left once all is settled.
    passing |= {"lane:LANE", "due", "waiting", "unanswered"}
    assert set(ROWS) - seen - passing <= UNSEEN | {"paused", "deciding:PERSON"}
    assert not seen & {"lane:LANE", "due", "waiting"}


def test_another_day_adds_nothing_to_what_has_no_expiry(day: Worker, client: Client) -> None:
    first = sizes(client)

    day.clock.forward(days=1)
    play(day, client, 2)

    second = sizes(client)
    by_score = {keys.PREFIX + name for name in BY_SCORE}
    budget = keys.PREFIX + "budget:awork"
    assert first.keys() == second.keys()
    grown = {name for name in first if second[name] > first[name]}
    assert grown <= by_score | {budget}
    # Quarters of a second of the last minute, and a handful of numbers.
    assert second[budget] <= 2 * 240 + 20


def test_lists_lose_what_is_older_than_the_retention(day: Worker, client: Client) -> None:
    client.delete(keys.HOUSEKEEPER)
    later_ms = int((day.clock.now + timedelta(seconds=RETENTION_S)).timestamp() * 1000)

    sweep(
        Inbox(client, retention_s=RETENTION_S), "w2", worker_silent_s=10, turn_ms=1, now_ms=later_ms
    )

    assert not client.exists(*(keys.PREFIX + name for name in sorted(BY_SCORE)))


def test_every_key_that_is_there_once_is_known_by_its_kind() -> None:
    """What is checked for a wrong type, and so can be named, is what the table has."""
    once = {
        keys.PREFIX + row.pattern: row.kind
        for row in ROWS.values()
        if not re.search("[A-Z]", row.pattern) and row.kind != "channel"
    }

    assert {**once, keys.QUEUE: "list"} == keys.UNNAMED.kinds
