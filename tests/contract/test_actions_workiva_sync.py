"""What changes in awork is brought to the Workiva tasks that were made for it, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from deploy.local.redis_server import RedisServer
from tests.contract.mirroring import (
    ANNA,
    BERND,
    RESOURCE,
    SEGMENT,
    TASK_ID,
    There,
    event,
    mirroring,
    noted,
    rule,
    rules,
)
from tests.worker import Worker, outcomes
from webhooks.store.client import Client
from webhooks.store.journal import Run

CREATE = rule(
    'create_workiva_task: {title: "${entity.name}", description: Check it}', ident="makes"
)
SYNC = 'sync_workiva_task: {task: "${entity.id}", %s}'
TITLE = 'title: "${entity.name}"'
STEPS = f"approval_steps: [{{completion_mode: ONE, participants: [{ANNA}]}}]"
PATCH, ACT = "/tasks/[^/]+", "/tasks/[^/]+/actionSubmission"
DONE, PROGRESS = {"type": "done", "name": "Done"}, {"type": "progress", "name": "In progress"}


@pytest.fixture
def there(client: Client, server: RedisServer) -> Iterator[There]:
    with mirroring(client, server) as made:
        yield made


def mirrored(there: There, sync: str, *, create: str = CREATE) -> Worker:
    """A worker that has made a Workiva task for the sample's, and brings changes of it."""
    one = there.worker(rules(create, rule(sync, ident="brings", when="task_updated")))
    one.deliver(event(name="One"))
    one.work()
    one.clock.forward(minutes=1)
    return one


def updated(one: Worker, **entity: Any) -> Run:
    """The task changes in awork, and that is worked on once."""
    one.deliver(event("task_updated", **entity))
    run = one.work()
    one.clock.forward(minutes=1)
    return run


def patches(there: There) -> list[Any]:
    return there.sent("PATCH", PATCH)


def replaced(**values: Any) -> list[dict[str, Any]]:
    return [{"op": "replace", "path": f"/{name}", "value": v} for name, v in values.items()]


def test_a_task_that_is_renamed_in_awork_is_renamed_in_workiva_each_time(there: There) -> None:
    one = mirrored(there, SYNC % TITLE)

    runs = [updated(one, name=name) for name in ("One", "Two", "Two", "Three")]

    assert [run.outcome for run in runs] == ["done"] * 4
    assert patches(there) == [replaced(title="Two"), replaced(title="Three")]
    assert there.task["title"] == "Three"
    assert noted(runs[0]) == ["nothing differs from what was written before"]


def test_what_a_person_has_changed_in_workiva_stays_until_awork_changes_it(there: There) -> None:
    one = mirrored(there, SYNC % f"{TITLE}, description: Check it")
    there.by_a_person(title="Mine", description="My own words")

    updated(one, name="One")
    assert patches(there) == []
    updated(one, name="Two")

    assert patches(there) == [replaced(title="Two")]
    assert there.task["description"] == "My own words"


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("due_date: 2026-12-01T09:00", {"dueDate": "2026-12-01T08:00:00+00:00"}),
        ("due_date: null", {"dueDate": None}),
        (f"assignees: [{BERND}]", {"assignees": [{"id": BERND, "type": "USER"}]}),
        (
            f"location: {{resource: {RESOURCE}, segment: {SEGMENT}}}",
            {"location": {"resource": RESOURCE, "segment": SEGMENT}},
        ),
        (
            f"{TITLE}, due_date: 2026-12-01",
            {"title": "Two", "dueDate": "2026-12-01T00:00:00+00:00"},
        ),
    ],
)
def test_each_property_is_brought_in_one_request(
    there: There, given: str, sent: dict[str, Any]
) -> None:
    create = rule(f"create_workiva_task: {{title: One, due_date: 2026-11-30, assignees: {ANNA}}}")
    one = mirrored(there, SYNC % given, create=create)

    runs = [updated(one, name="Two") for _ in range(2)]

    assert patches(there) == [replaced(**sent)]
    assert outcomes(runs[0]) == ["done"]
    assert noted(runs[1]) == ["nothing differs from what was written before"]


@pytest.mark.parametrize(
    "given",
    [
        "due_date: 2026-11-30T10:00:00+01:00",
        f"assignees: [{{id: {BERND}}}, {ANNA}]",
        f"location: {{resource: {RESOURCE}, segment: null}}",
        'description: " Check it "',
    ],
)
def test_what_is_the_same_written_otherwise_is_not_sent(there: There, given: str) -> None:
    create = rule(
        "create_workiva_task: {title: One, due_date: 2026-11-30T09:00:00Z, description: Check it,"
        f" assignees: [{ANNA}, {BERND}], location: {{resource: {RESOURCE}}}, marker: false}}"
    )
    one = mirrored(there, SYNC % given, create=create)

    run = updated(one)

    assert (run.outcome, patches(there)) == ("done", [])


@pytest.mark.parametrize("marker", ["", ", marker: false"])
def test_a_description_keeps_its_marker(there: There, marker: str) -> None:
    create = rule(f"create_workiva_task: {{title: One, description: Check it{marker}}}")
    one = mirrored(there, SYNC % "description: Check it twice", create=create)
    text, _, before = there.task["description"].partition("\n\n")

    updated(one)

    after = f"Check it twice\n\n{before}" if not marker else "Check it twice"
    assert (text, there.task["description"]) == ("Check it", after)


def test_every_workiva_task_of_the_task_is_brought_or_those_of_one_rule(there: There) -> None:
    makes = [rule(f"create_workiva_task: {{title: {n}}}", ident=n) for n in ("one", "two")]
    some = rule(SYNC % f"made_by: two, {TITLE}", ident="some", when="task_updated")
    every = rule(SYNC % TITLE, ident="every", when="task_status_changed")
    one = there.worker(rules(*makes, some, every))
    one.deliver(event(name="x"))
    one.work()

    updated(one, name="Two")
    titles = sorted(task["title"] for task in there.tasks)
    one.deliver(event("task_status_changed", name="Three", id=TASK_ID))
    one.work()

    assert titles == ["Two", "one"]
    assert [task["title"] for task in there.tasks] == ["Three", "Three"]


def test_shadow_shows_what_would_be_sent_and_reads_nothing(there: There) -> None:
    one = mirrored(there, SYNC % TITLE)
    text = rules(rule(SYNC % TITLE, when="task_updated", more="    mode: shadow\n"))
    calls = len(there.sandbox.workiva.calls)
    shadow = there.worker(text)
    shadow.clock = one.clock

    run = updated(shadow, name="Two", taskStatus=DONE)

    assert outcomes(run) == ["shadow", "shadow"]
    assert len(there.sandbox.workiva.calls) == calls
    assert len(outcomes(updated(one, name="Two"))) == 1


def test_a_rename_that_was_undone_in_awork_is_undone_in_workiva(there: There) -> None:
    one = mirrored(there, SYNC % TITLE)

    for name in ("Two", "One", "Two"):
        updated(one, name=name)

    assert [body[0]["value"] for body in patches(there)] == ["Two", "One", "Two"]
