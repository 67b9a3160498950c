"""Creating Workiva tasks: what is sent, what is refused before, what later actions see of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from deploy.local.redis_server import RedisServer
from tests import samples
from tests.contract.mirroring import (
    ANNA,
    BERND,
    RESOURCE,
    SEGMENT,
    There,
    event,
    mirroring,
    noted,
    rule,
    rules,
)
from tests.contract.trying import why
from webhooks.store.client import Client
from workers.targets.workiva_api import APIS, Api

CREATE = "create_workiva_task: {title: New, marker: false, %s}"
MARKED = "create_workiva_task: {title: New, description: %s}"
#: the example of Workiva's page, property for property
SEED = {
    "approvalSteps": [
        {
            "completionMode": "ONE",
            "dueDate": "2023-06-11T13:00:00+00:00",
            "participants": [{"id": ANNA, "type": "USER"}],
        }
    ],
    "assignees": [{"id": ANNA, "type": "USER"}],
    "description": "Be sure to double-check the balance sheet",
    "dueDate": None,
    "location": {"resource": RESOURCE, "segment": SEGMENT},
    "notificationsDisabled": True,
    "status": "Completed",
    "title": "Please complete the quarterly report",
}
SEED_RULE = f"""create_workiva_task:
          title: Please complete the quarterly report
          description: Be sure to double-check the balance sheet
          assignees: [{ANNA}]
          due_date: null
          location: {{resource: {RESOURCE}, segment: {SEGMENT}}}
          approval_steps:
            - completion_mode: ONE
              due_date: 2023-06-11T13:00:00Z
              participants: [{{id: {ANNA}, type: USER}}]
          status: Completed
          notifications_disabled: true
          marker: false"""
EACH_API = pytest.mark.parametrize("api", APIS.values(), ids=APIS)


@pytest.fixture
def there(client: Client, server: RedisServer) -> Iterator[There]:
    with mirroring(client, server) as made:
        yield made


@EACH_API
def test_the_body_of_workivas_example_is_sent_from_a_rule(there: There, api: Api) -> None:
    run = there(SEED_RULE, api=api)

    [call] = there.calls("POST", ".*/tasks")
    assert run.outcome == "done"
    assert call.body == SEED
    assert (call.path, call.headers["x-version"]) == (f"{api.prefix}/tasks", api.version)


def test_what_is_not_given_is_not_sent(there: There) -> None:
    run = there("create_workiva_task: {title: New}")

    [body] = there.sent()
    assert run.outcome == "done"
    assert body.keys() == {"title", "description"}
    assert body["description"].startswith("⟨hw:")


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("status: Started", {"status": "Started"}),
        ("notifications_disabled: false", {"notificationsDisabled": False}),
        ('title: "  ${entity.name} "', {"title": "Build checkout page"}),
        ('description: ""', {"description": ""}),
        (f"assignees: {ANNA}", {"assignees": [{"id": ANNA, "type": "USER"}]}),
        (f"assignees: {{id: {ANNA}}}", {"assignees": [{"id": ANNA, "type": "USER"}]}),
        (
            f"assignees: [{ANNA}, {{id: {BERND}, type: USER}}]",
            {"assignees": [{"id": ANNA, "type": "USER"}, {"id": BERND, "type": "USER"}]},
        ),
        ("assignees: []", {"assignees": []}),
        (f"location: {{resource: {RESOURCE}}}", {"location": {"resource": RESOURCE}}),
        (
            f"location: {{resource: {RESOURCE}, segment: null}}",
            {"location": {"resource": RESOURCE, "segment": None}},
        ),
        ("due_date: 2026-11-27", {"dueDate": "2026-11-27T00:00:00+00:00"}),
        # Berlin is an hour ahead of UTC in November.
        ("due_date: 2026-11-27T17:00", {"dueDate": "2026-11-27T16:00:00+00:00"}),
        ("due_date: 2026-11-27T17:00:00-05:00", {"dueDate": "2026-11-27T22:00:00+00:00"}),
        ('due_date: "${entity.dueOn}"', {"dueDate": "2026-11-25T16:00:00+00:00"}),
        ("due_date: null", {"dueDate": None}),
        (
            f"approval_steps: {{completion_mode: ALL, participants: {ANNA}, due_date: null}}",
            {
                "approvalSteps": [
                    {
                        "completionMode": "ALL",
                        "participants": [{"id": ANNA, "type": "USER"}],
                        "dueDate": None,
                    }
                ]
            },
        ),
    ],
)
def test_each_parameter_is_sent_by_workivas_name(
    there: There, given: str, sent: dict[str, Any]
) -> None:
    title = "" if "title" in given else "title: New, "

    run = there(f"create_workiva_task: {{{title}marker: false, {given}}}")

    assert why(run) == ("done", "", "")
    assert there.sent() == [{"title": "New", **sent}]


def test_the_marker_stands_at_the_end_of_the_description(there: There) -> None:
    there(MARKED % '"Check it\\n"')

    [body] = there.sent()
    text, _, marker = body["description"].rpartition("\n\n")
    assert (text, marker[:4], marker[-1], len(marker)) == ("Check it\n", "⟨hw:", "⟩", 17)


@EACH_API
def test_later_actions_see_where_the_task_is_and_when_it_is_due(there: There, api: Api) -> None:
    told = "${done.create_workiva_task.dueDate} ${done.create_workiva_task.sourceUrl}"
    comment = f'add_comment: {{task: "${{entity.id}}", message: "{told}"}}'

    run = there("create_workiva_task: {title: New, due_date: 2026-11-27}", comment, api=api)

    [text] = [c["message"] for c in there.sandbox.world.comments.values()]
    assert run.outcome == "done"
    assert text == f"2026-11-27T00:00:00Z {there.task['sourceUrl']}"


def test_shadow_shows_what_would_be_sent_and_keeps_nothing(there: There) -> None:
    shadow = rules(rule(SEED_RULE, more="    mode: shadow\n"))
    one = there.worker(shadow)
    one.deliver(event())

    run = one.work()

    [write] = run.rules[0].actions[0].writes
    assert (run.outcome, write.outcome, write.body) == ("shadow", "shadow", SEED)
    assert there.sandbox.workiva.calls == []
    assert not list(there.client.scan_iter("*workiva*"))


def test_a_rule_of_each_api_makes_the_same_task(there: There) -> None:
    for api in APIS.values():
        there(CREATE % f"once_per: {api.name}, assignees: {ANNA}", api=api)

    one, other = there.tasks
    unlike = {name for name in one if one[name] != other[name]}
    assert unlike <= {"id", "sourceUrl", "created", "modified"}


def test_an_event_without_an_object_has_one_of_its_own(there: There) -> None:
    payload = samples.fresh("task_added")
    del payload["entity"], payload["entityId"]
    one = there.worker(rules(rule("create_workiva_task: {title: New}")))
    one.deliver(payload)

    run = one.work()

    assert (run.outcome, noted(run), len(there.tasks)) == ("done", [""], 1)
