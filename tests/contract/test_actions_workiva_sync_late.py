"""Events that are late or replayed, and those after one that failed: nothing is written over what
is newer, nothing twice, and nobody is held up for long.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from deploy.local.redis_server import RedisServer
from tests.contract.mirroring import (
    There,
    event,
    mirroring,
    noted,
    rule,
    until_settled,
    work_all,
)
from tests.contract.test_actions_workiva_sync import (
    ACT,
    CREATE,
    DONE,
    PATCH,
    SYNC,
    TITLE,
    mirrored,
    patches,
    updated,
)
from tests.contract.test_actions_workiva_sync_lost import BOTH, actions
from tests.worker import Worker, outcomes
from webhooks.store import keys
from webhooks.store.client import Client
from webhooks.store.replays import Replays

#: more than that of the samples
NEWER = 639000000000000002


@pytest.fixture
def there(client: Client, server: RedisServer) -> Iterator[There]:
    with mirroring(client, server) as made:
        yield made


@pytest.mark.parametrize("trouble", ["refuse", "drop_before"])
@pytest.mark.parametrize("since", [["Three"], ["One"], ["Three", "Three"]])
def test_a_replay_of_one_that_failed_writes_nothing_over_what_came_later(
    there: There, trouble: Any, since: list[str]
) -> None:
    one = mirrored(there, SYNC % TITLE)
    there.fault(trouble, "PATCH", ".*", status=403)
    one.deliver(event("task_updated", name="Two"))
    one.work()
    one.clock.forward(hours=25)
    work_all(one)
    failed = one.run("event-2").outcome == "failed"
    an_hour_passes_in_redis(one)
    for number, name in enumerate(since):
        updated(one, name=name, resourceVersion=NEWER + number)
    before = len(patches(there))

    assert Replays(one.deps.redis).replay("event-2").again == ("event-2",)
    run = until_settled(one)

    assert failed
    assert (run.outcome, there.task["title"]) == ("done", since[-1])
    assert noted(run) == [f"{there.task['id']}: a later event has told title, done already"]
    assert len(patches(there)) == before


def test_a_late_event_of_another_rule_writes_nothing_over_what_came_later(there: There) -> None:
    by_status = rule(SYNC % TITLE, ident="also", when="task_status_changed")
    one = mirrored(there, SYNC % f"{TITLE}, due_date: null", create=CREATE + by_status)
    one.deliver(event("task_status_changed", name="Two", resourceVersion=NEWER))
    one.work()
    one.clock.forward(minutes=1)

    run = updated(one, name="One")

    assert (outcomes(run), there.task["title"]) == ([], "Two")
    assert noted(run) == [f"{there.task['id']}: a later event has told title, done already"]


def test_a_replay_leaves_what_later_events_have_brought_where_answers_tell_nothing(
    there: There,
) -> None:
    one = mirrored(there, SYNC % TITLE)
    send = one.deps.workiva.http.send

    def without_a_word(request: httpx.Request, **options: Any) -> httpx.Response:
        answer = send(request, **options)
        is_change = request.method == "PATCH" and answer.is_success
        return httpx.Response(204, request=request) if is_change else answer

    vars(one.deps.workiva.http)["send"] = without_a_word
    for number, name in enumerate(("Two", "Three")):
        updated(one, name=name, resourceVersion=NEWER + number)

    assert Replays(one.deps.redis).replay("event-2").again == ("event-2",)
    one.work()
    one.clock.forward(minutes=1)
    updated(one, name="Two", resourceVersion=NEWER + 2)

    assert there.task["title"] == "Two"


@pytest.mark.parametrize(
    "odd",
    [
        {"status": 5, "modified": "today"},
        {"status": {}, "modified": {"dateTime": 5}},
        {"approvalSteps": ["x", None]},
    ],
    ids=["status", "modified", "steps"],
)
def test_what_answers_have_in_another_form_stops_no_later_event(
    there: There, odd: dict[str, Any]
) -> None:
    one = mirrored(there, SYNC % TITLE)
    send = one.deps.workiva.http.send

    def odd_one(request: httpx.Request, **options: Any) -> httpx.Response:
        answer = send(request, **options)
        is_task = answer.is_success and "/tasks/" in request.url.path
        return httpx.Response(200, json=answer.json() | odd, request=request) if is_task else answer

    vars(one.deps.workiva.http)["send"] = odd_one
    updated(one, name="Two")

    run = updated(one, name="Three", taskStatus=DONE)

    assert (run.outcome, there.task["title"]) == ("done", "Three")
    assert there.task["status"] == "Completed"


def test_one_that_was_given_up_holds_up_later_ones_for_an_hour_at_most(there: There) -> None:
    one = mirrored(there, SYNC % TITLE)
    there.fault("fail_after", "PATCH", ".*", times=None)
    one.deliver(event("task_updated", name="Two"))
    one.work()

    [key] = one.deps.redis.scan_iter("*unfinished*")

    assert one.deps.redis.ttl(key) <= 3600


def test_a_rule_that_is_paused_holds_up_no_other(there: There) -> None:
    also = rule(SYNC % TITLE, ident="also", when="task_updated")
    makes = rule(SYNC % "due_date: 2026-12-01", ident="paused", when="task_updated") + CREATE
    one = mirrored(there, SYNC % TITLE, create=makes + also)
    one.deps.redis.hset(keys.UNNAMED.paused, "paused", "for now")

    run = updated(one, name="Two")

    assert (run.outcome, there.task["title"]) == ("later", "Two")


def test_a_change_before_an_action_that_failed_unknown_is_not_taken_for_the_action(
    there: There,
) -> None:
    one = mirrored(there, SYNC % f"{TITLE}, done: true")
    there.fault("drop_before", "POST", ACT)
    one.deliver(event("task_updated", name="Two"))
    one.work()
    there.fault("refuse", "GET", PATCH, status=403)
    one.clock.forward(hours=25)
    assert one.work().outcome == "failed"

    assert Replays(one.deps.redis).replay("event-2").again == ("event-2",)
    run = until_settled(one)

    assert (run.outcome, there.task["status"]) == ("done", "Completed")
    assert [call.method for call in there.sandbox.workiva.writes(f"{PATCH}|{ACT}")] == [
        "PATCH",
        "POST",
    ]


def test_an_action_is_not_taken_by_a_later_event_while_the_first_cannot_be_looked_for(
    there: There,
) -> None:
    one = mirrored(there, SYNC % "when_done: APPROVE", create=rule(BOTH))
    there.fault("drop_after", "POST", ACT)
    one.deliver(event("task_updated", taskStatus=DONE))
    one.work()
    there.fault("refuse", "GET", PATCH, status=403)
    one.clock.forward(seconds=10)
    looked = one.work()
    one.deliver(event("task_updated", taskStatus=DONE, name="Two"))

    one.clock.forward(seconds=10)
    runs = [until_settled(one), until_settled(one)]

    assert (looked.outcome, looked.reason) == ("later", "outcome-unknown")
    assert "cannot be looked for: GET /tasks/" in looked.message
    assert [run.outcome for run in runs] == ["done", "done"]
    assert actions(there) == ["APPROVE"]


def an_hour_passes_in_redis(one: Worker) -> None:
    """Whose clock is its own."""
    for key in one.deps.redis.scan_iter("*unfinished*"):
        one.deps.redis.delete(key)
