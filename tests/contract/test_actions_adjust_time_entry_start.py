"""An entry of a mere length is given the start it had if it ended when it was entered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from deploy.local.redis_server import RedisServer
from tests import samples
from tests.contract.entered import MORNING, day_only, enter
from tests.contract.trying import Try, trying
from webhooks.store.client import Client

FILL = "adjust_time_entry: {time_entry: %s, fill_start: true, %s}"
HALF_HOUR = 1_800


@pytest.fixture
def attempt(client: Client, server: RedisServer) -> Iterator[Try]:
    with trying(client, server) as one:
        yield one


def times(attempt: Try) -> list[tuple[str, str, int]]:
    """Start, end and length of what was sent, in UTC."""
    return [
        (
            f"{body['startDateUtc'][:10]}T{body['startTimeUtc']}",
            f"{body['endDateUtc'][:10]}T{body['endTimeUtc']}",
            body["duration"],
        )
        for body in attempt.sent
    ]


@pytest.mark.parametrize(
    ("day", "made", "start", "end"),
    [
        # entered at 11:00 in Berlin: 10:30 to 11:00
        ("2026-11-20", "2026-11-20T10:00:00.5Z", "2026-11-20T09:30:00", "2026-11-20T10:00:00"),
        # entered at 00:10 in Berlin: its day begins at 23:00 UTC
        ("2026-11-20", "2026-11-19T23:10:00Z", "2026-11-19T23:00:00", "2026-11-19T23:30:00"),
        # entered the day after: as late as its own day has room
        ("2026-11-20", "2026-11-21T10:00:00Z", "2026-11-20T22:30:00", "2026-11-20T23:00:00"),
        # entered for a day to come: as early as that day
        ("2026-11-24", "2026-11-20T10:00:00Z", "2026-11-23T23:00:00", "2026-11-23T23:30:00"),
        # the day the clocks go back has 25 hours: it ends at 23:00 UTC
        ("2026-10-25", "2026-10-27T10:00:00Z", "2026-10-25T22:30:00", "2026-10-25T23:00:00"),
    ],
)
def test_the_start_is_when_it_was_made_less_its_length_on_its_own_day(
    attempt: Try, day: str, made: str, start: str, end: str
) -> None:
    ident = enter(attempt.sandbox, day_only(day, HALF_HOUR), createdOn=made)

    attempt(FILL % (ident, "billable: false"))

    assert times(attempt) == [(start, end, HALF_HOUR)]


def test_the_day_is_that_of_the_entrys_own_zone(attempt: Try) -> None:
    """The 20th in New York begins at 05:00 UTC."""
    ident = enter(
        attempt.sandbox,
        day_only("2026-11-20", HALF_HOUR),
        timezone="America/New_York",
        createdOn="2026-11-20T03:00:00Z",
    )

    attempt(FILL % (ident, "billable: false"))

    assert times(attempt) == [("2026-11-20T05:00:00", "2026-11-20T05:30:00", HALF_HOUR)]


def test_what_rounding_adds_comes_after_the_work(attempt: Try) -> None:
    """Entered at 10:00 with 20 minutes: begun at 09:40, and half an hour ends at 10:10."""
    ident = enter(attempt.sandbox, day_only("2026-11-20", 1_200), createdOn="2026-11-20T10:00:00Z")

    attempt(FILL % (ident, "round_to: 15m"))

    assert times(attempt) == [("2026-11-20T09:40:00", "2026-11-20T10:10:00", 1_800)]


def test_what_rounding_adds_has_room_on_the_day(attempt: Try) -> None:
    """Entered a minute before midnight with 20 minutes: half an hour still ends on its day."""
    ident = enter(attempt.sandbox, day_only("2026-11-20", 1_200), createdOn="2026-11-20T22:59:00Z")

    attempt(FILL % (ident, "round_to: 15m"))

    assert times(attempt) == [("2026-11-20T22:30:00", "2026-11-20T23:00:00", 1_800)]


@pytest.mark.parametrize("given", [MORNING, day_only("2026-11-20", HALF_HOUR)])
def test_once_there_is_a_start_nothing_more_is_written(attempt: Try, given: dict[str, Any]) -> None:
    ident = enter(attempt.sandbox, given)
    one = attempt.prepare(FILL % (ident, "minimum: 1m"))
    one.work()
    one.deliver(samples.fresh("task_added"))
    before = len(attempt.sent)

    run = one.work()

    assert before == (1 if "duration" in given else 0)
    assert len(attempt.sent) == before
    assert run.rules[0].actions[0].message == "nothing is written: the entry is as it should be"
