"""Flow: runs that wait their turn, gather, or run once in a window; every mixture of them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any

import pytest

from deploy.sandbox.server import Sandbox
from tests import samples
from tests.contract.conftest import Make
from tests.worker import Worker, outcomes, with_rules
from webhooks.store import keys
from webhooks.store.client import Client
from webhooks.store.journal import Run
from workers.drain import work_on
from workers.process import RULE_GONE_MOST_TRIES, RULE_GONE_TRIES

TASK = samples.sample("task_updated")["entity"]["id"]
COMMENTS = f"/tasks/{TASK}/comments"


#: a rule that has to read something before it says yes
READING = """
  - id: reading
    when: task_updated
    if: [{project.timeBudget: {exists: true}}]
    do: [{add_comment: {task: "${entity.id}", message: read}}]
"""


def rules(
    flow: str = "{}", *, mode: str = "live", text: str = "${entity.name}", more: str = ""
) -> str:
    return f"""
version: 1
rules:
  - id: tell
    mode: {mode}
    when: [task_updated, task_added]
    flow: {flow}
    {more}
    do:
      - add_comment: {{task: "${{entity.id}}", message: "{text}"}}
"""


def update(name: str, **envelope: Any) -> dict[str, Any]:
    """A new event of the one task, which is called that now."""
    return samples.fresh("task_updated", name=name) | envelope


def work_all(one: Worker) -> list[Run]:
    """Work on everything that is due, and on what becomes due by it. Returns the last records."""
    worked: dict[str, Run] = {}
    while claims := one.deps.inbox.claim(1, now_ms=one.clock.ms):
        work_on(claims[0], one.deps)
        worked[claims[0].id] = one.run(claims[0].id)
    return list(worked.values())


def comments(sandbox: Sandbox) -> list[str]:
    return [call.body["message"] for call in sandbox.writes(COMMENTS)]


def test_a_rule_with_a_key_runs_in_a_turn_of_its_own(make: Make, sandbox: Sandbox) -> None:
    one = make(rules("{key: entity.projectId}"))
    event_id = one.deliver(update("Logo"))

    event, turn = work_all(one)

    assert (event.outcome, event.rules[0].turn) == ("handed-on", turn.event_id)
    assert (turn.event_id, turn.outcome) == (f"{event_id}.tell", "done")
    assert comments(sandbox) == ["Logo"]


def test_what_is_at_hand_rules_a_run_out_before_it_waits(make: Make, sandbox: Sandbox) -> None:
    one = make(rules("{key: entity.projectId}", more="if: [{entity.name: Poster}]"))
    one.deliver(update("Logo"))

    (event,) = work_all(one)

    assert (event.outcome, event.rules[0].verdict) == ("no-rule", "not-matched")
    assert comments(sandbox) == []


def test_a_burst_becomes_one_run_of_the_newest_event(make: Make, sandbox: Sandbox) -> None:
    one = make(rules("{settle: 20s, settle_at_most: 2m}"))
    for name in ("one", "two", "three"):
        one.deliver(update(name))

    runs = work_all(one)

    assert [run.outcome for run in runs] == ["handed-on"] * 3 + ["done"]
    assert {run.rules[0].turn for run in runs[:3]} == {runs[3].event_id}
    assert comments(sandbox) == ["three"]


def test_what_any_event_of_a_burst_changed_was_changed(make: Make, sandbox: Sandbox) -> None:
    one = make(rules("{settle: 20s, settle_at_most: 2m}", more="if: [{changed: dueOn}]"))
    one.deliver(update("Logo", changes=[{"property": "DueOn", "old": "a", "new": "b"}]))
    one.deliver(update("Poster", changes=[{"property": "Name", "old": "Logo", "new": "Poster"}]))

    runs = work_all(one)

    assert [run.rules[0].verdict for run in runs] == ["handed-on", "not-matched", "matched"]
    assert comments(sandbox) == ["Poster"]


def test_a_run_that_no_longer_fits_when_all_has_settled_does_nothing(
    make: Make, sandbox: Sandbox
) -> None:
    one = make(rules("{settle: 20s, settle_at_most: 2m}", more="if: [{entity.isPrio: true}]"))
    one.deliver(
        update("Logo") | {"entity": samples.sample("task_updated")["entity"] | {"isPrio": True}}
    )
    one.deliver(update("Logo", changes=[]))

    runs = work_all(one)

    assert runs[-1].event_id.endswith(".tell")
    assert (runs[-1].outcome, runs[-1].rules[0].verdict) == ("no-rule", "not-matched")
    assert comments(sandbox) == []


def test_our_own_events_neither_start_nor_join_a_run(make: Make, sandbox: Sandbox) -> None:
    one = make(rules("{settle: 20s, settle_at_most: 2m}"))
    one.deliver(update("theirs"))
    one.deliver(update("ours", triggeredBy={"id": sandbox.world.api_user_id}))

    runs = work_all(one)

    assert [run.outcome for run in runs] == ["handed-on", "own-event", "done"]
    assert comments(sandbox) == ["theirs"]


def test_own_events_are_handled_when_a_rule_says_so(make: Make, sandbox: Sandbox) -> None:
    one = make(rules(more="own_events: handle"))
    one.deliver(update("ours", triggeredBy={"id": sandbox.world.api_user_id}))

    (run,) = work_all(one)

    assert run.outcome == "done"
    assert comments(sandbox) == ["ours"]


def test_the_first_of_a_window_runs_and_the_others_name_it(make: Make, sandbox: Sandbox) -> None:
    one = make(rules("{once_within: {time: 10m, per: [entity.id]}}"))
    first = one.deliver(update("one"))
    one.deliver(update("two"))

    runs = work_all(one)

    assert [run.outcome for run in runs] == ["done", "skipped"]
    assert first in runs[1].rules[0].message
    assert comments(sandbox) == ["one"]


def test_other_values_have_windows_of_their_own(make: Make, sandbox: Sandbox) -> None:
    one = make(rules("{once_within: {time: 10m, per: [entity.name]}}"))
    for name in ("one", "two", "one"):
        one.deliver(update(name))

    assert [run.outcome for run in work_all(one)] == ["done", "done", "skipped"]
    assert comments(sandbox) == ["one", "two"]


def test_a_rule_that_goes_live_is_not_held_back_by_its_shadow(make: Make, sandbox: Sandbox) -> None:
    flow = "{once_within: {time: 10m, per: [entity.id]}}"
    one = make(rules(flow, mode="shadow"))
    one.deliver(update("one"))
    shadowed = work_all(one)

    one = with_rules(one, rules(flow))
    one.deliver(update("two"))

    assert [run.outcome for run in (*shadowed, *work_all(one))] == ["shadow", "done"]
    assert comments(sandbox) == ["two"]


def test_a_turn_is_judged_by_the_rules_of_its_own_time(make: Make, sandbox: Sandbox) -> None:
    one = make(rules("{settle: 20s, settle_at_most: 2m}"))
    one.deliver(update("Logo"))
    one.work()

    one = with_rules(one, rules("{settle: 20s, settle_at_most: 2m}", text="new: ${entity.name}"))
    (turn,) = work_all(one)

    assert turn.rules_hash == one.deps.rules().hash
    assert comments(sandbox) == ["new: Logo"]


def test_a_turn_whose_rule_is_gone_says_so(make: Make, sandbox: Sandbox) -> None:
    one = make(rules("{key: entity.projectId}"))
    one.deliver(update("Logo"))
    one.work()

    one = with_rules(one, rules().replace("id: tell", "id: another"))
    for _ in range(RULE_GONE_TRIES):
        assert one.work().reason == "rule-unknown"
        one.clock.forward(seconds=10)
    turn = one.work()

    assert (turn.outcome, turn.reason) == ("no-rule", "rule-gone")
    assert "'tell'" in turn.message
    assert comments(sandbox) == []


def test_a_turn_whose_rule_is_gone_does_not_wait_for_ever_for_workers_to_agree(
    make: Make, client: Client
) -> None:
    one = make(rules("{key: entity.projectId}"))
    one.deliver(update("Logo"))
    handed_on = one.work().rules[0].turn
    client.hset(keys.UNNAMED.rule_workers, mapping={"here": "old", "there": "new"})
    one = with_rules(one, rules().replace("id: tell", "id: another"))

    client.hset(keys.UNNAMED.event(handed_on), "attempt", RULE_GONE_MOST_TRIES - 1)
    waits = one.work()
    one.clock.forward(seconds=10)

    assert waits.reason == "rule-unknown"
    assert one.work().reason == "rule-gone"


def test_a_worker_that_dies_between_handing_on_and_settling_makes_no_second_run(
    make: Make, sandbox: Sandbox
) -> None:
    one = make(rules("{key: entity.projectId}"))
    one.deliver(update("Logo"))
    dying = one.claim()
    before: dict[Any, Any] = one.deps.redis.hgetall(keys.UNNAMED.event(dying.id))
    work_on(dying, one.deps)
    # As if it had died right before it settled the event: everything else had happened.
    one.deps.redis.delete(keys.UNNAMED.event(dying.id))
    turn = one.deps.redis.hget(keys.UNNAMED.event(f"{dying.id}.tell"), "state")
    one.deps.redis.hset(
        keys.UNNAMED.event(dying.id), mapping=before | {b"turn:tell": f"{dying.id}.tell".encode()}
    )
    one.deps.redis.zadd(keys.UNNAMED.due, {dying.lane: 1})
    one.deps.redis.zadd(f"{keys.PREFIX}lane:{dying.lane}", {dying.id: 1})

    runs = work_all(one)

    assert turn == b"due"
    assert sorted(run.event_id for run in runs) == [dying.id, f"{dying.id}.tell"]
    assert comments(sandbox) == ["Logo"]


def test_a_fact_that_is_read_is_read_when_the_turn_has_come(make: Make, sandbox: Sandbox) -> None:
    one = make(
        rules("{settle: 20s, settle_at_most: 2m}", more="if: [{project.name: {exists: true}}]")
    )
    for name in ("one", "two", "three"):
        one.deliver(update(name))

    work_all(one)

    assert len([c for c in sandbox.calls if c.path.startswith("/projects/")]) <= 1
    assert comments(sandbox) == ["three"]


def test_a_rule_whose_key_cannot_be_read_fails_and_the_others_go_on(
    make: Make, sandbox: Sandbox
) -> None:
    other = """
  - id: other
    when: task_updated
    do: [{add_comment: {task: "${entity.id}", message: other}}]
