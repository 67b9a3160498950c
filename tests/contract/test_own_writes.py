"""What we write never triggers us: by whom awork names, and where it names nobody, by what is on
record; and rules that ask for their own events do not answer them for ever."""

from __future__ import annotations

import pytest

from deploy.sandbox.server import Sandbox
from tests import samples
from tests.contract.conftest import Make
from tests.contract.echoes import Echo, by_nobody
from tests.contract.test_flow import work_all
from webhooks.store import keys
from webhooks.store.problems import Problems
from webhooks.store.reply import text
from workers.circles import MOST_HOPS
from workers.own import OwnWrites

TASK = samples.sample("task_updated")["entity"]["id"]
#: answers a new task with a task, and an entry with a change of it
WRITING = """
version: 1
rules:
  - id: follow-up
    OWN
    when: task_added
    do: [{create_task: {name: "After ${entity.name}", project: "${entity.projectId}"}}]
  - id: note
    OWN
    when: [timetracking_added, timetracking_updated]
    do: [{adjust_time_entry: {time_entry: "${entity.id}", note: "${entity.note}!"}}]
"""
IGNORING, HANDLING = (WRITING.replace("OWN", own) for own in ("", "own_events: handle"))
#: answers each of its own updates of a task with a comment on it
SAYING = """
version: 1
rules:
  - id: say
    own_events: handle
    when: task_updated
    do: [{add_comment: {task: "${entity.id}", message: "${entity.name}"}}]
"""
KINDS = pytest.mark.parametrize("kind", ["task_added", "timetracking_added"])


@pytest.fixture
def sandbox(sandbox: Sandbox) -> Sandbox:
    """With the time entry of the sample in it."""
    entry = samples.sample("timetracking_added")["entity"]
    sandbox.world.entries[entry["id"]] = dict(entry)
    return sandbox


@KINDS
def test_an_event_that_names_nobody_is_ours_when_it_shows_what_we_wrote(
    make: Make, sandbox: Sandbox, kind: str
) -> None:
    echo = Echo(make(IGNORING), sandbox)
    echo.change = by_nobody

    runs = echo.begin(samples.fresh(kind, note="Hello"))

    assert [run.outcome for run in runs] == ["done", "own-event"]


@KINDS
def test_an_event_that_names_somebody_else_is_theirs_whatever_it_shows(
    make: Make, sandbox: Sandbox, kind: str
) -> None:
    mara = samples.sample("task_added")["triggeredBy"]
    echo = Echo(make(IGNORING), sandbox)
    echo.one.deliver(samples.fresh(kind, note="Hello"))
    work_all(echo.one)
    echo.change = lambda payload: payload | {"triggeredBy": mara}

    (run,) = echo.again()

    assert run.outcome == "done"


def test_a_later_version_of_what_we_wrote_is_not_ours(make: Make, sandbox: Sandbox) -> None:
    echo = Echo(make(IGNORING), sandbox)
    echo.one.deliver(samples.fresh("timetracking_added", note="Hello"))
    work_all(echo.one)
    [ours] = echo.raised
    theirs = by_nobody(ours) | {
        "entity": ours["entity"] | {"resourceVersion": ours["entity"]["resourceVersion"] + 1}
    }
    echo.change = lambda _: theirs

    (run,) = echo.again()

    assert run.outcome == "done"


def test_who_is_assigned_to_a_task_that_we_made_was_not_assigned_by_us(make: Make) -> None:
    one = make(IGNORING.replace("when: task_added", "when: taskassignment_added"))
    one.deliver(samples.fresh("taskassignment_added"))
    (run,) = work_all(one)
    made = run.rules[0].actions[0].writes[0].made
    later = by_nobody(samples.fresh("taskassignment_added", id=made) | {"entityId": made})

    one.deliver(later)

    assert work_all(one)[0].outcome == "done"


@pytest.mark.parametrize("names_somebody", [True, False])
def test_a_rule_that_answers_its_own_events_is_paused_after_so_many(
    make: Make, sandbox: Sandbox, names_somebody: bool
) -> None:
    echo = Echo(make(HANDLING), sandbox)
    echo.change = (lambda payload: payload) if names_somebody else by_nobody

    runs = echo.begin(samples.fresh("task_added", name="Logo"))

    assert [run.outcome for run in runs] == ["done"] * (MOST_HOPS + 1) + ["later"]
    assert len(sandbox.writes("/tasks")) == MOST_HOPS + 1
    why = text(echo.one.deps.redis.hget(keys.UNNAMED.paused, "follow-up"))
    last = runs[-1]
    assert last.rules[0].actions[0].reason == "rule-paused"
    assert why.startswith(
        f"it answers its own events in a circle, 8 times in a row, at last task_added of"
        f" {last.title} ({last.entity_id}); leave 'own_events: handle' out of follow-up"
    )
    [problem] = Problems(echo.one.deps.redis).all()
    assert (problem.cause, problem.times) == ("rule:follow-up:loop", 1)


def test_a_rule_that_was_resumed_begins_anew(make: Make, sandbox: Sandbox) -> None:
    echo = Echo(make(HANDLING), sandbox)
    echo.begin(samples.fresh("task_added", name="Logo"))
    before = len(sandbox.writes("/tasks"))
    echo.one.deps.redis.hdel(keys.UNNAMED.paused, "follow-up")
    echo.one.clock.forward(minutes=2)

    runs = echo.go_on()

    assert [run.outcome for run in runs] == ["done"] * (MOST_HOPS + 1) + ["later"]
    assert len(sandbox.writes("/tasks")) == before + MOST_HOPS + 1


def test_what_people_do_is_no_hop_however_often_they_do_it(make: Make, sandbox: Sandbox) -> None:
    one = make(SAYING)
    for _ in range(2 * MOST_HOPS):
        one.deliver(samples.fresh("task_updated"))

    runs = work_all(one)

    assert {run.outcome for run in runs} == {"done"}
    assert len(sandbox.writes(f"/tasks/{TASK}/comments")) == 2 * MOST_HOPS


def test_many_own_events_that_are_answered_once_each_are_no_circle(
    make: Make, sandbox: Sandbox
) -> None:
    echo = Echo(make(SAYING), sandbox)
    ours = {"triggeredBy": {"id": sandbox.world.api_user_id}}
    for _ in range(2 * MOST_HOPS):
        echo.one.deliver(samples.fresh("task_updated") | ours)

    echo.go_on()

    assert len(sandbox.writes(f"/tasks/{TASK}/comments")) == 2 * MOST_HOPS
    assert echo.one.deps.redis.hlen(keys.UNNAMED.paused) == 0


def test_an_event_that_is_not_ours_costs_no_further_look(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError

    monkeypatch.setattr(OwnWrites, "hop", never)
    monkeypatch.setattr(OwnWrites, "caused", never)
    one = make(SAYING)
    one.deliver(samples.fresh("task_updated"))

    assert work_all(one)[0].outcome == "done"
    assert one.deps.redis.hkeys(keys.UNNAMED.hops(TASK)) == [b"1"]


def test_in_shadow_nothing_is_a_hop(make: Make) -> None:
    one = make(SAYING.replace("own_events", "mode: shadow\n    own_events"))
    one.deliver(samples.fresh("task_updated"))

    assert work_all(one)[0].outcome == "shadow"
    assert one.deps.redis.keys(keys.UNNAMED.hops("*")) == []
