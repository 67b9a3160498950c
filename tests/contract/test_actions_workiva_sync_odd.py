"""Workiva tasks that are not known, gone, or not to be changed; and events of long ago."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from deploy.local.redis_server import RedisServer
from tests.contract.mirroring import (
    RESOURCE,
    SEGMENT,
    TASK_ID,
    There,
    event,
    mirroring,
    noted,
    rule,
    until_settled,
)
from tests.contract.test_actions_workiva_sync import (
    CREATE,
    PROGRESS,
    SYNC,
    TITLE,
    mirrored,
    patches,
    replaced,
    updated,
)
from tests.contract.trying import why
from tests.worker import outcomes
from webhooks.store.client import Client
from webhooks.store.replays import Replays


@pytest.fixture
def there(client: Client, server: RedisServer) -> Iterator[There]:
    with mirroring(client, server) as made:
        yield made


@pytest.mark.parametrize("more", ["", ", made_by: another"])
def test_where_none_is_known_it_is_said_why_that_may_be(there: There, more: str) -> None:
    one = mirrored(there, SYNC % f"title: Two{more}", create=CREATE if more else "")

    run = updated(one)

    by = " by rule another" if more else ""
    assert run.outcome == "done"
    assert noted(run) == [
        f"no Workiva task is known that was made for {TASK_ID}{by}: there was none, it was made by"
        " something else, it is gone, or nothing was written of it for a year"
    ]
    assert patches(there) == []


def test_one_that_is_gone_ends_as_gone_once_the_others_are_written(there: There) -> None:
    makes = [rule(f"create_workiva_task: {{title: {n}}}", ident=n) for n in ("one", "two")]
    one = mirrored(there, SYNC % TITLE, create="".join(makes))
    gone = sorted(there.sandbox.workiva.tasks)[0]
    del there.sandbox.workiva.tasks[gone]

    run = updated(one, name="Two")
    again = updated(one, name="Three")

    assert (run.outcome, run.reason) == ("gone", "gone")
    assert (again.outcome, len(outcomes(again))) == ("done", 1)
    assert there.task["title"] == "Three"


def test_a_task_that_is_gone_in_awork_does_not_make_workiva_forget(there: There) -> None:
    one = mirrored(there, SYNC.replace("${entity.id}", TASK_ID) % TITLE)
    with there.sandbox.world.muted():
        del there.sandbox.world.tasks[TASK_ID]

    one.deliver(event("task_updated", of="another", name="Two"))
    run = one.work()

    assert (run.outcome, patches(there)) == ("gone", [])
    assert updated(one, name="Two").outcome == "done"
    assert there.task["title"] == "Two"


@pytest.mark.parametrize(
    ("given", "what"),
    [
        ("done: true, when_done: APPROVE", "action: APPROVE does not fit the status Created."),
        (
            f"location: {{resource: {SEGMENT}}}",
            "/location: The location is set, and cannot be changed any more.",
        ),
    ],
)
def test_what_does_not_fit_the_task_holds_up_later_events_for_a_minute(
    there: There, given: str, what: str
) -> None:
    create = rule(f"create_workiva_task: {{title: One, location: {{resource: {RESOURCE}}}}}")
    one = mirrored(there, SYNC % given, create=create)

    runs = [updated(one)]
    runs += [one.work()]

    assert [why(run)[:2] for run in runs] == [("later", "target-busy"), ("failed", "conflict")]
    assert what in runs[1].message
    assert runs[1].message.endswith("; change the task there or the rule, and replay the event")
    assert updated(one).outcome == "later"


def test_a_conflict_that_passes_is_none(there: There) -> None:
    one = mirrored(there, SYNC % TITLE)
    there.fault("refuse", "PATCH", ".*", status=409, times=2)
    one.deliver(event("task_updated", name="Two"))

    run = until_settled(one)

    assert (run.outcome, there.task["title"]) == ("done", "Two")


def test_what_workiva_refuses_fails_and_the_next_event_brings_it(there: There) -> None:
    one = mirrored(there, SYNC % TITLE)
    there.fault("refuse", "PATCH", ".*", status=400)

    failed = updated(one, name="Two")
    run = updated(one, name="Three")

    assert why(failed)[:2] == ("failed", "target-refused")
    assert (run.outcome, there.task["title"]) == ("done", "Three")


def test_a_replay_of_an_older_event_writes_nothing_and_is_not_taken_for_the_last(
    there: There,
) -> None:
    by_status = rule(SYNC % TITLE, ident="also", when="task_status_changed")
    one = mirrored(there, SYNC % TITLE, create=CREATE + by_status)
    last = {"name": "Three", "id": TASK_ID, "taskStatus": PROGRESS}
    updated(one, name="Two")
    one.deliver(event("task_status_changed", **last))
    one.work()

    assert Replays(one.deps.redis).replay("event-2").again == ("event-2",)
    replayed = one.work()
    one.clock.forward(minutes=1)
    one.deliver(event("task_status_changed", **last))
    run = one.work()

    assert outcomes(replayed) == ["repeated-nothing"]
    assert [body[0]["value"] for body in patches(there)] == ["Two", "Three"]
    assert noted(run) == ["nothing differs from what was written before"]


def test_a_replay_of_the_event_that_made_it_does_not_forget_what_came_later(there: There) -> None:
    one = mirrored(there, SYNC % TITLE)
    updated(one, name="Two")

    assert Replays(one.deps.redis).replay("event-1").again == ("event-1",)
    replayed = one.work()
    one.clock.forward(minutes=1)
    updated(one, name="Two")

    assert outcomes(replayed) == ["repeated-nothing"]
    assert patches(there) == [replaced(title="Two")]