"""
    one = make(rules("{key: project.timeBudget}") + other)
    one.deliver(update("Logo"))
    sandbox.faults.deny("GET", "/projects/.*")

    (run,) = work_all(one)

    assert [rule.outcome for rule in run.rules] == ["failed", "done"]
    assert (run.outcome, run.reason) == ("failed", "read-refused")
    assert "project" in run.message
    assert comments(sandbox) == ["other"]


def test_what_has_no_value_is_like_nothing_else_in_a_window(make: Make, sandbox: Sandbox) -> None:
    one = make(rules("{once_within: {time: 1h, per: [entity.parentId]}}"))
    other = "11111111-1111-4111-8111-111111111111"
    one.deliver(update("one"))
    elsewhere = update("two") | {"entityId": other}
    one.deliver(elsewhere | {"entity": elsewhere["entity"] | {"id": other}})

    assert "skipped" not in [run.outcome for run in work_all(one)]
    assert comments(sandbox) == ["one"]


def test_a_turn_is_not_dropped_by_a_worker_that_has_not_reloaded_yet(
    make: Make, sandbox: Sandbox
) -> None:
    new = make(rules("{key: entity.projectId}"))
    old = with_rules(new, rules().replace("id: tell", "id: before"))
    new.deliver(update("Logo"))
    new.work()

    too_early = old.work()
    new.clock.forward(seconds=10)
    (turn,) = work_all(new)

    assert (too_early.outcome, too_early.reason) == ("later", "rule-unknown")
    assert turn.outcome == "done"
    assert comments(sandbox) == ["Logo"]


def test_an_event_that_waits_for_another_rules_reading_keeps_its_place_in_a_line(
    make: Make, sandbox: Sandbox
) -> None:
    one = make(rules("{key: entity.projectId}") + READING)
    sandbox.faults.add("drop_before", "GET", "/projects/.*")
    one.deliver(update("first"))
    waits = one.work()
    handed = one.deps.turns.of(waits.event_id)
    runs = {run.event_id: run for run in work_all(one)}

    assert waits.outcome == "later"
    assert handed == {"tell": f"{waits.event_id}.tell"}
    assert runs[handed["tell"]].outcome == "done"
    assert "first" in comments(sandbox)


def test_a_rule_that_waits_for_awork_does_not_hold_up_the_others(
    make: Make, sandbox: Sandbox
) -> None:
    one = make(rules() + READING)
    one.deliver(update("Logo"))
    sandbox.faults.add("drop_before", "GET", "/projects/.*")
    first = one.work()
    so_far = comments(sandbox)

    one = with_rules(one, rules(text="other: ${entity.name}") + READING)
    one.clock.forward(minutes=1)
    second = one.work()

    assert [rule.outcome for rule in first.rules] == ["done", "later"]
    assert (first.outcome, first.reason, first.rule) == ("later", "target-busy", "reading")
    assert so_far == ["Logo"]
    assert [rule.outcome for rule in second.rules] == ["done", "done"]
    assert comments(sandbox) == ["Logo", "read"]


def test_a_rule_that_was_given_up_stays_so_while_another_is_still_held(
    make: Make, sandbox: Sandbox
) -> None:
    one = make(rules() + READING)
    one.deps.redis.hset(keys.UNNAMED.paused, "tell", "by hand")
    one.deliver(update("Logo"))
    sandbox.faults.add("drop_before", "GET", "/projects/.*", times=None)
    one.work()
    one.clock.forward(hours=25)
    given_up = one.work()
    sandbox.faults.clear()
    one.deps.redis.hdel(keys.UNNAMED.paused, "tell")
    one.clock.forward(hours=1)

    run = one.work()

    assert [rule.outcome for rule in given_up.rules] == ["later", "failed"]
    assert [rule.outcome for rule in run.rules] == ["done", "failed"]
    assert comments(sandbox) == ["Logo"]


def test_changed_compares_with_what_was_seen_when_an_event_tells_no_changes(
    make: Make, sandbox: Sandbox
) -> None:
    one = make(rules(more="if: [{changed: name}]"))
    for name in ("one", "one", "two"):
        payload = update(name)
        del payload["changes"]
        one.deliver(payload)

    runs = work_all(one)

    first = runs[0].rules[0].trace[0]
    assert [run.rules[0].verdict for run in runs] == ["not-matched", "not-matched", "matched"]
    assert first["verdict"] == "absent"
    assert comments(sandbox) == ["two"]


@dataclass(frozen=True)
class Mixture:
    """One choice for each feature of flow."""

    settle: bool
    once: bool
    key: bool
    replay: bool
    shadow: bool
    reload: bool

    def flow(self) -> str:
        parts = [
            "settle: 20s, settle_at_most: 2m" if self.settle else "",
            "once_within: {time: 10m, per: [entity.id]}" if self.once else "",
            "key: entity.projectId" if self.key else "",
        ]
        return "{" + ", ".join(part for part in parts if part) + "}"

    def rules(self, text: str) -> str:
        return rules(self.flow(), mode="shadow" if self.shadow else "live", text=text)

    def runs(self) -> list[str]:
        """The events that a run is made of, by the definition of each feature."""
        if self.settle:
            return ["three"]
        return ["one"] if self.once else ["one", "two", "three"]


MIXTURES = [Mixture(*choice) for choice in product([False, True], repeat=6)]


@pytest.mark.parametrize(
    "mixture", MIXTURES, ids=lambda m: "-".join(n for n, on in vars(m).items() if on) or "plain"
)
def test_every_mixture_of_flow_does_what_each_of_its_parts_says(
    mixture: Mixture, make: Make, sandbox: Sandbox
) -> None:
    one = make(mixture.rules("old: ${entity.name}"))
    delivered = [one.deliver(update(name)) for name in ("one", "two", "three")]
    judged_by_old = [one.work()] if mixture.reload else []
    if mixture.reload:
        one = with_rules(one, mixture.rules("new: ${entity.name}"))
    runs = [*judged_by_old, *work_all(one)]
    if mixture.replay:
        for event_id in delivered:
            one.deps.turns.replay(event_id)
        runs += work_all(one)

    made = [name.partition(": ")[2] for name in comments(sandbox)]
    told = {name.partition(": ")[0] for name in comments(sandbox)}
    waits_its_turn = mixture.settle or mixture.key
    assert made == ([] if mixture.shadow else mixture.runs())
    if mixture.reload and waits_its_turn and not mixture.shadow:
        assert told == {"new"}
    if mixture.shadow:
        shown = [run for run in runs if "shadow" in outcomes(run)]
        assert len(shown) >= len(mixture.runs())
    assert one.deps.redis.zcard(keys.UNNAMED.waiting) == 0
    assert one.deps.redis.zcard(keys.UNNAMED.failed) == 0
    assert all(run.outcome in {"done", "shadow", "handed-on", "skipped"} for run in runs)
