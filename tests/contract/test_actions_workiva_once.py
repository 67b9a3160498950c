"""For what `once_per` says there is one Workiva task, whichever events and workers ask for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from deploy.local.redis_server import RedisServer
from tests.contract.mirroring import (
    There,
    event,
    mirroring,
    noted,
    rule,
    rules,
    until_settled,
    work_all,
)
from tests.contract.undoing import said, undo
from tests.worker import Worker, outcomes
from webhooks.store import keys
from webhooks.store.client import Client
from webhooks.store.replays import Replays
from workers.drain import work_on

CREATE = 'create_workiva_task: {title: "For ${entity.name}"%s}'
PLAIN = CREATE % ""
QUARTER = CREATE % ", once_per: 2026-Q4"


@pytest.fixture
def there(client: Client, server: RedisServer) -> Iterator[There]:
    with mirroring(client, server) as made:
        yield made


def titles(there: There) -> list[str]:
    return [task["title"] for task in there.tasks]


def worked(there: There, *names: str, action: str = PLAIN) -> Worker:
    """A worker that has worked on an event of a task of each of these names, one by one."""
    one = there.worker(rules(rule(action)))
    for name in names:
        one.deliver(event(of=name, name=name))
        one.work()
    return one


def test_each_object_has_one_by_default(there: There) -> None:
    one = worked(there, "a", "b", "a", "b", "a")

    assert titles(there) == ["For a", "For b"]
    assert noted(one.run("event-5")) == [f"there is one already: {there.tasks[0]['id']}"]


def test_the_result_is_that_of_the_one_there_is(there: There) -> None:
    comment = (
        'add_comment: {task: "${entity.id}", message: "${done.create_workiva_task.sourceUrl}'
        ' ${done.create_workiva_task.id}"}'
    )
    one = there.worker(rules(rule(PLAIN, comment)))
    for _ in range(2):
        one.deliver(event())
        one.work()

    messages = [comment["message"] for comment in there.sandbox.world.comments.values()]
    assert messages == [f"{there.task['sourceUrl']} {there.task['id']}"] * 2


@pytest.mark.parametrize(
    ("once_per", "made"),
    [
        ("2026-Q4", ["For a"]),
        ('"${entity.name}"', ["For a", "For b"]),
        ('["2026-Q4", "${entity.name}"]', ["For a", "For b"]),
        ('["${entity.project}"]', ["For a"]),
        ('"${entity.project.id}"', ["For a"]),
        ('[1, true, "${entity.plannedDuration}"]', ["For a"]),
        ('["", "${entity.tags}"]', ["For a"]),
    ],
)
def test_one_is_made_for_each_value(there: There, once_per: str, made: list[str]) -> None:
    worked(there, "a", "b", "a", action=CREATE % f", once_per: {once_per}")

    assert titles(there) == made


def test_an_object_and_its_id_are_one_value(there: There) -> None:
    one = worked(there, "a", action=CREATE % ', once_per: "${entity.project}"')
    ident = event()["entity"]["project"]["id"]

    again = there.worker(rules(rule(CREATE % f", once_per: {ident}")))
    again.deliver(event(of="b", name="b"))
    run = again.work()

    assert one.run("event-1").outcome == run.outcome == "done"
    assert titles(there) == ["For a"]


def test_each_rule_and_each_action_has_its_own(there: There) -> None:
    second = "\n        id: second"
    text = rules(rule(QUARTER, QUARTER + second), rule(QUARTER, ident="other"))
    one = there.worker(text)

    for of in ("a", "b"):
        one.deliver(event(of=of, name=of))
        one.work()

    assert titles(there) == ["For a"] * 3


def test_each_item_has_its_own(there: There) -> None:
    action = 'create_workiva_task: {title: "${item.name}"}\n        for_each: entity.tags'
    one = there.worker(rules(rule(action)))
    tags = [{"id": "1", "name": "red"}, {"id": "2", "name": "blue"}]

    for _ in range(2):
        one.deliver(event(tags=tags))
        one.work()

    assert sorted(titles(there)) == ["blue", "red"]


def test_two_events_at_once_make_one(there: There) -> None:
    """The second waits while the answer of the first is not known, and finds its task then."""
    one = there.worker(rules(rule(QUARTER)))
    for of in ("a", "b"):
        one.deliver(event(of=of, name=of))
    there.fault("drop_after")
    claims = one.deps.inbox.claim(2, now_ms=one.clock.ms)

    for claim in claims:
        work_on(claim, one.deps)

    first, second = (one.run(claim.id) for claim in claims)
    assert (first.reason, second.reason) == ("outcome-unknown", "planning-busy")
    assert second.message == (
        f"r/create_workiva_task of event {first.event_id} has not made all its writes for the"
        " same yet"
    )
    work_all(one)
    assert [one.run(claim.id).outcome for claim in claims] == ["done", "done"]
    assert len(there.tasks) == len(there.sent()) == 1


def test_no_other_makes_it_while_no_worker_ran_for_half_a_day(there: There) -> None:
    """An answer was lost, and an event with the same once_per is worked on first after that."""
    one = there.worker(rules(rule(QUARTER)))
    one.deliver(event(of="a", name="a"))
    there.fault("drop_after")
    one.work()

    left_s = one.deps.redis.ttl(_unfinished(one))

    assert left_s > 12 * 3600


def test_one_that_was_not_sent_holds_up_no_other(there: There) -> None:
    one = there.worker(rules(rule(QUARTER)))
    for of in ("a", "b"):
        one.deliver(event(of=of, name=of))
    there.fault("rate_limit", body={"title": "For a"}, times=2, retry_after_s=60)
    claims = {c.id: c for c in one.deps.inbox.claim(2, now_ms=one.clock.ms)}

    for name in sorted(claims):
        work_on(claims[name], one.deps)

    assert [one.run(f"event-{n}").outcome for n in (1, 2)] == ["later", "done"]
    one.clock.forward(seconds=120)
    run = until_settled(one)
    assert noted(run) == [f"there is one already: {there.task['id']}"]
    assert titles(there) == ["For b"]


@pytest.mark.parametrize("status", [400, 403, 404])
def test_what_was_refused_for_good_is_made_by_the_next_event(there: There, status: int) -> None:
    one = there.worker(rules(rule(QUARTER)))
    there.fault("refuse", status=status)
    for of in ("a", "b"):
        one.deliver(event(of=of, name=of))
        one.work()

    assert [one.run(f"event-{n}").outcome for n in (1, 2)] == ["failed", "done"]
    assert titles(there) == ["For b"]
    assert Replays(one.deps.redis).replay("event-1").again == ("event-1",)
    assert noted(one.work()) == [f"there is one already: {there.task['id']}"]


def test_a_paused_rule_makes_one_once_it_goes_on(there: There) -> None:
    one = there.worker(rules(rule(QUARTER)))
    for of in ("a", "b"):
        one.deliver(event(of=of, name=of))
    one.deps.redis.hset(keys.UNNAMED.paused, "r", "for now")
    for claim in one.deps.inbox.claim(2, now_ms=one.clock.ms):
        work_on(claim, one.deps)

    one.deps.redis.hdel(keys.UNNAMED.paused, "r")
    one.clock.forward(seconds=60)
    work_all(one)

    assert [one.run(f"event-{n}").outcome for n in (1, 2)] == ["done", "done"]
    assert len(there.tasks) == 1


def test_one_that_people_have_deleted_is_not_made_again(there: There) -> None:
    one = worked(there, "a")
    there.sandbox.workiva.tasks.clear()

    one.deliver(event(of="a", name="a"))
    run = one.work()

    assert (run.outcome, there.tasks) == ("done", [])


def test_one_that_was_undone_is_made_again_by_the_next_event(there: There) -> None:
    one = worked(there, "a")
    undone = undo(one, "event-1")

    one.deliver(event(of="a", name="again"))
    run = until_settled(one)

    assert said(undone) == ["removed"]
    assert (outcomes(run), titles(there)) == (["done"], ["For again"])


def test_a_rule_that_becomes_shadow_tells_of_the_one_there_is(there: There) -> None:
    worked(there, "a")
    one = there.worker(rules(rule(PLAIN, more="    mode: shadow\n")))
    one.deliver(event(of="a", name="a"))

    run = one.work()

    assert run.outcome == "shadow"
    assert noted(run) == [f"there is one already: {there.task['id']}"]


def test_it_is_known_for_a_year(there: There) -> None:
    one = worked(there, "a")

    kept = list(one.deps.redis.scan_iter("*holding:workiva*"))

    year_s = 365 * 24 * 3600
    assert len(kept) == 3
    assert all(year_s < one.deps.redis.ttl(key) <= 2 * year_s for key in kept)
    assert not list(one.deps.redis.scan_iter("*unfinished*"))


def _unfinished(one: Worker) -> str:
    [key] = one.deps.redis.scan_iter("*unfinished*")
    return str(key, "utf-8")
