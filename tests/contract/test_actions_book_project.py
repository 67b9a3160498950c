"""book_project over a real Redis and the sandbox: changed, removed, found again, left alone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from deploy.local.redis_server import RedisServer
from tests.contract.planning import MARA, OTHER_ID, TASK, TIMO, Office, office
from tests.worker import outcomes
from webhooks.store import keys
from webhooks.store.client import Client
from workers.drain import work_on

PROJECT = TASK["projectId"]
PATH = "/projecttimebookings.*"
HOUR = 3600
#: a week of five days, of 8 h each
WEEK = ("2027-01-11", "2027-01-15")
#: one write each that leads there from 16 h in that week
CHANGES = {
    "POST": ("[Timo Brandt]", WEEK, "duration: 16h", [(*WEEK, 16)]),
    "PUT": ("[Timo Brandt]", WEEK, "duration: 20h", [(*WEEK, 20)]),
    "DELETE": ("[Timo Brandt]", ("2027-01-16", "2027-01-17"), "share: 50%", []),
}

Days = tuple[str, str]
Booked = list[tuple[str, str, float]]


@pytest.fixture
def there(client: Client, server: RedisServer) -> Iterator[Office]:
    with office(client, server) as made:
        yield made


def book(
    there: Office,
    users: str = "[Timo Brandt]",
    days: Days = WEEK,
    amount: str = "duration: 16h",
    *,
    rule: str = "book",
) -> None:
    """Let this be the only rule. amount: and all else, in flow style."""
    from_to = f'from: "{days[0]}", to: "{days[1]}"'
    there.rule(
        f'book_project: {{project: "{PROJECT}", users: {users}, {from_to}, {amount}}}', rule=rule
    )


def booked(there: Office, user: str = TIMO) -> Booked:
    """First day, last day and hours of a person's bookings of the project."""
    found = there.sandbox.world.find_where("projecttimebookings", userId=user, projectId=PROJECT)
    return sorted((one["startDate"], one["endDate"], one["duration"] / HOUR) for one in found)


def wanting(there: Office, method: str) -> None:
    """Make it so that the next event needs this write."""
    if method != "POST":
        book(there)
        there.settled()
    book(there, *CHANGES[method][:3])


def is_left_alone(there: Office) -> bool:
    there.clock.forward(minutes=2)
    before = len(there.sent())
    return there.settled().outcome == "done" and len(there.sent()) == before


def absent(there: Office, first: str, last: str) -> None:
    absence = {"startOn": f"{first}T00:00:00Z", "endOn": f"{last}T23:59:59Z"}
    with there.sandbox.world.muted():
        there.sandbox.world.table("absences")["a"] = {"id": "a", "userId": TIMO, **absence}


@pytest.mark.parametrize("method", CHANGES)
@pytest.mark.parametrize("kind", ["drop_after", "fail_after", "drop_before", "rate_limit"])
def test_an_unknown_outcome_leads_to_what_is_wanted_once(
    there: Office, method: str, kind: str
) -> None:
    wanting(there, method)
    there.sandbox.faults.from_model({"kind": kind, "method": method, "path": PATH})

    run = there.settled()

    assert (run.outcome, booked(there)) == ("done", CHANGES[method][3])
    assert is_left_alone(there)


@pytest.mark.parametrize(
    ("amount", "wanted"),
    [
        # 5 days of 8 h
        ("share: 50%", [(*WEEK, 20.0)]),
        # Wednesday is off: 4 days of 8 h are left
        ("share: 25%, off: 2027-01-13", [(*WEEK, 8.0)]),
        # in two pieces of 2 days each
        (
            "duration: 15h, around_absences: true, off: 2027-01-13",
            [("2027-01-11", "2027-01-12", 7.5), ("2027-01-14", "2027-01-15", 7.5)],
        ),
        # 3 days and 1 day: 10 h in proportion, to the second
        (
            "duration: 10h, around_absences: true, off: 2027-01-14",
            [("2027-01-11", "2027-01-13", 7.5), ("2027-01-15", "2027-01-15", 2.5)],
        ),
    ],
)
def test_how_much_is_booked_and_when(there: Office, amount: str, wanted: Booked) -> None:
    amount, _, off = amount.partition(", off: ")
    if off:
        absent(there, off, off)
    book(there, amount=amount)

    there.settled()

    assert booked(there) == wanted
    assert is_left_alone(there)


