"""Workers that die, answers that are lost, Redis and awork away: whatever it hits, nothing is lost
and nothing is written twice. Each seed is one day of mishaps."""

from __future__ import annotations

from copy import deepcopy
from random import Random
from typing import Any

import pytest

from deploy.sandbox.server import Sandbox
from tests import samples
from tests.contract.conftest import Make
from tests.contract.mishaps import ROUNDS, Chaos, replay_one, work
from tests.worker import Worker, with_rules
from webhooks.store import keys
from workers import drain

TASKS = [f"22222222-2222-4222-8222-{n:012}" for n in (1, 2)]
SETTLE = "{settle: 20s, settle_at_most: 1m}"
LANES = ["{}", "{key: task.id}", "{key: entity.projectId}"]
ONCE = "{once_within: {time: 30d, per: [entity.name]}}"
IN_ORDER = {"plain": "{}", "keyed": "{key: task.id}", "once": ONCE}
TWO_WRITES = """
  - {id: two-writes, when: task_updated, do: [
      {id: one, add_comment: {task: "${entity.id}", message: "first ${entity.name}"}},
      {add_comment: {task: "${entity.id}", message: "second ${entity.name} ${done.one.message}"}}
  ]}"""
#: asks awork before it says no
ASKING = """
  - {id: asking, when: task_updated, if: [{project.timeBudget: {at_least: 100000000}}], do: [
      {add_comment: {task: "${entity.id}", message: "asking ${entity.name}"}}]}"""
SEEDS = [*range(8), *(pytest.param(seed, marks=pytest.mark.nightly) for seed in range(8, 308))]


def rules(more: str, **flows: str) -> str:
    """Rules with these flows, which write their id and the name of the task; and more."""
    write = '{add_comment: {task: "${entity.id}", message: "RULE ${entity.name}"}}'
    rule = f"\n  - {{id: RULE, when: task_updated, flow: FLOW, do: [{write}]}}"
    told = [rule.replace("RULE", name).replace("FLOW", flow) for name, flow in flows.items()]
    return "version: 1\nrules:" + "".join(told) + more


@pytest.fixture(params=SEEDS)
def chaos(
    request: pytest.FixtureRequest, make: Make, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> Chaos:
    """The mishaps of one seed."""
    like = sandbox.world.tasks[samples.sample("task_updated")["entity"]["id"]]
    sandbox.world.tasks.update({task: deepcopy(like) | {"id": task} for task in TASKS})
    # However many workers an event outlives here, that is not its fault.
    monkeypatch.setattr(drain, "DEADLY_CLAIMS", ROUNDS)
    chance, one = Random(request.param), make(rules(TWO_WRITES, **IN_ORDER, settling=SETTLE))
    chaos = Chaos(one, chance, chance.choice([0.0, 0.01, 0.03, 0.06]))
    chaos.begin(monkeypatch)
    return chaos


def pass_day(chaos: Chaos, *versions: Worker, replays: int = 0) -> dict[str, list[str]]:
    """Work on updates until nothing is left, each try by one of the versions of the worker.
    Returns for each task the names it was given, in order."""
    chance, one, store = chaos.chance, chaos.one, chaos.one.deps.redis
    names, coming = {task: list[str]() for task in TASKS}, [f"n{n}" for n in range(6)]
    for _ in range(ROUNDS):
        if coming and chance.random() < 0.5:
            names[task := chance.choice(TASKS)].append(name := coming.pop(0))
            one.deliver(update(task, name, tells_changes=chance.random() < 0.7))
        if replays and chance.random() < 0.1:
            replays -= replay_one(chaos)
        if not work(chaos, versions or (one,)):
            if not coming and not store.zcard(keys.UNNAMED.waiting):
                break
            one.clock.forward(minutes=2)
    assert store.keys(keys.UNNAMED.lane("*")) == []
    assert [
        store.zcard(key) for key in (keys.UNNAMED.waiting, keys.UNNAMED.due, keys.UNNAMED.failed)
    ] == [0, 0, 0]
    return names


def update(task: str, name: str, *, tells_changes: bool) -> dict[str, Any]:
    payload = samples.fresh("task_updated", name=name, id=task) | {"entityId": task}
    return payload if tells_changes else {k: payload[k] for k in payload if k != "changes"}


def said(sandbox: Sandbox, task: str, rule: str) -> list[str]:
    """The names that a rule wrote to a task, in order; no name twice."""
    words = [w.body["message"].split() for w in sandbox.writes(f"/tasks/{task}/comments")]
    names = [str(name) for by, name, *_ in words if by == rule]
    assert len(names) == len(set(names)), f"{rule} wrote twice: {names}"
    return names


@pytest.mark.parametrize("replays", [0, 8])
def test_whatever_dies_or_is_replayed_each_write_is_made_once_and_in_order(
    chaos: Chaos, sandbox: Sandbox, replays: int
) -> None:
    given = pass_day(chaos, replays=replays)

    for task, names in given.items():
        for rule in (*IN_ORDER, "first", "second"):
            assert said(sandbox, task, rule) == names, rule
        settled = said(sandbox, task, "settling")
        assert set(names[-1:]) <= set(settled)
        # A replayed turn may say an older name after a newer one.
        assert replays or settled[-1:] == names[-1:]


@pytest.mark.parametrize("flows", [LANES, [*LANES, SETTLE]], ids=["lanes", "settling"])
def test_rules_that_change_between_tries_write_each_once(
    chaos: Chaos, sandbox: Sandbox, flows: list[str]
) -> None:
    chaos.away = 0.4
    given = pass_day(chaos, *[with_rules(chaos.one, rules(ASKING, plain=f)) for f in flows])

    for task, names in given.items():
        written = sorted(said(sandbox, task, "plain"))
        assert written[-1:] == names[-1:]
        assert SETTLE in flows or written == names  # what settles may say the last alone
