"""Whatever order events come in, however often, and however many threads work on them: no rule goes
back to an older state of an object, and the newest is never missed. Each seed is one shuffle."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from deploy.sandbox.server import Sandbox
from tests import samples
from tests.contract.conftest import Make
from tests.contract.test_flow import work_all
from tests.worker import Worker
from webhooks.event import Event
from webhooks.store import keys
from webhooks.store.inbox import Claim
from webhooks.store.reply import text
from workers import drain
from workers.deps import Deps
from workers.drain import work_on
from workers.process import Later, Settled, process

TASKS = [f"33333333-3333-4333-8333-{number:012}" for number in range(3)]
VERSIONS, THREADS = 7, 4
BASE = 639_000_000_000_000_000
BEGAN = datetime(2026, 11, 1, tzinfo=UTC)
#: when nothing is due yet
FAR_MS = 9_000_000_000_000
#: rules that listen to both kinds: name -> flow
FLOWS = {
    "plain": "{}",
    "keyed": "{key: entity.projectId}",
    "settling": "{settle: 20s, settle_at_most: 1m}",
}
SEEDS = [*range(4), *(pytest.param(seed, marks=pytest.mark.nightly) for seed in range(4, 104))]


def rules() -> str:
    """Rules that write their name and the version they have seen."""
    rule = """
  - id: NAME
    when: WHEN
    flow: FLOW
    do: [{add_comment: {task: "${entity.id}", message: "NAME ${entity.name}"}}]"""
    both = rule.replace("WHEN", "[task_added, task_updated]")
    told = [both.replace("NAME", name).replace("FLOW", flow) for name, flow in FLOWS.items()]
    adds = rule.replace("WHEN", "task_added").replace("NAME", "adds").replace("FLOW", "{}")
    return "version: 1\nrules:" + "".join([*told, adds])


def populate(sandbox: Sandbox) -> list[str]:
    """Put the tasks into awork."""
    like = sandbox.world.tasks[samples.sample("task_updated")["entity"]["id"]]
    sandbox.world.tasks.update({task: deepcopy(like) | {"id": task} for task in TASKS})
    return TASKS


def told(task: str, version: int, *, repeated: bool = False) -> dict[str, Any]:
    """What awork sends of one version of a task; once more with another timestamp."""
    payload = samples.sample("task_updated" if version else "task_added")
    at = BEGAN + timedelta(seconds=version + (100 if repeated else 0))
    entity = payload["entity"] | {
        "id": task,
        "name": str(version),
        "resourceVersion": BASE + version,
    }
    return payload | {
        "entity": entity,
        "entityId": task,
        "timestamp": at.isoformat(),
        "traceId": f"{task}-{version}",
    }


def shuffled(chance: Random) -> list[dict[str, Any]]:
    """All versions of all tasks, a third of them twice, in any order."""
    events = [told(task, version) for task in TASKS for version in range(VERSIONS)]
    again = [
        told(task, version, repeated=True)
        for task in TASKS
        for version in range(VERSIONS)
        if chance.random() < 0.3
    ]
    events += again
    chance.shuffle(events)
    return events


class Watch:
    """Works on events, and notices two of one lane that are worked on at once."""

    def __init__(self, one: Worker) -> None:
        self.one = one
        self.overlaps: list[str] = []
        self._at = Counter[str]()
        self._lock = threading.Lock()
        self.came = threading.Event()

    def work(self) -> None:
        """Until all has come and nothing is due: who holds a lane goes on with the rest of it."""
        while True:
            has_come = self.came.is_set()
            claims = self.one.deps.inbox.claim(2, slots=THREADS)
            for claim in claims:
                work_on(claim, self.one.deps)
            if has_come and not claims:
                return

    def process(self, claim: Claim, event: Event, deps: Deps) -> Settled | Later:
        """As the worker does it; the lane goes on once it is settled, which is after that."""
        with self._lock:
            self._at[claim.lane] += 1
            self.overlaps += [claim.lane] if self._at[claim.lane] > 1 else []
        try:
            return process(claim, event, deps)
        finally:
            with self._lock:
                self._at[claim.lane] -= 1


def said(sandbox: Sandbox, task: str, rule: str) -> list[int]:
    """The versions of a task that a rule wrote of, in order."""
    words = [call.body["message"].split() for call in sandbox.writes(f"/tasks/{task}/comments")]
    return [int(version) for by, version in words if by == rule]


@pytest.mark.parametrize("seed", SEEDS)
def test_no_rule_runs_backwards_and_none_misses_the_newest(
    make: Make, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    populate(sandbox)
    one = make(rules())
    watch = Watch(one)
    monkeypatch.setattr(drain, "process", watch.process)

    with ThreadPoolExecutor(THREADS) as threads:
        working = [threads.submit(watch.work) for _ in range(THREADS)]
        for payload in shuffled(Random(seed)):
            one.deliver(payload)
        watch.came.set()
    for worked in working:
        worked.result()
    # What settles is not due by Redis's clock yet; by the test's it is.
    work_all(one)

    assert watch.overlaps == []
    for task in TASKS:
        assert said(sandbox, task, "adds") == [0]
        for rule in FLOWS:
            versions = said(sandbox, task, rule)
            assert versions == sorted(set(versions)), rule
            assert versions[-1] == VERSIONS - 1, rule
    assert one.deps.redis.zcard(keys.UNNAMED.failed) == 0
    assert int(one.deps.redis.hget(keys.UNNAMED.counts, "settled:stale") or 0) > 0


def test_a_newer_object_runs_after_an_older_one_whatever_the_timestamps_say(
    make: Make, sandbox: Sandbox
) -> None:
    """The repetition of an old event came first, with a timestamp of its own."""
    [task, *_] = populate(sandbox)
    one = make(rules())
    for payload in (told(task, 1, repeated=True), told(task, 2)):
        one.deliver(payload)
        assert one.work().kind == "task_updated"
        lines = [
            name
            for lane in one.deps.redis.zrange(keys.UNNAMED.due, 0, -1)
            if "turn:" in (name := text(lane))
        ]
        one.deps.redis.zadd(keys.UNNAMED.due, dict.fromkeys(lines, FAR_MS))
    one.deps.redis.zadd(keys.UNNAMED.due, dict.fromkeys(lines, 1))

    work_all(one)

    assert len(lines) == 2
    assert said(sandbox, task, "keyed") == [1, 2]
    assert said(sandbox, task, "settling") == [2]
