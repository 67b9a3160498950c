"""Each action's variants: what awork is sent, and what is refused before anything is sent."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from deploy.local.redis_server import RedisServer
from tests.contract.trying import MARA, TIMO, Try, trying, why
from webhooks.store.client import Client


@pytest.fixture
def attempt(client: Client, server: RedisServer) -> Iterator[Try]:
    with trying(client, server) as one:
        yield one


ENTITY = '"${entity.id}"'
SCHEDULE = f"create_schedule: {{task: {ENTITY}, user: %s, start: %s, end: %s}}"


@pytest.mark.parametrize(
    "user",
    ["Timo Brandt", "timo brandt", TIMO, '"${entity.assignees.0}"', '"${entity.assignees.0.id}"'],
)
def test_a_schedule_takes_a_person_however_called(attempt: Try, user: str) -> None:
    run = attempt(SCHEDULE % (user, "2026-11-23T09:00", "2026-11-23T10:00"))

    assert run.outcome == "done"
    assert [body["userId"] for body in attempt.sent] == [TIMO]


@pytest.mark.parametrize(
    ("start", "end", "shown"),
    [
        ("2026-11-23T09:00", "2026-11-23T08:59", "2026-11-23 08:00:00+00:00"),
        ("2026-11-23T09:00", "2026-11-23T09:00", "2026-11-23 08:00:00+00:00"),
        # 09:00 in Berlin is 08:00 in UTC: equal, though written differently.
        ("2026-11-23T09:00", "2026-11-23T08:00:00Z", "2026-11-23 08:00:00+00:00"),
    ],
)
def test_a_schedule_must_end_after_it_begins(
    attempt: Try, start: str, end: str, shown: str
) -> None:
    run = attempt(SCHEDULE % ("Timo Brandt", start, end))

    message = f"end is {end!r}; expected a time after start, {shown}"
    assert why(run) == ("failed", "invalid-value", message)
    assert attempt.sent == []


BOOKING = f"book_project: {{project: {ENTITY}, users: %s, from: %s, to: %s, duration: 16h}}"
STARTED = "project_status_changed"


def test_a_booking_is_made_for_each_person_once(attempt: Try) -> None:
    users = f'[Timo Brandt, Mara Jensen, "{TIMO}"]'

    run = attempt(BOOKING % (users, "2026-11-23", "2026-11-24"), event=STARTED)

    assert run.outcome == "done"
    assert [body["userId"] for body in attempt.sent] == [TIMO, MARA]
    assert len({write.item for write in run.rules[0].actions[0].writes}) == 2
    assert all("description" not in body for body in attempt.sent)


def test_a_booking_takes_the_members_of_a_project_and_its_dates(attempt: Try) -> None:
    dates = ('"${entity.startDate}"', '"${entity.dueDate}"')

    run = attempt(BOOKING % ('"${entity.members}"', *dates), event=STARTED)

    [body] = attempt.sent
    assert run.outcome == "done"
    assert (body["userId"], body["duration"]) == (TIMO, 57_600)  # 16 * 3600
    assert (body["startDate"], body["endDate"]) == ("2026-11-02", "2027-02-26")


def test_a_booking_may_be_for_one_day(attempt: Try) -> None:
    run = attempt(BOOKING % ("Timo Brandt", "2026-11-23", "2026-11-23"), event=STARTED)

    assert (run.outcome, len(attempt.sent)) == ("done", 1)


@pytest.mark.parametrize(
    ("users", "first", "last", "message"),
    [
        (
            "[Timo Brandt]",
            "2026-11-24",
            "2026-11-23",
            "to is '2026-11-23'; expected a day not before from, 2026-11-24",
        ),
        ('"${entity.tags}"', "2026-11-23", "2026-11-24", "users is []; expected at least one user"),
    ],
)
def test_a_booking_that_makes_no_sense_is_refused(
    attempt: Try, users: str, first: str, last: str, message: str
) -> None:
    run = attempt(BOOKING % (users, first, last), event=STARTED)

    assert why(run) == ("failed", "invalid-value", message)
    assert attempt.sent == []


def test_one_unknown_person_keeps_all_bookings_from_being_made(attempt: Try) -> None:
    users = "[Timo Brandt, Nobody Known]"

    run = attempt(BOOKING % (users, "2026-11-23", "2026-11-24"), event=STARTED)

    assert why(run) == (
        "failed",
        "unknown-name",
        "no user is called 'Nobody Known'; there are: Mara Jensen, Timo Brandt",
    )
    assert attempt.sent == []


def test_a_booking_that_awork_refuses_leaves_the_others_on_record(attempt: Try) -> None:
    attempt.sandbox.faults.add(
        "refuse", "POST", "/projecttimebookings", body={"userId": MARA}, status=400, code="no"
    )

    run = attempt(
        BOOKING % ("[Timo Brandt, Mara Jensen]", "2026-11-23", "2026-11-24"), event=STARTED
    )

    writes = run.rules[0].actions[0].writes
    assert [write.outcome for write in writes] == ["done", "refused"]


@pytest.mark.parametrize(
    ("length", "outcome"), [(0, "failed"), (1, "done"), (65_000, "done")], ids=str
)
def test_a_comment_has_one_to_65000_characters(attempt: Try, length: int, outcome: str) -> None:
    run = attempt(f'add_comment: {{task: {ENTITY}, message: "{"x" * length}"}}')

    assert run.outcome == outcome
    assert [len(body["message"]) for body in attempt.sent] == ([length] if length else [])


def test_a_longer_comment_is_refused_before_it_is_sent(attempt: Try) -> None:
    run = attempt(f'add_comment: {{task: {ENTITY}, message: "{"x" * 65_001}"}}')

    message = "message is '65001 characters'; expected 1 to 65000 characters"
    assert why(run) == ("failed", "invalid-value", message)
    assert attempt.sent == []


@pytest.mark.parametrize(
    ("action", "parameter"),
    [
        (f'add_comment: {{task: {ENTITY}, message: "${{entity.nothing}}"}}', "message"),
        (f'add_comment: {{task: {ENTITY}, message: "a ${{entity.nothing}}"}}', "message"),
        ('add_comment: {task: "${entity.nothing}", message: x}', "task"),
        ('create_task: {name: x, project: "${entity.nothing}"}', "project"),
        (f'log_time: {{task: {ENTITY}, user: "${{entity.nothing}}", duration: 1h}}', "user"),
    ],
)
def test_a_value_the_event_does_not_have_fails_and_says_which(
    attempt: Try, action: str, parameter: str
) -> None:
    run = attempt(action)

    name = action.partition(":")[0]
    assert why(run) == (
        "failed",
        "undefined-value",
        f"rule 'r', action '{name}', parameter '{parameter}': ${{entity.nothing}} has no value in "
        "this event; add the condition 'entity.nothing: {exists: true}', or use another field",
    )
    assert attempt.sent == []


def test_a_name_two_people_share_lists_their_ids(attempt: Try) -> None:
    twin = dict(attempt.sandbox.world.users[TIMO], id="11111111-1111-4111-8111-111111111111")
    attempt.sandbox.world.users[twin["id"]] = twin

    run = attempt(SCHEDULE % ("Timo Brandt", "2026-11-23T09:00", "2026-11-23T10:00"))

    assert why(run) == (
        "failed",
        "ambiguous-name",
        f"more than one user is called 'Timo Brandt'; give one of these ids: {TIMO}, {twin['id']}",
    )
    assert attempt.sent == []
