"""Two events that write the same: each gets an object of its own, whichever answer is lost when.

Nothing but their ids tells such objects apart, so one may be adopted for the write of the other
while that is still on its way.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from structlog.testing import capture_logs

from deploy.sandbox.faults import Kind
from deploy.sandbox.server import Sandbox
from tests.contract.conftest import Make
from tests.worker import Worker, posted
from tests.writes import CASES, Case
from webhooks.store import keys
from webhooks.store.inbox import Claim
from webhooks.store.reply import raw, text
from workers.drain import work_on

#: what bears no marker: two of them are equal to the byte
EACH = pytest.mark.parametrize(
    "case",
    [case for case in CASES if case.name in ("create_schedule", "add_comment")],
    ids=lambda case: case.name,
)
OLDER, NEWER = "event-1", "event-2"


@pytest.fixture
def one(case: Case, make: Make) -> Worker:
    return make(case.rules)


def unanswered(one: Worker, case: Case, sandbox: Sandbox, kind: Kind) -> None:
    """The older one, tried once. kind: what becomes of its request."""
    one.deliver(case.event())
    sandbox.faults.add(kind, "POST", case.path)
    assert one.work().outcome == "later"
    one.clock.forward(seconds=10)


@contextmanager
def newer_on_its_way(one: Worker, case: Case, sandbox: Sandbox) -> Iterator[Claim]:
    """What is done within is done after awork has applied the newer's write and before it says so.
    Yields the older's next claim."""
    older, newer = both(one, case)
    answer = sandbox.faults.add("hold_after", "POST", case.path)
    thread = threading.Thread(target=work_on, args=(newer, one.deps))
    thread.start()
    assert answer.reached.wait(timeout=10)
    yield older
    answer.release()
    thread.join(timeout=30)
    assert not thread.is_alive()


def both(one: Worker, case: Case) -> tuple[Claim, Claim]:
    """The claims of the older one and of another, in a lane of its own, that writes the same."""
    one.deliver(case.event() | {"entityId": "11111111-1111-4111-8111-111111111111"})
    claims = {claim.id: claim for claim in one.deps.inbox.claim(9, now_ms=one.clock.ms)}
    return claims[OLDER], claims[NEWER]


def settle(one: Worker) -> None:
    """Work until nothing waits."""
    while one.deps.redis.zcard(keys.UNNAMED.waiting):
        for claim in one.deps.inbox.claim(9, now_ms=one.clock.ms):
            work_on(claim, one.deps)
        one.clock.forward(seconds=10)


def entry(one: Worker, event_id: str) -> dict[str, Any]:
    """The one write of an event, as it is on record."""
    (stored,) = one.deps.redis.hvals(keys.UNNAMED.ledger(event_id))
    found: dict[str, Any] = json.loads(raw(stored)[1:]) | {"state": text(raw(stored)[:1])}
    return found


def assert_each_has_one(one: Worker, case: Case, sandbox: Sandbox) -> None:
    entries = [entry(one, ident) for ident in (OLDER, NEWER)]
    assert [found["state"] for found in entries] == ["d", "d"]
    assert len({found["made"] for found in entries}) == 2
    assert posted(sandbox, case) == [case.body] * 2
    for ident, found in zip((OLDER, NEWER), entries, strict=True):
        assert text(one.deps.redis.get(keys.UNNAMED.made(found["made"]))).startswith(ident)


@EACH
def test_what_is_adopted_while_its_own_write_is_on_its_way_is_made_again(
    case: Case, one: Worker, sandbox: Sandbox
) -> None:
    unanswered(one, case, sandbox, "drop_before")

    with capture_logs() as told, newer_on_its_way(one, case, sandbox) as older:
        work_on(older, one.deps)
    run = one.run(NEWER)
    settle(one)

    assert (run.outcome, run.reason) == ("later", "outcome-unknown")
    assert "write_taken" in [line["event"] for line in told]
    assert "write_doubled" not in [line["event"] for line in told]
    assert_each_has_one(one, case, sandbox)


@EACH
def test_what_is_recorded_first_is_not_adopted(case: Case, one: Worker, sandbox: Sandbox) -> None:
    """The older looks when the newer's answer is known."""
    unanswered(one, case, sandbox, "drop_before")

    with newer_on_its_way(one, case, sandbox) as older:
        pass
    work_on(older, one.deps)
    settle(one)

    assert_each_has_one(one, case, sandbox)


@EACH
def test_of_two_without_an_answer_one_adopts_and_the_other_writes(
    case: Case, one: Worker, sandbox: Sandbox
) -> None:
    unanswered(one, case, sandbox, "drop_before")
    older, newer = both(one, case)
    sandbox.faults.add("drop_after", "POST", case.path)
    work_on(newer, one.deps)

    work_on(older, one.deps)
    settle(one)

    assert_each_has_one(one, case, sandbox)


@EACH
def test_two_that_were_both_made_are_both_adopted(
    case: Case, one: Worker, sandbox: Sandbox
) -> None:
    """The older finds the newer's, because its own is not shown yet; which was made so long before
    that the newer would not look for it."""
    unanswered(one, case, sandbox, "drop_after")
    one.clock.forward(minutes=10)
    there = getattr(sandbox.world, case.table)
    (first,) = [ident for ident, found in there.items() if is_ours(found, sandbox)]

    with newer_on_its_way(one, case, sandbox) as older:
        unseen = there.pop(first)
        work_on(older, one.deps)
        there[first] = unseen
    settle(one)

    assert entry(one, NEWER)["made"] == first
    assert_each_has_one(one, case, sandbox)


@EACH
def test_of_several_the_older_adopts_the_older(case: Case, one: Worker, sandbox: Sandbox) -> None:
    """No answer came to either, and awork lists the newer first: too old for the newer, the older
    would be nobody's, and a third would be written."""
    unanswered(one, case, sandbox, "drop_after")
    one.clock.forward(minutes=10)
    older, newer = both(one, case)
    sandbox.faults.add("drop_after", "POST", case.path)
    work_on(newer, one.deps)
    there = getattr(sandbox.world, case.table)
    first = next(ident for ident, found in there.items() if is_ours(found, sandbox))
    there[first] = there.pop(first)

    work_on(older, one.deps)
    settle(one)

    assert entry(one, OLDER)["made"] == first
    assert_each_has_one(one, case, sandbox)


@EACH
def test_one_that_froze_before_it_could_record_its_answer_does_not_share(
    case: Case, one: Worker, sandbox: Sandbox
) -> None:
    """Its lease is over, and another has written it once more, when it says what it made."""
    unanswered(one, case, sandbox, "drop_before")

    with capture_logs() as told, newer_on_its_way(one, case, sandbox) as older:
        work_on(older, one.deps)
        one.clock.forward(seconds=61)
        settle(one)

    assert "write_doubled" not in [line["event"] for line in told]
    assert_each_has_one(one, case, sandbox)


def is_ours(found: dict[str, Any], sandbox: Sandbox) -> bool:
    return found.get("createdBy") == sandbox.world.api_user_id
