"""A day of one workspace over a real Redis: rules of every kind, writes that work and some that do
not, a clock, a comparison with awork; and every key that was named meanwhile."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from deploy.local.redis_server import RedisServer
from deploy.sandbox.server import Sandbox
from tests import samples
from tests.contract.several import environ_for, store
from tests.stored import RETENTION_S
from tests.worker import Clock
from tests.writes import CASES
from webhooks.sources import awork
from webhooks.store import drops, journal, replays, undos
from webhooks.store.acceptor import Delivery
from webhooks.store.client import Client
from webhooks.store.inbox import Inbox
from webhooks.store.reply import text
from webhooks.store.rounds import Rounds
from webhooks.workspaces import read_all
from workers.actions import VOCABULARY
from workers.drain import work_on
from workers.rulebook import Library
from workers.space import Space

RULES = """
  - id: keyed
    when: task_added
    flow: {key: entity.projectId, settle: 20s, settle_at_most: 2m}
    do: [{add_comment: {task: "${entity.id}", message: "of ${entity.name}"}}]
  - id: seldom
    when: task_added
    flow: {once_within: {time: 1h, per: [entity.projectId]}}
    do: [{set_priority: {task: "${entity.id}", prio: true}}]
  - id: echoing
    own_events: handle
    when: task_updated
    do: [{add_comment: {task: "${entity.id}", message: "${entity.name}"}}]
  - id: reading
    when: task_added
    if: [{project.timeBudget: {exists: true}}]
    do: [{add_comment: {task: "${entity.id}", message: read}}]
  - id: planning
    when: taskassignment_added
    do: [{plan_task: {task: "${entity.id}", place: even, block: {min: 1h, max: 4h, round: 15m}}}]
  - id: mirror
    when: task_added
    do: [{create_workiva_task: {title: "${entity.name}"}}]
  - id: evening
    when: {cron: "* * * * *"}
    for_each: {tasks: {}}
    do: [{add_comment: {task: "${entity.id}", message: open}}]
  - id: shouting
    when: project_added
    do: [{notify: {url: "http://127.0.0.1:1/hook", secret_env: NOTIFY_SECRET_CHAT, json: {a: b}}}]
