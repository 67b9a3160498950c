"""One chaos run: people edit, events are delivered, mishaps befall it all; all is compared."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import redis
from redis.backoff import ConstantBackoff
from redis.retry import Retry

from deploy.sandbox.faults import Fault
from deploy.sandbox.refusals import Model
from deploy.sandbox.server import Sandbox
from tests.chaos import findings, mishaps, state
from tests.chaos.driver import Driver
from tests.chaos.findings import Finding, Told
from tests.chaos.house import EDGES, House
from tests.chaos.mishaps import RuleFile
from tests.chaos.people import People
from tests.chaos.report import Report
from tests.journey.conftest import free_port
from tests.listener import Listener, listening
from webhooks.store import keys
from webhooks.store.client import Client
from webhooks.store.reply import text

SECRET = "secret-of-the-chaos"
#: edits a second, which two cores can carry
RATE = 11.0
#: how long the backlog may take after the faults have stopped
DRAIN_S = 600.0
#: of the sandbox's own events, those that are delivered
_OWN_SHARE = 0.2
_PER_MINUTE = 30_000
#: how long Workiva's tokens live: some are renewed in each run
_TOKEN_S = 20


@dataclass
class Chaos:
    """A run under way."""

    seed: int
    seconds: float
    folder: Path
    sandbox: Sandbox
    listener: Listener
    #: edits a second
    rate: float
    people: People = field(init=False)
    driver: Driver = field(init=False)
    house: House = field(init=False)
    rules: RuleFile = field(init=False)
    faults: list[Fault] = field(default_factory=list)
    #: seconds, while there are faults
    list_lag_s: float = 0.0
    _over: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.people = People(
            self.sandbox.world,
            Random(f"{self.seed} people"),
            self._own_event,
        )
        self.rules = RuleFile(self.folder / "rules.yaml", f"{self.listener.url}/chaos")
        self.house = self._house()
        self.driver = self._driver(
            [f"{origin}/webhooks/awork" for origin in self.house.origins],
            {"X-Webhook-Secret": SECRET, "Content-Type": "application/json"},
            Random(f"{self.seed} driver"),
        )
        self._own = Random(f"{self.seed} own")

    def run(self) -> Report:
        """All of it. Everything it starts is ended."""
        self.rules.write()
        self.people.settle_in()
        try:
            self.house.begin()
            self.driver.begin()
            self._rage()
            self._calm()
            return self._compared(self._drained())
        finally:
            self._over.set()
            self.driver.end()
            self.house.end()

    def _house(self) -> House:
        return House(self.folder, self._environ(), [free_port() for _ in range(EDGES)])

    def _driver(self, urls: list[str], headers: dict[str, str], chance: Random) -> Driver:
        return Driver(urls, headers, chance)

    def _own_event(self, envelope: Model) -> None:
        """What our own API user did comes back as an event, which no rule may act on."""
        if self._own.random() < _OWN_SHARE:
            self.driver.deliver(envelope, None)

    def _rage(self) -> None:
        began = time.monotonic()
        self._raise_faults()
        self.list_lag_s = self.sandbox.world.list_lag_s
        editing = threading.Thread(target=self._edit_on)
        editing.start()
        look_at = [*self._mishaps(began), self.house.look_after]
        while time.monotonic() < began + self.seconds:
            for look in look_at:
                look()
            time.sleep(0.05)
        self._over.set()
        editing.join()

    def _raise_faults(self) -> None:
        self.faults = mishaps.raise_faults(self.sandbox, self.seed)

    def _mishaps(self, began: float) -> list[Callable[[], None]]:
        """What befalls it; each is called all the time."""
        every = [
            mishaps.strikes(self.house, self.seed, began, self.seconds),
            self.rules.edits(self.seed, began),
            mishaps.revocations(self.sandbox, began, self.seconds),
        ]
        return [mishaps.play(times, time.monotonic) for times in every]

    def _edit_on(self) -> None:
        chance, at, meddle_at = Random(f"{self.seed} pace"), time.monotonic(), time.monotonic() + 9
        while not self._over.wait(max(0.0, at - time.monotonic())):
            edit = self.people.edit()
            self.driver.deliver(edit.envelope, edit)
            at += chance.expovariate(self.rate)
            if time.monotonic() > meddle_at:
                self.people.meddle()
                meddle_at += chance.uniform(3, 9)

    def _calm(self) -> None:
        """No more faults; a last wish for everything that is kept in a wished state."""
        mishaps.end_faults(self.sandbox)
        self.rules.write()
        self.house.calm()
        self.driver.let_go()
        wishes = [self.people.edit_task("taskassignment_added", t) for t in self.people.planned]
        wishes += [self.people.edit_project(project) for project in self.people.projects]
        for wish in wishes:
            self.driver.deliver(wish.envelope, wish)

    def _drained(self) -> float:
        """Wait until nothing is left. Returns how long that took; `DRAIN_S` when it did not."""
        began, client = time.monotonic(), self.client()
        while (took := time.monotonic() - began) < DRAIN_S:
            self.house.look_after()
            with suppress(redis.RedisError):
                if not self.driver.left() and not client.zcard(keys.UNNAMED.waiting):
                    return took
            time.sleep(0.2)
        return DRAIN_S

    def client(self) -> Client:
        return Client.at(self.house.environ["REDIS_URL"], retry=Retry(ConstantBackoff(0.1), 50))

    def _compared(self, drained_s: float) -> Report:
        client, world = self.client(), self.sandbox.world
        sent = [one for one in self.driver.sent if one.event_id]
        runs, unsettled = state.records(client, sent)
        told = [
            Told(one, one.edit, runs[one.event_id])
            for one in sent
            if one.edit and one.event_id in runs
        ]
        with world.lock:
            filed = self.sandbox.workiva.tasks.values()
            found = state.effects(world, filed, self.listener.heard, told)
            verdict = findings.judge(told, found)
            verdict.findings[:0] = [*unsettled, *self._left(client)]
            verdict.findings += state.planned_wrong(world, told)
            verdict.findings += state.booked_wrong(world, told)
            verdict.findings += state.set_wrong(world, told)
        return Report(
            chaos=self,
            verdict=verdict,
            told=told,
            drained_s=drained_s,
            unknown=state.unknown_settled(state.every_run(client)),
            inversions=findings.inversions(told, found),
            redis_version=client.info("server")["redis_version"],
        )

    def _left(self, client: Client) -> Iterator[Finding]:
        """What never got through, and what is in the failed list."""
        for one in self.driver.sent:
            if not one.event_id:
                yield Finding(
                    "missing", "*", "", str(one.envelope["traceId"]), "never acknowledged"
                )
        for raw in client.zrange(keys.UNNAMED.waiting, 0, -1):
            ident = text(raw)
            told = client.hmget(keys.UNNAMED.event(ident), "state", "attempt", "orphaned", "run")
            yield Finding("missing", "*", ident, "", f"still waits: {told}")
        for raw in client.zrange(keys.UNNAMED.failed, 0, -1):
            ident = text(raw)
            run = client.hget(keys.UNNAMED.event(ident), "run")
            yield Finding("missing", "*", ident, "", f"in the failed list: {run!r}")
        for raw in client.zrange(keys.UNNAMED.quarantine, 0, -1):
            yield Finding("missing", "*", text(raw), "", "in quarantine")

    def _environ(self) -> dict[str, str]:
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "AWORK_API_URL": self.sandbox.url,
            "AWORK_API_TOKEN": self.sandbox.token,
            "AWORK_WEBHOOK_SECRET": SECRET,
            "WORKIVA_API_URL": self.sandbox.workiva.url,
            "WORKIVA_CLIENT_ID": self.sandbox.workiva.client_id,
            "WORKIVA_CLIENT_SECRET": self.sandbox.workiva.client_secret,
            "AWORK_RATE_PER_MINUTE": str(_PER_MINUTE),
            "HOOKWORK_RULES": str(self.rules.path),
            "HOOKWORK_NOTIFY_ALLOW": self.listener.url.removeprefix("http://"),
            "WORKER_CONCURRENCY": "4",
            "LOG_FORMAT": "json",
        }


@contextmanager
def chaos(seed: int, seconds: float, folder: Path, *, rate: float = RATE) -> Iterator[Chaos]:
    """A run, ready to begin. rate: edits a second."""
    with (
        Sandbox.start(per_minute=_PER_MINUTE) as sandbox,
        listening() as listener,
    ):
        sandbox.workiva.per_second, sandbox.workiva.expires_in_s = _PER_MINUTE, _TOKEN_S
        yield Chaos(seed, seconds, folder, sandbox, listener, rate)
