"""A run's Workiva task is removed, unless somebody has done something with it; the rest stays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from deploy.local.redis_server import RedisServer
from deploy.undone import returning
from tests.contract.mirroring import There, event, mirroring, noted, rule, rules
from tests.contract.test_actions_workiva_sync import (
    CREATE,
    DONE,
    PROGRESS,
    SYNC,
    TITLE,
    mirrored,
    updated,
)
from tests.contract.undoing import ask, said, undo
from tests.worker import Worker, outcomes
from webhooks.store.client import Client

DELETE = "/tasks/[^/]+"


@pytest.fixture
def there(client: Client, server: RedisServer) -> Iterator[There]:
    with mirroring(client, server) as made:
        yield made


def ran(there: There, *actions: str) -> Worker:
    """A worker that has made a Workiva task, as event-1."""
    one = there.worker(rules(rule(*actions) if actions else CREATE))
    one.deliver(event(name="One"))
    assert one.work().outcome == "done"
    return one


def test_what_a_run_created_in_workiva_is_removed(there: There) -> None:
    one = ran(there)

    run = undo(one, "event-1")

    assert (run.outcome, said(run), outcomes(run)) == ("done", ["removed"], ["done"])
    assert [rule.message for rule in run.rules] == ["Workiva task 'One'"]
    assert returning(run) == ["makes"]
    assert there.tasks == []
    assert not list(one.deps.redis.scan_iter("*holding:workiva*"))
    assert not list(one.deps.redis.scan_iter("*unfinished*"))


def test_what_it_created_in_awork_goes_with_it(there: There) -> None:
    in_awork = 'create_task: {name: Approval, project: "${entity.projectId}"}'
    one = ran(there, in_awork, 'create_workiva_task: {title: "${done.create_task.id}"}')

    run = undo(one, "event-1")

    assert said(run) == ["removed", "removed"]
    assert returning(run) == ["r"]
    assert there.tasks == []
    assert "Approval" not in {task["name"] for task in there.sandbox.world.tasks.values()}


def test_what_is_gone_in_workiva_is_gone_already(there: There) -> None:
    one = ran(there)
    there.sandbox.workiva.tasks.clear()

    run = undo(one, "event-1")

    assert (run.outcome, said(run), outcomes(run)) == ("done", ["gone already"], [])


def test_a_removal_whose_answer_was_lost_is_looked_for(there: There) -> None:
    one = ran(there)
    there.fault("drop_after", "DELETE", DELETE)

    run = undo(one, "event-1")

    assert (said(run), there.tasks) == (["removed"], [])
    assert len(there.calls("DELETE", DELETE)) == 1


@pytest.mark.parametrize(
    ("then", "why"),
    [
        (lambda there: there.by_a_person(title="Mine"), "changed by Bernd Kranz on "),
        (
            lambda there: there.by_a_person(status="Started"),
            "its status is Started now, set by Bernd Kranz on ",
        ),
        (
            lambda there: there.task.update(status="Started"),
            "its status is Started now, set by Hookwork Integration on ",
        ),
        (lambda there: there.task.update(modified={}), "changed"),
    ],
)
def test_what_somebody_has_changed_since_is_left(
    there: There, then: Callable[[There], object], why: str
) -> None:
    one = ran(there)
    then(there)

    run = undo(one, "event-1")

    [line] = said(run)
    assert line.startswith(f"left: {why}")
    assert len(there.tasks) == 1
    assert there.calls("DELETE") == []


def test_one_that_was_left_is_still_known(there: There) -> None:
    one = ran(there)
    there.by_a_person(title="Mine")
    undo(one, "event-1")

    one.deliver(event(name="One"))
    run = one.work()

    assert noted(run) == [f"there is one already: {there.task['id']}"]


@pytest.mark.parametrize("entity", [{"name": "Two"}, {"taskStatus": DONE}])
def test_what_a_later_event_of_ours_has_written_is_no_change(
    there: There, entity: dict[str, Any]
) -> None:
    one = mirrored(there, SYNC % TITLE)
    assert outcomes(updated(one, **({"name": "One"} | entity))) == ["done"]

    run = undo(one, "event-1")

    assert (said(run), there.tasks) == (["removed"], [])


def test_what_a_run_only_changed_in_workiva_stays_changed(there: There) -> None:
    one = mirrored(there, SYNC % TITLE)
    updated(one, name="Two", taskStatus=DONE)

    run = undo(one, "event-2")

    ident = there.task["id"]
    assert {*said(run)} == {
        f"Workiva task {ident}: title: changed, not created",
        f"Workiva task {ident}: SUBMIT: changed, not created",
    }
    assert (run.outcome, there.task["title"]) == ("skipped", "Two")


def test_what_the_same_run_has_changed_of_it_goes_with_it(there: There) -> None:
    """A line of its own would say that it stays."""
    create = "create_workiva_task: {title: One}"
    sync = 'sync_workiva_task: {task: "${entity.id}", title: Two, done: true}'
    one = ran(there, create, sync)

    run = undo(one, "event-1")

    assert (said(run), there.tasks) == (["removed"], [])


def test_one_whose_answer_never_came_is_to_be_looked_for_by_people(there: There) -> None:
    one = there.worker(rules(CREATE))
    one.deliver(event(name="One"))
    there.fault("drop_after")
    one.work()
    there.fault("refuse", "GET", "/tasks", status=403)
    one.clock.forward(hours=25)
    assert one.work().outcome == "failed"

    run = undo(one, "event-1")

    assert said(run) == ["POST /tasks: Workiva never answered; look there whether it was written"]


def test_an_undo_waits_while_a_change_of_it_is_not_known(there: There) -> None:
    one = mirrored(there, SYNC % TITLE)
    there.fault("drop_after", "PATCH", DELETE)
    one.deliver(event("task_updated", name="Two", taskStatus=PROGRESS))
    one.work()
    ask(one, "event-1")

    one.clock.forward(seconds=70)
    worked = [one.work(), one.work()]

    assert [run.kind for run in worked] == ["task_updated", "undo"]
    assert there.tasks == []