def test_pieces_become_one_again_when_the_days_off_are_over(there: Office) -> None:
    absent(there, "2027-01-13", "2027-01-13")
    book(there, amount="duration: 15h, around_absences: true")
    there.settled()
    book(there, amount="duration: 15h")

    there.settled()

    assert booked(there) == [(*WEEK, 15)]
    assert there.sent() == ["POST", "POST", "PUT", "DELETE"]
    assert is_left_alone(there)


def test_a_description_that_is_not_wanted_any_more_is_emptied(there: Office) -> None:
    book(there, amount="duration: 16h, description: Held")
    there.settled()
    book(there)

    there.settled()

    [one] = there.sandbox.world.bookings.values()
    assert not one["description"]
    assert is_left_alone(there)


def test_a_booking_that_a_person_changed_is_left_alone(there: Office) -> None:
    book(there, "[Timo Brandt, Mara Jensen]")
    there.settled()
    [one] = there.sandbox.world.find_where("projecttimebookings", userId=TIMO)
    one.update(duration=4 * HOUR, updatedBy=TIMO)
    book(there, "[Timo Brandt, Mara Jensen]", amount="duration: 20h")

    run = there.settled()

    assert (booked(there), booked(there, MARA)) == ([(*WEEK, 4)], [(*WEEK, 20)])
    assert there.notes(run) == "a person changed the booking of Timo Brandt: it is left alone"


def test_a_booking_that_a_person_removed_is_made_again(there: Office) -> None:
    book(there)
    there.settled()
    there.sandbox.world.bookings.clear()
    there.clock.forward(minutes=2)

    there.settled()

    assert booked(there) == [(*WEEK, 16)]


def test_each_rule_has_its_own_booking(there: Office) -> None:
    for rule, amount in (("one", "duration: 8h"), ("two", "duration: 4h"), ("one", "duration: 6h")):
        book(there, amount=amount, rule=rule)
        there.settled()

    assert booked(there) == [(*WEEK, 4), (*WEEK, 6)]


def test_two_events_at_once_make_one_booking(there: Office) -> None:
    """Two tasks of one project: the rule books the project for the first of them."""
    book(there)
    there.deliver()
    there.clock.forward(seconds=1)
    claim = there.worker.claim()
    held = there.sandbox.faults.add("hold_before", "POST", PATH)
    thread = threading.Thread(target=lambda: work_on(claim, there.worker.deps))
    thread.start()
    assert held.reached.wait(timeout=10)

    waits = there.updated(OTHER_ID)
    held.release()
    thread.join()
    run = there.rest()

    assert (waits.outcome, waits.reason) == ("later", "planning-busy")
    assert there.notes(run) == "Timo Brandt is booked as wanted already"
    assert booked(there) == [(*WEEK, 16)]


def test_lists_that_lag_make_no_booking_twice(there: Office) -> None:
    there.sandbox.world.list_lag_s = 50
    for amount in ("duration: 16h", "duration: 16h", "duration: 20h", "duration: 20h"):
        book(there, amount=amount)
        there.updated()

    assert there.sent() == ["POST", "PUT"]
    assert is_left_alone(there)


def test_what_is_refused_leaves_the_others_and_a_later_event_makes_it(there: Office) -> None:
    book(there, "[Timo Brandt, Mara Jensen]")
    there.sandbox.faults.add("refuse", "POST", PATH, body={"userId": MARA}, status=400, code="no")

    refused = there.settled()
    run = there.settled()

    assert (refused.outcome, run.outcome) == ("failed", "done")
    assert [outcomes(one) for one in (refused, run)] == [["done", "refused"], ["done"]]
    assert (booked(there), booked(there, MARA)) == ([(*WEEK, 16)], [(*WEEK, 16)])
    assert there.worker.deps.redis.keys(keys.UNNAMED.unfinished("*")) == []


@pytest.mark.parametrize("zero", [{}, {"mon": 0, "tue": 0, "wed": 0, "thu": 0, "fri": 0}])
def test_who_works_no_hours_has_no_share(there: Office, zero: dict[str, Any]) -> None:
    there.sandbox.world.table("capacities")[TIMO]["weeklyCapacity"] = zero
    book(there, amount="share: 50%")

    run = there.settled()

    assert (there.notes(run), there.sent()) == ("Timo Brandt cannot work in these days", [])


def test_days_that_are_over_are_booked_as_asked(there: Office) -> None:
    book(there, days=("2027-01-04", "2027-01-08"))

    there.settled()

    assert booked(there) == [("2027-01-04", "2027-01-08", 16)]
    assert is_left_alone(there)
