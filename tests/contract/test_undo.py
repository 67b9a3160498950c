"""What a run created is removed: of each kind, of its turns too, once, and in its own line."""

from __future__ import annotations

import pytest

from deploy.sandbox.server import Sandbox
from tests import samples
from tests.contract.conftest import Make
from tests.contract.test_flow import rules, update, work_all
from tests.contract.undoing import ask, ran, rest, said, table, undo
from tests.setters import SETTERS, Setter
from tests.worker import outcomes
from tests.writes import ALL_RULES, CASES, Case
from webhooks.store import keys
from webhooks.store.replays import Replays
from webhooks.store.undos import Asked, has_written

EACH = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
SETTING = "version: 1\nrules:\n  - {id: r, when: task_added, do: [%s]}\n"
COMMENT = CASES[-1]


@EACH
def test_what_a_run_created_is_removed(case: Case, make: Make, sandbox: Sandbox) -> None:
    one, event_id, made = ran(case, make)
    others = table(sandbox, case).keys() - {made}

    run = undo(one, event_id)

    assert (run.outcome, said(run), outcomes(run)) == ("done", ["removed"], ["done"])
    assert table(sandbox, case).keys() == others


@EACH
def test_what_is_not_there_any_more_is_gone_already(
    case: Case, make: Make, sandbox: Sandbox
) -> None:
    one, event_id, made = ran(case, make)
    with sandbox.world.muted():
        del table(sandbox, case)[made]

    run = undo(one, event_id)

    assert (run.outcome, said(run), outcomes(run)) == ("done", ["gone already"], [])


@pytest.mark.parametrize("setter", SETTERS, ids=lambda setter: setter.name)
def test_what_a_run_only_changed_stays_changed(
    setter: Setter, make: Make, sandbox: Sandbox
) -> None:
    one = make(SETTING % setter.action)
    event_id = one.deliver(samples.fresh("task_added"))
    one.work()
    before = len(sandbox.writes())

    run = undo(one, event_id)

    assert run.outcome == "skipped"
    assert [line.rpartition(": ")[2] for line in said(run)] == ["changed, not created"]
    assert len(sandbox.writes()) == before


def test_a_task_that_was_created_assigned_and_tagged_is_one_removal(
    make: Make, sandbox: Sandbox
) -> None:
    action = (
        'create_task: {name: x, project: "${entity.projectId}", assignees: [Timo Brandt],'
        " tags: [one]}"
    )
    one = make(SETTING % action)
    event_id = one.deliver(samples.fresh("task_added"))
    one.work()

    run = undo(one, event_id)

    assert said(run) == ["removed"]
    assert [task["name"] for task in sandbox.world.tasks.values()].count("x") == 0


def test_what_was_written_on_a_new_task_is_removed_before_it(make: Make) -> None:
    chain = """
version: 1
rules:
  - id: chain
    when: task_added
    do:
      - create_task: {name: x, project: "${entity.projectId}"}
      - add_comment: {task: "${done.create_task.id}", message: hello}
"""
    one = make(chain)
    event_id = one.deliver(samples.fresh("task_added"))
    one.work()

    run = undo(one, event_id)

    assert said(run) == ["removed", "removed"]
    assert [rule.message for rule in run.rules] == ["comment 'hello'", "task 'x'"]


def test_what_its_turns_have_created_is_removed_with_it(make: Make, sandbox: Sandbox) -> None:
    one = make(rules("{key: entity.projectId}"))
    event_id = one.deliver(update("Logo"))
    work_all(one)

    run = undo(one, event_id)

    assert said(run) == ["removed"]
    assert not sandbox.world.comments


def test_asking_twice_is_one_undo(make: Make, sandbox: Sandbox) -> None:
    one, event_id, _ = ran(COMMENT, make)

    answers = [ask(one, event_id) for _ in range(2)]
    rest(one)

    assert answers == [Asked("stored"), Asked("known", "due")]
    assert ask(one, event_id) == Asked("known", "settled")
    assert len(sandbox.writes("/tasks/.*/comments/.*")) == 1


def test_a_run_that_is_not_settled_is_not_undone(make: Make, sandbox: Sandbox) -> None:
    one = make(COMMENT.rules)
    event_id = one.deliver(COMMENT.event())
    sandbox.faults.add("rate_limit", "POST", COMMENT.path)
    one.work()

    assert ask(one, event_id) == Asked("waiting", event_id)
    assert not one.deps.redis.exists(keys.UNNAMED.event(f"undo-{event_id}"))


def test_a_run_whose_turn_waits_is_not_undone(make: Make) -> None:
    one = make(rules("{key: entity.projectId}"))
    event_id = one.deliver(update("Logo"))
    one.work()

    assert ask(one, event_id) == Asked("waiting", f"{event_id}.tell")


def test_a_run_that_was_undone_is_not_judged_once_more(make: Make, sandbox: Sandbox) -> None:
    one = make(rules("{key: entity.projectId}"))
    event_id = one.deliver(update("Logo"))
    work_all(one)
    ask(one, event_id)

    before = Replays(one.deps.redis).replay(event_id)
    rest(one)
    after = Replays(one.deps.redis).replay(event_id)

    left = {event_id: "undone", f"{event_id}.tell": "undone"}
    assert (before.left, after.left) == (left, left)
    assert work_all(one) == []
    assert not sandbox.world.comments


def test_later_events_of_the_entity_wait_behind_an_undo(make: Make, sandbox: Sandbox) -> None:
    one = make(rules())
    event_id = one.deliver(update("one"))
    one.work()
    sandbox.faults.add("rate_limit", "DELETE")
    ask(one, event_id)
    one.deliver(update("two") | {"timestamp": "2030-01-01T00:00:00Z"})

    worked = [one.work(), rest(one), one.work()]

    assert [run.kind for run in worked] == ["undo", "undo", "task_updated"]
    assert [run.outcome for run in worked] == ["later", "done", "done"]
    assert [one["message"] for one in sandbox.world.comments.values()] == ["two"]


def test_a_rule_that_is_paused_is_undone_all_the_same(make: Make) -> None:
    one, event_id, _ = ran(COMMENT, make)
    one.deps.redis.hset(keys.UNNAMED.paused, "greet", "wrong text")

    run = undo(one, event_id)

    assert (run.outcome, said(run)) == ("done", ["removed"])


def test_a_shadow_run_has_written_nothing(make: Make) -> None:
    one = make(ALL_RULES.replace("    when:", "    mode: shadow\n    when:"))
    event_id = one.deliver(COMMENT.event())
    one.work()

    assert not has_written(one.deps.redis, event_id)


def test_a_run_that_is_forgotten_cannot_be_undone(make: Make) -> None:
    one, event_id, _ = ran(COMMENT, make)
    ask(one, event_id)
    one.deps.redis.delete(keys.UNNAMED.event(event_id))

    run = rest(one)

    assert (run.outcome, run.reason) == ("failed", "run-forgotten")
    assert run.message == f"run {event_id} is not on record any more"
