"""Workiva is not asked at all: without credentials, and by an API that is not there any more."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.contract.workivas import CREATE, READ, Workivas
from webhooks.errors import TargetAway, TargetFailed
from webhooks.store.client import Client
from workers.targets.http import Answer
from workers.targets.workiva import Connection, Workiva, unset
from workers.targets.workiva_api import PROTOTYPE


@pytest.fixture
def workivas(client: Client) -> Workivas:
    return Workivas(client)


def test_without_credentials_whoever_wants_to_send_waits() -> None:
    with pytest.raises(TargetAway) as away:
        Workiva(unset()).send(CREATE)

    assert (away.value.code, away.value.retry_after_s) == ("workiva:not-configured", 60)
    assert str(away.value) == (
        "Workiva cannot be asked: WORKIVA_CLIENT_ID and WORKIVA_CLIENT_SECRET are not both set;"
        " make a grant in Workiva (Workspace settings, Security), set them and restart the workers"
    )


def on(workivas: Workivas, day: datetime) -> Answer | TargetFailed:
    """Send by the prototype, at this time."""
    workivas.now = day
    workivas.workers = [workivas.worker(api=PROTOTYPE)]
    return workivas.send()


def test_the_prototype_is_asked_until_the_last_instant_of_its_last_day(workivas: Workivas) -> None:
    sent = on(workivas, datetime(2027, 1, 30, 23, 59, 59, 999999, tzinfo=UTC))

    assert isinstance(sent, Answer)
    assert [one.url.path for one in workivas.asked] == ["/prototype/platform/tasks"]
    assert workivas.problems == []


def test_from_the_day_the_prototype_is_gone_nothing_is_sent_to_it(workivas: Workivas) -> None:
    gone = on(workivas, datetime(2027, 1, 31, tzinfo=UTC))
    for _ in range(3):
        on(workivas, workivas.now)

    (problem,) = workivas.problems
    assert isinstance(gone, TargetAway)
    assert (gone.code, gone.retry_after_s, gone.target) == (
        "workiva:prototype-gone",
        60,
        "workiva",
    )
    assert workivas.called == []
    assert (problem.cause, problem.times) == ("workiva:prototype-gone", 4)
    assert problem.message == (
        "WORKIVA_API=prototype-2022-01-01: Workiva's API of that name is gone since 2027-01-31 UTC"
    )
    assert problem.way_out == ("set WORKIVA_API=2026-01-01 (or remove it) and restart the workers")


def test_the_day_is_that_of_utc_wherever_the_clock_is_set(workivas: Workivas) -> None:
    before = on(workivas, datetime.fromisoformat("2027-01-31T08:59:59+09:00"))
    after = on(workivas, datetime.fromisoformat("2027-01-30T16:00:00-08:00"))

    assert isinstance(before, Answer)
    assert isinstance(after, TargetAway)


def test_todays_api_goes_on_that_day(workivas: Workivas) -> None:
    workivas.now = datetime(2027, 1, 31, tzinfo=UTC)

    assert isinstance(workivas.send(), Answer)


def test_a_process_of_its_own_says_that_the_prototype_is_gone_and_tells_no_problem(
    workivas: Workivas,
) -> None:
    workivas.now = datetime(2027, 1, 31, tzinfo=UTC)

    with pytest.raises(TargetAway):
        workivas.worker(api=PROTOTYPE, is_alone=True).send(READ)

    assert workivas.problems == []


def test_closing_it_closes_its_connections() -> None:
    connection = Connection("https://workiva.invalid", None)

    connection.close()

    assert connection.http.is_closed
