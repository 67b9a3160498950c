"""A Workiva task that may be there already is not made again, however hard it is to be sure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from deploy.local.redis_server import RedisServer
from tests.contract.mirroring import (
    ANNA,
    There,
    event,
    mirroring,
    noted,
    rule,
    rules,
    until_settled,
)
from tests.contract.undoing import said, undo
from tests.worker import Worker, outcomes
from webhooks.store import keys
from webhooks.store.client import Client

MARKED = (
    'create_workiva_task: {title: "For ${entity.name}", description: Check it, once_per: 2026-Q4}'
)
UNMARKED = "create_workiva_task: {title: New, description: Check it, marker: false}"


@pytest.fixture
def there(client: Client, server: RedisServer) -> Iterator[There]:
    with mirroring(client, server) as made:
        yield made


def lost(there: There, action: str = MARKED, kind: Any = "drop_after") -> Worker:
    """A worker that got no answer to its POST; time has passed since."""
    one = there.worker(rules(rule(action)))
    there.fault(kind)
    one.deliver(event(of="a", name="a"))
    assert one.work().reason == "outcome-unknown"
    one.clock.forward(seconds=10)
    return one


def test_while_it_cannot_be_looked_for_nobody_makes_it_again(there: There) -> None:
    one = lost(there)
    there.fault("refuse", "GET", "/tasks", status=403)

    looked = one.work()
    one.deliver(event(of="b", name="b"))
    behind = one.work()
    one.clock.forward(seconds=10)
    until_settled(one)
    until_settled(one)

    assert looked.outcome == "later"
    assert looked.message.startswith(
        "no answer came to POST /tasks, and whether it was done cannot be looked for:"
        " GET /tasks: 403Forbidden: "
    )
    assert "the grant needs the scope task:read" in looked.message
    assert behind.reason == "planning-busy"
    assert [outcomes(one.run(f"event-{n}")) for n in (1, 2)] == [["adopted"], []]
    assert len(there.tasks) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "My own words"},
        {"description": "{description}\n\nDone by Anna"},
        {"created": None},
        {"created": {"dateTime": 5}},
        {"created": {"dateTime": "2026-01-01T00:00:00Z"}},
    ],
    ids=["title", "description", "created", "created-as", "created-when"],
)
def test_whatever_else_is_said_of_it_its_marker_tells(
    there: There, changes: dict[str, Any]
) -> None:
    one = lost(there)
    if "description" in changes:
        changes = {"description": changes["description"].format(**there.task)}
    there.task.update(changes)

    run = until_settled(one)

    assert (outcomes(run), len(there.tasks)) == (["adopted"], 1)


def test_without_a_marker_what_has_no_time_of_creation_may_be_ours(there: There) -> None:
    one = lost(there, UNMARKED)
    there.task.update(created=None)

    run = until_settled(one)

    assert (outcomes(run), len(there.tasks)) == (["adopted"], 1)


def test_what_workiva_may_still_be_at_is_not_written_again(there: There) -> None:
    """It works on a request for 29 s, long after nobody waits for its answer any more."""
    one = there.worker(rules(rule(MARKED)))
    held = there.fault("hold_before")
    http = one.deps.workiva.http
    usual, http.timeout = http.timeout, httpx.Timeout(0.3)
    one.deliver(event(of="a", name="a"))
    one.work()
    http.timeout = usual
    for _ in range(3):
        one.clock.forward(seconds=9)
        assert one.work().reason == "outcome-unknown"
    held.release()
    there.sandbox.workiva.wait_for_call("POST", "/tasks")

    run = until_settled(one)

    assert (outcomes(run), len(there.tasks)) == (["adopted"], 1)


def test_it_is_made_though_workiva_was_away_for_more_than_a_day(there: There) -> None:
    one = lost(there, kind="drop_before")
    one.clock.forward(hours=25)
    one.deps.redis.hset(keys.UNNAMED.circuit("workiva"), "resumed", one.clock.ms)

    run = until_settled(one)

    assert (run.outcome, len(there.tasks)) == ("done", 1)


@pytest.mark.parametrize("ident", [None, "", {}, True])
def test_one_whose_answer_does_not_name_it_is_looked_for(there: There, ident: object) -> None:
    one = there.worker(rules(rule(MARKED)))
    answering(one, lambda body: body | {"id": ident})
    for of in ("a", "b"):
        one.deliver(event(of=of, name=of))
        until_settled(one)

    assert outcomes(one.run("event-1")) == ["adopted"]
    assert noted(one.run("event-2")) == [f"there is one already: {there.task['id']}"]


def test_an_empty_answer_names_nothing(there: There) -> None:
    one = there.worker(rules(rule(MARKED)))
    answering(one, lambda _: None)
    one.deliver(event(of="a", name="a"))

    assert outcomes(until_settled(one)) == ["adopted"]


def test_one_that_a_number_names_is_undone(there: There) -> None:
    one = there.worker(rules(rule(f"create_workiva_task: {{title: x, assignees: {ANNA}}}")))
    answering(one, lambda body: body | {"id": 7})
    one.deliver(event())
    one.work()

    assert said(undo(one, "event-1")) == ["gone already"]


def answering(one: Worker, change: Callable[[Any], Any]) -> None:
    """What is created is told otherwise; None stands for an empty answer."""
    http = one.deps.workiva.http
    send = http.send

    def sending(request: httpx.Request, **options: Any) -> httpx.Response:
        answer = send(request, **options)
        if request.method != "POST" or not request.url.path.endswith("/tasks"):
            return answer
        body = change(answer.json())
        if body is None:
            return httpx.Response(200, request=request)
        return httpx.Response(answer.status_code, json=body, request=request)

    vars(http)["send"] = sending
