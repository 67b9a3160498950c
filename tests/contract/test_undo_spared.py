"""What a person has changed since, billed or built upon is left, and the record says why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from deploy.sandbox.server import Sandbox
from tests import samples
from tests.contract.conftest import Make
from tests.contract.entered import enter
from tests.contract.test_actions_stop_timer import RUNNING
from tests.contract.trying import MARA
from tests.contract.undoing import TABLES, changed_by, ran, said, table, undo
from tests.writes import CASES, Case

_BY = {case.name: case for case in CASES}
ENTRY, TASK, COMMENT = _BY["log_time"], _BY["create_task"], _BY["add_comment"]
#: what a person may change of each
CHANGES: dict[str, dict[str, Any]] = {
    "create_schedule": {"endDate": "2026-11-23T10:00:00Z"},
    "book_project": {"duration": 3_600},
    "log_time": {"note": "mine"},
    "create_task": {"name": "mine"},
    "add_comment": {"message": "mine"},
}
EACH = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


def why_left(case: Case, make: Make, sandbox: Sandbox, then: Callable[[str], object]) -> str:
    """Run, let something happen, undo; why the one object is still there."""
    one, event_id, made = ran(case, make)
    one.clock.forward(minutes=5)
    then(made)
    before = len(sandbox.writes())

    run = undo(one, event_id)

    (told,) = said(run)
    word, _, why = told.partition(": ")
    assert (run.outcome, word) == ("done", "left")
    assert made in table(sandbox, case)
    assert len(sandbox.writes()) == before
    return why


@EACH
def test_what_a_person_has_changed_is_left(case: Case, make: Make, sandbox: Sandbox) -> None:
    def change(made: str) -> None:
        changed_by(sandbox, MARA, TABLES[case.table], made, **CHANGES[case.name])

    why = why_left(case, make, sandbox, change)

    at = f"{sandbox.world.clock():%d %b %Y}"
    assert why.startswith(f"changed by Mara Jensen on {at} ")


@EACH
def test_what_a_person_changed_before_a_later_write_of_ours_is_left(
    case: Case, make: Make, sandbox: Sandbox
) -> None:
    """Our own write hides who came before it; what no rule changes tells."""

    def change(made: str) -> None:
        own = {"taskId": None} if case is ENTRY else CHANGES[case.name]
        changed_by(sandbox, sandbox.world.api_user_id, TABLES[case.table], made, **own)

    assert why_left(case, make, sandbox, change).startswith("it is not as it was written any more")


@pytest.mark.parametrize("case", [ENTRY, TASK], ids=lambda case: case.name)
def test_what_only_our_rules_have_changed_is_removed(
    case: Case, make: Make, sandbox: Sandbox
) -> None:
    one, event_id, made = ran(case, make)
    one.clock.forward(minutes=5)
    change = {"duration": 7_200} if case is ENTRY else {"isPrio": False}
    changed_by(sandbox, sandbox.world.api_user_id, TABLES[case.table], made, **change)

    assert said(undo(one, event_id)) == ["removed"]


def test_a_billed_entry_is_left(make: Make, sandbox: Sandbox) -> None:
    def bill(made: str) -> None:
        sandbox.world.entries[made]["isBilled"] = True

    assert why_left(ENTRY, make, sandbox, bill) == "it is billed"


def test_an_entry_of_a_closed_day_is_left(make: Make, sandbox: Sandbox) -> None:
    one, event_id, made = ran(ENTRY, make)
    one.clock.forward(days=60)

    run = undo(one.closing(days=30), event_id)

    assert said(run) == ["left: HOOKWORK_CLOSED_BEFORE closes its day"]
    assert made in sandbox.world.entries


def test_an_entry_that_has_become_a_timer_is_left(make: Make, sandbox: Sandbox) -> None:
    def run_on(made: str) -> None:
        endless = {"endTimeUtc": None, "endTimeLocal": None, "duration": 0}
        sandbox.world.entries[made].update(endless)

    assert why_left(ENTRY, make, sandbox, run_on) == "its timer has not ended"


def _comment(sandbox: Sandbox, task: str, **more: Any) -> None:
    said = {"entityId": task, "userId": MARA, "message": "done soon", **more}
    sandbox.world.add("comments", said)


def _subtask(sandbox: Sandbox, task: str) -> None:
    like = sandbox.world.tasks[task]
    sandbox.world.add("tasks", {**like, "parentId": task})


def _block(sandbox: Sandbox, task: str) -> None:
    block = {"startDate": "2026-11-23T08:00:00Z", "endDate": "2026-11-23T09:00:00Z"}
    made = {**block, "taskId": task, "userId": MARA, "plannedDuration": 3_600}
    sandbox.world.add("taskschedules", made)


def _blocks(sandbox: Sandbox, task: str) -> None:
    for _ in range(2):
        _block(sandbox, task)


@pytest.mark.parametrize(
    ("then", "told"),
    [
        (_comment, "1 comment"),
        (_subtask, "1 subtask"),
        (_block, "1 block in a calendar"),
        (_blocks, "2 blocks in a calendar"),
    ],
    ids=["comment", "subtask", "block", "blocks"],
)
def test_a_task_that_people_have_worked_with_is_left(
    make: Make, sandbox: Sandbox, then: Callable[[Sandbox, str], object], told: str
) -> None:
    why = why_left(TASK, make, sandbox, lambda made: then(sandbox, made))

    assert why == f"there is something of others on it: {told}"


def test_a_task_with_time_on_it_is_left(make: Make, sandbox: Sandbox) -> None:
    tracked = samples.sample("timetracking_added")["entity"]

    def track(made: str) -> None:
        with sandbox.world.muted():
            entry = {**tracked, "taskId": made, "duration": 5_400}
            sandbox.world.add("timeentries", entry)

    why = why_left(TASK, make, sandbox, track)

    assert why == "there is something of others on it: 1.5 h tracked"


def test_a_comment_that_was_answered_is_left(make: Make, sandbox: Sandbox) -> None:
    """awork would remove the answer with it."""

    def answer(made: str) -> None:
        task = sandbox.world.comments[made]["entityId"]
        _comment(sandbox, task, inReplyToCommentId=made)

    assert why_left(COMMENT, make, sandbox, answer) == "Mara Jensen has answered it"


def test_a_comment_that_people_reacted_to_is_left(make: Make, sandbox: Sandbox) -> None:
    def like(made: str) -> None:
        reactions = [{"emoji": "+1", "userId": MARA}]
        sandbox.world.comments[made]["reactions"] = reactions

    assert why_left(COMMENT, make, sandbox, like) == "people have reacted to it"


def test_a_timer_that_was_stopped_is_no_entry_that_was_created(
    make: Make, sandbox: Sandbox
) -> None:
    """awork answers the entry, which is a person's."""
    entry = samples.sample("timetracking_added")["entity"]
    stop = "{id: r, when: timetracking_added, do: [stop_timer: {time_entry: %s}]}"
    ident = enter(sandbox, RUNNING)
    one = make(f"version: 1\nrules:\n  - {stop % ident}")
    event_id = one.deliver(samples.fresh("timetracking_added", **entry))
    one.work()

    run = undo(one, event_id)

    assert said(run) == ["timer of Timo Brandt stopped: changed, not created"]
    assert ident in sandbox.world.entries
