"""Adjusting a time entry: what is sent, what is kept, and what is left alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from deploy.local.redis_server import RedisServer
from tests.contract.entered import MORNING, between, day_only, enter
from tests.contract.trying import (
    DEVELOPMENT,
    MANAGEMENT,
    PROJECT_ID,
    TASK_ID,
    TIMO,
    Try,
    trying,
    why,
)
from webhooks.store.client import Client
from webhooks.store.journal import Run


@pytest.fixture
def attempt(client: Client, server: RedisServer) -> Iterator[Try]:
    with trying(client, server) as one:
        yield one


def adjust(attempt: Try, ident: str, given: str) -> Run:
    return attempt(f"adjust_time_entry: {{time_entry: {ident}, {given}}}")


def note(run: Run) -> str:
    """What people are told beside the writes."""
    return run.rules[0].actions[0].message


def test_lengthening_keeps_the_start_and_all_else_and_moves_the_end(attempt: Try) -> None:
    """67 minutes are five quarters of an hour: 75, from 08:05 to 09:20."""
    ident = enter(attempt.sandbox, MORNING, isBillable=True)

    run = adjust(attempt, ident, "round_to: 15m")

    assert run.outcome == "done"
    assert attempt.sent == [
        {
            "timezone": "Europe/Berlin",
            "userId": TIMO,
            "taskId": TASK_ID,
            "projectId": PROJECT_ID,
            "typeOfWorkId": DEVELOPMENT,
            "isBillable": True,
            "note": "Cart validation",
            "startDateUtc": "2026-11-20T00:00:00Z",
            "startTimeUtc": "07:05:00",
            "endDateUtc": "2026-11-20T00:00:00Z",
            "endTimeUtc": "08:20:00",
            "duration": 4_500,
        }
    ]
    assert attempt.sandbox.world.entries[ident]["duration"] == 4_500
    write = run.rules[0].actions[0].writes[0]
    assert write.summary == "time entry of Timo Brandt: 1.12 h to 1.25 h"


@pytest.mark.parametrize(
    ("times", "given", "sent"),
    [
        # 67 min down to 60
        (MORNING, "round_to: 15m, rounding: down", ("07:05:00", "08:05:00", 3_600)),
        # 67 = 60 + 7, and 7 is less than half of 15
        (MORNING, "round_to: 15m, rounding: nearest", ("07:05:00", "08:05:00", 3_600)),
        # 7 beyond 60 are let go
        (MORNING, "round_to: 30m, tolerance: 7m", ("07:05:00", "08:05:00", 3_600)),
        (MORNING, "minimum: 2h", ("07:05:00", "09:05:00", 7_200)),
        # 80 at least, and 90 is the first whole step of 15 above
        (MORNING, "minimum: 80m, round_to: 15m", ("07:05:00", "08:35:00", 5_400)),
        # 23:50 to 00:05 in UTC; 30 minutes end at 00:20 on the next day
        (
            between("2026-11-19T23:50:00", "2026-11-20T00:05:00"),
            "round_to: 30m",
            ("23:50:00", "00:20:00", 1_800),
        ),
        # Clocks go back at 01:00 UTC: 01:30 to 02:10 in Berlin are 100 minutes, and two hours end
        # at 01:30 UTC, which is 02:30 for the second time.
        (
            between("2026-10-24T23:30:00", "2026-10-25T01:10:00"),
            "round_to: 1h",
            ("23:30:00", "01:30:00", 7_200),
        ),
        # Clocks go forward at 01:00 UTC: 01:30 to 03:10 in Berlin are 40 minutes.
        (
            between("2026-03-29T00:30:00", "2026-03-29T01:10:00"),
            "round_to: 1h",
            ("00:30:00", "01:30:00", 3_600),
        ),
        # A timer's clock has parts of a second: they are dropped.
        (
            between("2026-11-20T07:05:03.8220632", "2026-11-20T07:12:04.8220632"),
            "round_to: 15m",
            ("07:05:03", "07:20:03", 900),
        ),
    ],
)
def test_the_end_follows_from_the_length(
    attempt: Try, times: dict[str, Any], given: str, sent: tuple[str, str, int]
) -> None:
    ident = enter(attempt.sandbox, times)

    adjust(attempt, ident, given)

    [body] = attempt.sent
    assert (body["startTimeUtc"], body["endTimeUtc"], body["duration"]) == sent


def test_breaks_that_awork_does_not_count_stay_between_start_and_end(attempt: Try) -> None:
    """08:05 to 09:12 with 30 minutes off, 37 counted: 45 counted end at 09:20."""
    ident = enter(attempt.sandbox, MORNING, duration=2_220, breakDuration=1_800)

    adjust(attempt, ident, "round_to: 15m")

    [body] = attempt.sent
    assert (body["endTimeUtc"], body["duration"]) == ("08:20:00", 2_700)


def test_an_entry_of_a_mere_length_keeps_its_day(attempt: Try) -> None:
    ident = enter(attempt.sandbox, day_only("2026-11-20", 4_020))

    adjust(attempt, ident, "round_to: 15m")

    [body] = attempt.sent
    times = {name: value for name, value in body.items() if name.startswith(("start", "end"))}
    assert times == {"startDateLocal": "2026-11-20T00:00:00"}
    assert body["duration"] == 4_500


def test_local_times_alone_are_read_in_the_zone_of_the_entry(attempt: Try) -> None:
    """05:00 to 05:10 in Tokyo is 20:00 to 20:10 of the day before in UTC."""
    only_local = dict.fromkeys(
        ("startDateUtc", "startTimeUtc", "endDateUtc", "endTimeUtc"),
    )
    times = between("2026-11-19T20:00:00", "2026-11-19T20:10:00")
    ident = enter(attempt.sandbox, times, timezone="Asia/Tokyo", **only_local)

    adjust(attempt, ident, "round_to: 15m")

    [body] = attempt.sent
    assert (body["startDateUtc"][:10], body["startTimeUtc"]) == ("2026-11-19", "20:00:00")
    assert body["endTimeUtc"] == "20:15:00"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("billable: true", {"isBillable": True}),
        ("type_of_work: project management", {"typeOfWorkId": MANAGEMENT}),
        ("note: Checkout", {"note": "Checkout"}),
        ("billable: true, note: Checkout", {"isBillable": True, "note": "Checkout"}),
    ],
)
def test_what_is_given_replaces_and_nothing_else_changes(
    attempt: Try, given: str, expected: dict[str, Any]
) -> None:
    ident = enter(attempt.sandbox, MORNING)
    before = dict(attempt.sandbox.world.entries[ident])

    adjust(attempt, ident, given)

    after = attempt.sandbox.world.entries[ident]
    stamps = ("updatedOn", "updatedBy", "resourceVersion")
    changed = {n: v for n, v in after.items() if before[n] != v and n not in stamps}
    assert changed == expected


@pytest.mark.parametrize(
    ("times", "fields", "word", "told"),
    [
        (MORNING, {"isBilled": True}, "billed", "the entry is billed"),
        (
            {"startDateUtc": "2026-11-20T00:00:00Z", "startTimeUtc": "07:05:00"},
            {},
            "running",
            "its timer has not ended",
        ),
        (
            between("2026-10-31T10:00:00", "2026-10-31T10:05:00"),
            {},
            "closed",
            "HOOKWORK_CLOSED_BEFORE closes its day",
        ),
        # 00:30 in Berlin on the 1st is still the 31st in UTC: open.
        (
            between("2026-10-31T23:30:00", "2026-10-31T23:45:00"),
            {},
            "unchanged",
            "the entry is as it should be",
        ),
    ],
)
def test_an_entry_that_must_be_left_alone_is_settled_and_says_why(
    attempt: Try, times: dict[str, Any], fields: dict[str, Any], word: str, told: str
) -> None:
    attempt.open_from = date(2026, 11, 1)
    ident = enter(attempt.sandbox, times, **fields)
    because = '"${done.adjust_time_entry.because} ${done.adjust_time_entry.adjusted}"'
    comment = f"\n      - add_comment: {{task: {TASK_ID}, message: {because}}}"

    run = attempt(
        f"adjust_time_entry: {{time_entry: {ident}, round_to: 15m}}{comment}", event="task_added"
    )

    assert run.outcome == "done"
    assert note(run) == f"nothing is written: {told}"
    assert attempt.sent == [{"message": f"{word} false"}]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            'round_to: "${entity.trackedDuration}"',
            "round_to is 0; expected a duration above zero, such as 15m",
        ),
        (
            'round_to: 15m, tolerance: "${entity.plannedDuration}"',
            "tolerance is 21600; expected less than round_to, 15m: else nothing is rounded up",
        ),
        (
            'minimum: "${entity.name}"',
            "minimum is 'Build checkout page'; expected a duration like 1h30m, or whole seconds",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(attempt: Try, given: str, message: str) -> None:
    ident = enter(attempt.sandbox, MORNING)

    run = adjust(attempt, ident, given)

    assert why(run) == ("failed", "invalid-value", message)
    assert attempt.sent == []


def test_an_entry_that_is_gone_settles_the_event_as_gone(attempt: Try) -> None:
    run = adjust(attempt, TASK_ID, "round_to: 15m")

    assert run.outcome == "gone"
    assert attempt.sent == []
