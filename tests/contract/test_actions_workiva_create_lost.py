"""One create_workiva_task is one task in Workiva, whatever befalls its answer or its worker."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from deploy.local.redis_server import RedisServer
from tests.contract.mirroring import (
    ANNA,
    RESOURCE,
    There,
    event,
    mirroring,
    noted,
    rule,
    rules,
    until_settled,
)
from tests.worker import Worker, outcomes
from webhooks.store.client import Client
from webhooks.store.replays import Replays
from workers.drain import work_on
from workers.holdings import StoredHoldings
from workers.targets.workiva_api import APIS, Api

MARKED = "create_workiva_task: {title: \"Anna's 'report'\", description: Check it}"
UNMARKED = (
    'create_workiva_task: {title: New, description: " Check it ", marker: false,'
    f" assignees: [{ANNA}], location: {{resource: {RESOURCE}}}}}"
)
EITHER = pytest.mark.parametrize("action", [MARKED, UNMARKED], ids=["marked", "unmarked"])


@pytest.fixture
def there(client: Client, server: RedisServer) -> Iterator[There]:
    with mirroring(client, server) as made:
        yield made


def due(there: There, *actions: str, api: Api | None = None) -> Worker:
    """A worker that has an event."""
    text = rules(rule(*actions))
    one = there.worker(text, api=api) if api else there.worker(text)
    one.deliver(event())
    return one


@EITHER
@pytest.mark.parametrize("api", APIS.values(), ids=APIS)
@pytest.mark.parametrize(("kind", "status"), [("drop_after", 0), ("fail_after", 500)])
def test_a_task_whose_answer_was_lost_is_found_again(
    there: There, action: str, api: Api, kind: Any, status: int
) -> None:
    one = due(there, action, api=api)
    there.fault(kind, path=".*/tasks", status=status)

    first = one.work()
    one.clock.forward(seconds=10)
    run = one.work()

    assert (first.outcome, run.outcome) == ("later", "done")
    assert outcomes(run) == ["adopted"]
    assert len(there.tasks) == len(there.calls("POST", ".*/tasks")) == 1


@EITHER
def test_an_answer_that_comes_after_the_lease_is_over_makes_no_second_task(
    there: There, action: str
) -> None:
    one = due(there, action)
    held = there.fault("hold_after")
    slow = one.claim()

    def meanwhile() -> None:
        assert held.reached.wait(timeout=10)
        one.clock.forward(seconds=61)
        work_on(one.claim(), one.deps)
        held.release()

    _both(lambda: work_on(slow, one.deps), meanwhile)

    assert one.run(slow.id).outcome == "done"
    assert len(there.tasks) == 1


@EITHER
@pytest.mark.parametrize("kind", ["drop_before", "rate_limit", "refuse"])
def test_a_task_that_was_not_made_is_made_by_a_later_try(
    there: There, action: str, kind: Any
) -> None:
    one = due(there, action)
    there.fault(kind, times=2, status=503)

    run = until_settled(one)

    assert (run.outcome, len(there.tasks)) == ("done", 1)


def test_two_looks_some_seconds_apart_come_before_it_is_sent_again(there: There) -> None:
    one = due(there, MARKED)
    there.fault("drop_before")

    runs = []
    for _ in range(3):
        runs.append(one.work().outcome)
        one.clock.forward(seconds=40)

    assert runs == ["later", "later", "done"]
    assert [call.method for call in there.calls("GET") + there.calls("POST", "/tasks")] == [
        "GET",
        "GET",
        "POST",
        "POST",
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "Other"},
        {"description": "Check it now"},
        {"assignees": []},
        {"location": None},
        {"created": {"dateTime": "2026-11-01T00:00:00Z"}},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_without_a_marker_only_a_task_that_is_as_it_was_sent_is_taken_for_ours(
    there: There, changes: dict[str, Any]
) -> None:
    one = due(there, UNMARKED)
    there.fault("drop_after")
    one.work()
    there.task.update(changes)
    one.clock.forward(seconds=10)

    run = until_settled(one)

    assert outcomes(run) == ["done"]
    assert len(there.tasks) == 2


def test_with_a_marker_people_may_change_the_rest_meanwhile(there: There) -> None:
    one = due(there, MARKED)
    there.fault("drop_after")
    one.work()
    there.by_a_person(assignees=[{"id": ANNA, "type": "USER"}], status="Started")

    run = until_settled(one)

    assert (outcomes(run), len(there.tasks)) == (["adopted"], 1)


@EITHER
def test_two_events_whose_answers_were_lost_have_a_task_each(there: There, action: str) -> None:
    one = there.worker(rules(rule(action)))
    for of in ("a", "b"):
        one.deliver(event(of=of))
    there.fault("drop_after", times=2)

    for _ in range(4):
        for claim in one.deps.inbox.claim(2, now_ms=one.clock.ms):
            work_on(claim, one.deps)
        one.clock.forward(seconds=10)

    made = {one.run(f"event-{n}").rules[0].actions[0].writes[0].made for n in (1, 2)}
    assert made == {task["id"] for task in there.tasks}
    assert len(there.tasks) == 2


def test_of_two_that_look_like_ours_the_oldest_is_taken(there: There) -> None:
    one = due(there, UNMARKED)
    there.fault("drop_after")
    one.work()
    younger = {**there.task, "id": "z" * 32, "created": {"dateTime": "2999-01-01T00:00:00Z"}}
    there.sandbox.workiva.tasks.clear()
    there.sandbox.workiva.tasks[younger["id"]] = younger
    older = {**younger, "id": "a" * 32, "created": {"dateTime": "2998-01-01T00:00:00Z"}}
    there.sandbox.workiva.tasks[older["id"]] = older
    one.clock.forward(seconds=10)

    run = one.work()

    assert run.rules[0].actions[0].writes[0].made == older["id"]


def test_a_worker_that_dies_before_the_map_knows_leaves_it_to_the_next(
    there: There, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = due(there, MARKED)
    with monkeypatch.context() as patch:
        patch.setattr(StoredHoldings, "keep", _dies)
        with pytest.raises(Died):
            work_on(one.claim(), one.deps)
    assert len(there.tasks) == 1
    one.clock.forward(seconds=61)
    run = one.work()
    one.deliver(event())

    second = one.work()

    assert outcomes(run) == ["repeated-nothing"]
    assert noted(second) == [f"there is one already: {there.task['id']}"]


class Died(BaseException):
    """The worker is gone, as by SIGKILL."""


def _dies(*_: object, **__: object) -> None:
    raise Died


def test_a_replay_makes_no_second_task(there: There) -> None:
    one = due(there, MARKED)
    one.work()

    assert Replays(one.deps.redis).replay("event-1").again == ("event-1",)
    run = one.work()

    assert (outcomes(run), noted(run)) == (["repeated-nothing"], [""])
    assert len(there.tasks) == 1


def _both(*work: Callable[[], None]) -> None:
    threads = [threading.Thread(target=one) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
        assert not thread.is_alive()
