"""The end of Workiva's prototype: told for 60 days, then over; the test holds the day."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import redis
from structlog.testing import capture_logs

from webhooks.settings import Settings
from webhooks.store import keys
from webhooks.store.client import Client
from webhooks.store.problems import Problems
from workers import runtime
from workers.sunset import ENDS, GONE, Sunset
from workers.targets.workiva_api import CURRENT, PROTOTYPE, Api

SWITCH = "set WORKIVA_API=2026-01-01 (or remove it) and restart the workers"


@dataclass
class Day:
    """The last second of a day, and then of the next ones."""

    today: date

    def __call__(self) -> datetime:
        return datetime(self.today.year, self.today.month, self.today.day, 23, 59, 59, tzinfo=UTC)

    def passes(self) -> None:
        self.today += timedelta(days=1)


def told(client: Client) -> dict[str, str]:
    return {one.cause: one.message for one in Problems(client).all()}


def logged(lines: list[Any]) -> list[tuple[str, str]]:
    return [(one["event"], one["cause"]) for one in lines]


@pytest.mark.parametrize(
    ("api", "today", "causes"),
    [
        (PROTOTYPE, date(2026, 12, 1), []),
        (PROTOTYPE, date(2026, 12, 2), [ENDS]),
        (PROTOTYPE, date(2027, 1, 30), [ENDS]),
        (PROTOTYPE, date(2027, 1, 31), [GONE]),
        (CURRENT, date(2027, 1, 31), []),
    ],
)
def test_the_end_is_told_in_the_60_days_before_it_and_after_it(
    client: Client, api: Api, today: date, causes: list[str]
) -> None:
    Sunset(client, api, Day(today)).look()

    assert list(told(client)) == causes


def test_a_worker_that_gets_into_the_60_days_says_so_once(client: Client) -> None:
    day = Day(date(2026, 12, 1))
    one, other = (Sunset(client, PROTOTYPE, day) for _ in range(2))
    with capture_logs() as lines:
        for _ in range(3):
            for _ in range(5):
                one.look()
                other.look()
            day.passes()

    assert logged(lines) == [("workiva_api_ends", ENDS)]
    (problem,) = Problems(client).all()
    assert problem.message == (
        "WORKIVA_API=prototype-2022-01-01: Workiva takes this API away on 2027-01-31 UTC, in 59"
        " days; what asks for it after that waits"
    )
    assert problem.way_out == SWITCH
    # Once a day for each worker, so that the days that are left are right.
    assert problem.times == 4


def test_each_worker_that_starts_says_so_in_its_log(client: Client) -> None:
    Sunset(client, PROTOTYPE, Day(date(2027, 1, 30))).look()

    with capture_logs() as lines:
        one = Sunset(client, PROTOTYPE, Day(date(2027, 1, 30)))
        one.look()
        one.look()

    assert logged(lines) == [("workiva_api_ends", ENDS)]


def test_a_worker_that_is_there_at_the_end_says_that_it_has_come(client: Client) -> None:
    day = Day(date(2027, 1, 30))
    one = Sunset(client, PROTOTYPE, day)
    one.look()
    with capture_logs() as lines:
        day.passes()
        one.look()

    assert list(told(client)) == [GONE]
    assert logged(lines) == [("workiva_api_ends", GONE)]


@pytest.mark.parametrize("cause", [ENDS, GONE])
def test_a_worker_that_starts_with_todays_api_says_that_it_is_over(
    client: Client, cause: str
) -> None:
    Problems(client).raised(cause, "it ends")
    with capture_logs() as lines:
        Sunset(client, CURRENT, Day(date(2027, 1, 31))).look()

    assert told(client) == {}
    assert logged(lines) == [("workiva_api_fit_again", cause)]


@pytest.mark.parametrize(("api", "left"), [(CURRENT, []), (PROTOTYPE, ["workiva:deprecated"])])
def test_what_answers_said_of_the_end_is_over_with_todays_api(
    client: Client, api: Api, left: list[str]
) -> None:
    Problems(client).raised("workiva:deprecated", "POST /tasks is deprecated")

    Sunset(client, api, Day(date(2026, 11, 21))).look()

    assert list(told(client)) == left


def test_what_answers_say_after_the_start_stays(client: Client) -> None:
    day = Day(date(2026, 11, 21))
    one = Sunset(client, CURRENT, day)
    one.look()
    Problems(client).raised("awork:deprecated", "GET /me is deprecated")
    day.passes()
    one.look()

    assert list(told(client)) == ["awork:deprecated"]


def test_what_another_worker_says_later_is_left_to_it(client: Client) -> None:
    """Workers with both settings, as while a new setting is rolled out, do not contradict each
    other day by day."""
    day = Day(date(2026, 12, 2))
    new, old = Sunset(client, CURRENT, day), Sunset(client, PROTOTYPE, day)
    new.look()
    old.look()
    day.passes()
    new.look()

    assert list(told(client)) == [ENDS]


def test_a_day_that_redis_did_not_take_is_told_at_the_next_look(client: Client) -> None:
    one = Sunset(client, PROTOTYPE, Day(date(2026, 12, 2)))
    client.set(keys.UNNAMED.problems, "a lie")
    with pytest.raises(redis.ResponseError):
        one.look()
    client.delete(keys.UNNAMED.problems)
    one.look()

    assert list(told(client)) == [ENDS]


def test_a_worker_says_it_as_it_starts_and_as_it_goes(client: Client, settings: Settings) -> None:
    prototype = settings.model_copy(update={"workiva_api": PROTOTYPE.name})
    day, causes = Day(date(2026, 12, 1)), []

    with ending(runtime.Runtime({"": prototype}, now=day)) as worker:
        causes.append(workivas(client))
        day.passes()
        worker._spaces[0].tidy()
        causes.append(workivas(client))
    with ending(runtime.Runtime({"": settings}, now=day)):
        causes.append(workivas(client))

    assert causes == [[], [ENDS], []]


@contextmanager
def ending(worker: runtime.Runtime) -> Iterator[runtime.Runtime]:
    """A worker that was never started, and what it has opened."""
    (space,) = worker._spaces
    with closing(space.deps.connection), closing(space.deps.workiva):
        yield worker


def workivas(client: Client) -> list[str]:
    """The causes of what is wrong with Workiva; the tests' Redis has troubles of its own."""
    return [cause for cause in told(client) if cause.startswith("workiva:")]
