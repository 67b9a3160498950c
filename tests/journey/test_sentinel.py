"""Sentinels fail over under load: nothing is doubled, and what replication lost is found again."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deploy.commands import backfilling
from deploy.sandbox.server import Sandbox
from tests.journey.conftest import free_port
from tests.journey.sentinel_load import EFFECTS, RULES, Adding, made
from tests.journey.sentinels import Server, Watched, watched
from tests.journey.stack import SECRET, Stack, until
from webhooks.settings import read
from webhooks.store import keys
from webhooks.store.connection import sync_client
from webhooks.store.origin import PAST
from webhooks.store.problems import Problems
from webhooks.store.reply import text

_SINCE = re.compile(r"--since ([^\s;]+)")
_ENTITY = re.compile(r'"entity_id":"([^"]+)"')
#: a worker dies with what it has in hand that often before an event is given up
_LEASES_END_AT_MOST = 8
#: longer than between two looks at awork
_SILENCE_S = 10


@dataclass
class Deployment:
    """An edge and workers over a watched pair, with a sandbox of their own."""

    pair: Watched
    stack: Stack
    sandbox: Sandbox

    def load(self) -> Adding:
        """People who add tasks, from now on."""
        return Adding(self.stack.url, self.sandbox)

    def unknown(self, load: Adding) -> set[str]:
        """Entities whose event was acknowledged, and is not there."""
        client = self.stack.client
        heads = (client.hget(name, "head") for name in client.scan_iter("hookwork:event:*"))
        there = {found[1] for one in heads if (found := _ENTITY.search(text(one)))}
        return load.acknowledged.keys() - there

    def all_settled(self) -> None:
        """Wait until nothing waits. What was claimed in an answer that never came would wait until
        its lease ends: where nothing is settled for a while, that time passes."""
        client, silences = self.stack.client, 0
        with self.stack.watching() as settled:
            while client.zcard(keys.UNNAMED.waiting):
                if settled.subscription.get_message(timeout=_SILENCE_S) is None:
                    silences += 1
                    assert silences < _LEASES_END_AT_MOST, client.zcard(keys.UNNAMED.waiting)
                    for lane in map(text, client.zrange(keys.UNNAMED.due, 0, -1)):
                        client.zadd(keys.UNNAMED.due, {lane: 1})

    def backfill(self) -> set[str]:
        """As the problem says it. Returns the entities whose events were fed in."""
        client, settings = self.stack.client, read(self.stack.environ)
        until(lambda: self._sinces, "the problem: workers look every second")
        # Three minutes later: what is younger than two may still be delivered.
        span = (min(self._sinces), datetime.now(UTC) + timedelta(minutes=3))
        chosen = backfilling.families(settings, ())
        done = backfilling.run(client, settings, chosen, span, dry_run=False, tell=lambda _: None)
        assert not done.stopped
        return {one.entity_id for one in done.events}

    @property
    def _sinces(self) -> list[datetime]:
        """From when on problems say that something may be lost."""
        problems = Problems(self.stack.client).all()
        found = [_SINCE.search(one.way_out) for one in problems if one.cause in PAST]
        return [datetime.fromisoformat(one[1]) for one in found if one]


@contextmanager
def deployed(folder: Path, *options: str) -> Iterator[Deployment]:
    """options: of the pair."""
    with (
        watched(folder / "redis", *options) as pair,
        Sandbox.start(per_minute=10**6, per_second=10**4) as sandbox,
    ):
        (folder / "rules.yaml").write_text(RULES, encoding="utf-8")
        environ = {
            "REDIS_URL": pair.url,
            "AWORK_API_URL": sandbox.url,
            "AWORK_API_TOKEN": sandbox.token,
            "AWORK_WEBHOOK_SECRET": SECRET,
            "AWORK_RATE_PER_MINUTE": "100000",
            "HOOKWORK_RULES": str(folder / "rules.yaml"),
            "HOOKWORK_WATCH": "off",
            "LOG_FORMAT": "json",
        }
        stack = Stack(environ, sync_client(read(environ)), folder, free_port())
        try:
            stack.start_edge()
            stack.start_worker()
            yield Deployment(pair, stack, sandbox)
        finally:
            for part in stack.parts:
                part.end()
            stack.client.close()


def wanted(*loads: Adding) -> dict[tuple[str, str], int]:
    """Each effect of each acknowledged event, once."""
    return {
        (entity, effect): 1 for one in loads for entity in one.acknowledged for effect in EFFECTS
    }


def test_nothing_is_doubled_by_a_failover_and_what_it_lost_is_found_by_backfill(
    tmp_path: Path,
) -> None:
    with deployed(tmp_path) as here:
        primary = here.pair.primary()
        before = here.load()
        before.wait_for(10)
        before.stop()
        here.all_settled()

        # What is acknowledged from here on is lost for certain, and would have been acted on.
        here.pair.cut_off(primary)
        load = here.load()
        load.wait_for(8)
        primary.kill()
        here.pair.other(primary).thaw()
        here.pair.until_failed_over(primary)
        load.wait_for(5)
        here.pair.comes_back(primary)
        load.stop()
        here.all_settled()
        lost = here.unknown(load)
        found = here.backfill()
        here.all_settled()

        assert not here.unknown(before)
        assert len(lost) >= 8
        assert lost <= found
        assert made(here.sandbox) == wanted(before, load)
        assert "503" not in load.others, load.others


def kill(pair: Watched, primary: Server) -> None:
    """It dies, and comes back when there is another."""
    primary.kill()
    pair.until_failed_over(primary)
    pair.comes_back(primary)


def restart(pair: Watched, primary: Server) -> None:
    """The same, but it comes back as the primary that it was, until sentinels tell it."""
    primary.kill()
    pair.until_failed_over(primary)
    primary.start()


def freeze(pair: Watched, primary: Server) -> None:
    """It does nothing for a while, and goes on as if it still were the primary."""
    primary.freeze()
    pair.until_failed_over(primary)
    primary.thaw()


def cut_off(pair: Watched, primary: Server) -> None:
    """It dies after its replica has heard nothing for a second."""
    pair.cut_off(primary)
    with primary.client() as one:
        one.wait(1, 1000)
    primary.kill()
    pair.other(primary).thaw()
    pair.until_failed_over(primary)
    pair.comes_back(primary)


@pytest.mark.nightly
@pytest.mark.parametrize(
    "options", [(), ("--min-replicas-to-write", "1", "--min-replicas-max-lag", "2")]
)
def test_however_it_fails_over_again_and_again_nothing_is_doubled(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    with deployed(tmp_path, *options) as here:
        here.stack.start_worker()
        loads, found = [], set()
        for mishap in (kill, freeze, cut_off, restart, freeze, kill):
            load = here.load()
            loads.append(load)
            load.wait_for(20)
            mishap(here.pair, here.pair.primary())
            load.wait_for(20)
            load.stop()
            here.pair.until_in_step()
            here.all_settled()
            lost = here.unknown(load)
            found = here.backfill()
            here.all_settled()
            told = (f"{len(load.acknowledged)} acknowledged", f"none for {load.silence_s:.1f} s")
            _print(mishap.__name__, *options, *told, f"{dict(load.others)}", f"lost {len(lost)}")
            assert lost <= found

        assert made(here.sandbox) == wanted(*loads)


def _print(*told: str) -> None:
    sys.stdout.write(", ".join(told) + "\n")