"""
_DELIVERED = re.compile(r"e\d+|undo")
WHSEC = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@dataclass
class Day:
    """One workspace, with all that works for it."""

    client: Client
    server: RedisServer
    sandbox: Sandbox
    clock: Clock
    space: Space

    @property
    def inbox(self) -> Inbox:
        return self.space.deps.inbox

    def live(self) -> None:
        """All of it."""
        rounds = Rounds([self.inbox])
        (sign,) = rounds.enlist("w1", bell="bell @BELL@", rules=[self.space.in_force()])
        self.space.heed(sign)
        self.space.look_at_clock()
        for number, payload in enumerate(self._payloads()):
            event = awork.parse(samples.raw(payload), event_id=f"e{number}", now_ms=self.clock.ms)
            store(self.server.url, [Delivery(event, key=self.client.key)])
        store(self.server.url, [self._unreadable()])
        self._work()
        self.clock.forward(minutes=5)
        self.space.look_at_clock()
        rounds.sweep("w1", worker_silent_s=10)
        self._work()
        self._command()
        self._work()
        self.space.tidy()
        assert self.space._watcher is not None
        assert self.space._watcher.turn()
        rounds.leave("w1")

    def _payloads(self) -> Iterator[dict[str, object]]:
        yield from (case.event() for case in CASES)
        yield from (one["payload"] for one in samples.every())
        yield samples.fresh("task_added", name="again")

    def _unreadable(self) -> Delivery:
        event = awork.quarantined(b"?", event_id="unreadable", now_ms=self.clock.ms)
        return Delivery(event, unreadable="not-json", key=self.client.key)

    def _work(self) -> None:
        """A few rounds, with time between: what is put off is due in each."""
        for _ in range(8):
            for claim in self.inbox.claim(200, now_ms=self.clock.ms):
                work_on(claim, self.space.deps)
            self.clock.forward(seconds=30)

    @property
    def runs(self) -> dict[str, tuple[str, str]]:
        """What became of each delivery, and why. Times of the clock have other ids each day."""
        found = {}
        for name in filter(_DELIVERED.match, self._listed(self.client.key.settled)):
            stored = self.client.hget(self.client.key.event(name), "run")
            assert isinstance(stored, bytes)
            run = journal.decode(stored)
            found[name] = (run.outcome, run.reason)
        return found

    def _listed(self, key: str) -> list[str]:
        return [text(one) for one in self.client.zrange(key, 0, -1)]

    def _command(self) -> None:
        """What people do with what was settled."""
        asked_ms = self.clock.ms + 10_000_000
        head = replays.head_of(self.client, "e0")
        assert head is not None
        undos.ask(self.client, head, by="ops", now_ms=self.clock.ms)
        replays.Replays(self.client).replay("e2", asked_ms=asked_ms)
        for one in self._listed(self.client.key.failed):
            drops.drop(self.client, one, by="ops", why="enough")
        self.client.hset(self.client.key.paused, "seldom", "by hand")


@contextmanager
def day_of(
    name: str, client: Client, server: RedisServer, environ: Mapping[str, str], folder: Path
) -> Iterator[Day]:
    """A day of a workspace with this name, with an awork of its own."""
    clock = Clock()
    file = folder / f"rules-of-{name or 'all'}.yaml"
    file.write_text(_rules(), encoding="utf-8")
    with Sandbox.start(clock=clock, token=f"token-of-{name or 'all'}") as sandbox:
        suffix = f"__{name.upper()}" if name else ""
        own = {
            f"AWORK_API_URL{suffix}": sandbox.url,
            f"WORKIVA_API_URL{suffix}": sandbox.workiva.url,
            f"WORKIVA_CLIENT_ID{suffix}": sandbox.workiva.client_id,
            f"WORKIVA_CLIENT_SECRET{suffix}": sandbox.workiva.client_secret,
            f"NOTIFY_SECRET_CHAT{suffix}": WHSEC,
            f"HOOKWORK_NOTIFY_ALLOW{suffix}": "127.0.0.1:1",
            f"HOOKWORK_RULES{suffix}": str(file),
            f"HOOKWORK_WATCH{suffix}": "on",
            "HOOKWORK_RETENTION": f"{RETENTION_S // 100}d",
        }
        settings = read_all(environ_for({**environ, **own}, name) | own)[name]
        own_client = client.of(name)
        space = Space(
            settings,
            own_client,
            Library(VOCABULARY),
            worker="w1",
            stopping=lambda: False,
            now=clock,
        )
        space.load()
        space.deps = replace(space.deps, jitter=lambda _longest_s: 0.0)
        yield Day(own_client, server, sandbox, clock, space)
        space.stop()


@contextmanager
def named_keys(client: Client) -> Iterator[set[str]]:
    """Every key that any command or script names from now on, as Redis itself reports it."""
    found: set[str] = set()
    watching, over = threading.Event(), threading.Event()

    def watch() -> None:
        with client.monitor() as monitor:  # type: ignore[no-untyped-call]  # redis-py leaves it so
            watching.set()
            for told in monitor.listen():
                words = told["command"].split(" ")
                found.update(one for one in words if one.startswith("hookwork"))
                if words[0].upper() == "ECHO" and words[1] == "the-day-is-over":
                    over.set()
                    return

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    assert watching.wait(10)
    try:
        yield found
    finally:
        client.echo("the-day-is-over")
        assert over.wait(30)
        thread.join(10)


def _rules() -> str:
    hours = "{mon-fri: ['09:00-17:00']}"
    first = f"version: 1\ndefaults: {{timezone: Europe/Berlin, working_hours: {hours}}}\nrules:\n"
    return first + "".join(case.rule for case in CASES) + RULES


__all__ = ["Day", "day_of", "named_keys"]
