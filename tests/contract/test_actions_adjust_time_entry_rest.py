"""What is missing to the minimum as an entry of its own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from deploy.local.redis_server import RedisServer
from tests import samples
from tests.contract.entered import between, day_only, edit, enter
from tests.contract.trying import DEVELOPMENT, MANAGEMENT, PROJECT_ID, TASK_ID, TIMO, Try, trying
from tests.worker import outcomes
from webhooks.store.client import Client

#: 08:05 to 08:10 in Berlin
FIVE_MINUTES = between("2026-11-20T07:05:00", "2026-11-20T07:10:00")
REST = "adjust_time_entry: {time_entry: %s, minimum: 15m, rest_as: Project management%s}"


@pytest.fixture
def attempt(client: Client, server: RedisServer) -> Iterator[Try]:
    with trying(client, server) as one:
        yield one


def rests(attempt: Try) -> list[dict[str, Any]]:
    """The entries for a rest that there are."""
    entries = attempt.sandbox.world.entries.values()
    return [one for one in entries if one["typeOfWorkId"] == MANAGEMENT]


def test_the_rest_starts_where_the_entry_ends_and_the_entry_stays(attempt: Try) -> None:
    ident = enter(attempt.sandbox, FIVE_MINUTES, isBillable=True)

    run = attempt(REST % (ident, ", round_to: 30m"))

    [body] = attempt.sent
    text, _, marker = body.pop("note").rpartition(" ")
    assert outcomes(run) == ["done"]
    assert (text, marker[:4]) == ("up to the minimum of 0.25 h", "⟨hw:")
    assert body == {
        "timezone": "Europe/Berlin",
        "userId": TIMO,
        "taskId": TASK_ID,
        "projectId": PROJECT_ID,
        "typeOfWorkId": MANAGEMENT,
        "isBillable": True,
        "startDateUtc": "2026-11-20T00:00:00Z",
        "startTimeUtc": "07:10:00",
        "endDateUtc": "2026-11-20T00:00:00Z",
        "endTimeUtc": "07:20:00",
        "duration": 600,  # 15 min less 5
    }
    assert run.rules[0].actions[0].writes[0].summary == (
        "time entry for Timo Brandt, Fri 20 Nov (0.17 h missing to the minimum)"
    )


def test_where_no_end_is_known_the_rest_is_on_the_same_day(attempt: Try) -> None:
    ident = enter(attempt.sandbox, day_only("2026-11-20", 300))

    attempt(REST % (ident, ""))

    [body] = attempt.sent
    assert (body["startDateLocal"], body["duration"]) == ("2026-11-20T00:00:00", 600)
    assert "startTimeUtc" not in body


def test_a_start_that_is_filled_in_leaves_room_for_the_rest(attempt: Try) -> None:
    """Entered at 23:59 in Berlin: the minimum of 15 minutes begins at 23:45 at the latest."""
    entered = {"createdOn": "2026-11-20T22:59:00Z"}
    ident = enter(attempt.sandbox, day_only("2026-11-20", 300), **entered)

    run = attempt(REST % (ident, ", fill_start: true"))

    changed, rest = attempt.sent
    assert outcomes(run) == ["done", "done"]
    assert (changed["startTimeUtc"], changed["endTimeUtc"]) == ("22:45:00", "22:50:00")
    assert (rest["startTimeUtc"], rest["endTimeUtc"]) == ("22:50:00", "23:00:00")


@pytest.mark.parametrize(
    ("times", "given", "lengths"),
    [
        # 15 minutes are enough: rounded as ever, here to 30
        (between("2026-11-20T07:00:00", "2026-11-20T07:15:00"), ", round_to: 30m", [1_800]),
        (between("2026-11-20T07:00:00", "2026-11-20T07:15:00"), "", []),
    ],
)
def test_an_entry_that_reaches_the_minimum_has_no_rest(
    attempt: Try, times: dict[str, Any], given: str, lengths: list[int]
) -> None:
    ident = enter(attempt.sandbox, times)

    attempt(REST % (ident, given))

    assert [body["duration"] for body in attempt.sent] == lengths
    assert rests(attempt) == []


def test_an_entry_has_one_rest_whichever_event_asks_for_it(attempt: Try) -> None:
    """The second event finds the entry as it is, the third one something to change in it."""
    ident = enter(attempt.sandbox, FIVE_MINUTES)
    one = attempt.prepare(REST % (ident, ", note: Cart"))

    runs = []
    for note in ("Cart", "Cart", "Edited"):
        edit(attempt.sandbox, ident, note=note)
        runs.append(one.work())
        one.deliver(samples.fresh("task_added"))

    assert [outcomes(run) for run in runs] == [["done"], [], ["done"]]
    assert [run.rules[0].actions[0].message for run in runs] == [
        "",
        "nothing is written: the entry is as it should be",
        "the entry for what is missing to the minimum is there already",
    ]
    assert len(rests(attempt)) == 1


def test_a_rest_has_none_itself_and_is_not_lengthened(attempt: Try) -> None:
    ident = enter(attempt.sandbox, FIVE_MINUTES, typeOfWorkId=MANAGEMENT)

    attempt(REST % (ident, ", round_to: 15m"))

    assert attempt.sent == []


def test_a_lost_answer_to_the_rest_makes_no_second_one(attempt: Try) -> None:
    ident = enter(attempt.sandbox, FIVE_MINUTES)
    one = attempt.prepare(REST % (ident, ", billable: true"))
    attempt.sandbox.faults.add("drop_after", "POST", "/timeentries")

    first = one.work()
    one.clock.forward(seconds=10)
    second = one.work()

    assert (first.outcome, first.reason) == ("later", "outcome-unknown")
    assert (second.outcome, outcomes(second)) == ("done", ["repeated-nothing", "adopted"])
    assert len(rests(attempt)) == 1
    assert len(attempt.sent) == 2


def test_a_person_who_lengthens_the_entry_first_gets_no_rest(attempt: Try) -> None:
    """The change of the entry is made; before the rest is, somebody enters 20 minutes."""
    ident = enter(attempt.sandbox, FIVE_MINUTES)
    one = attempt.prepare(REST % (ident, ", billable: true"))
    attempt.sandbox.faults.add("rate_limit", "POST", "/timeentries")

    one.work()
    edit(attempt.sandbox, ident, endTimeUtc="07:25:00", endTimeLocal="08:25:00", duration=1_200)
    one.clock.forward(seconds=10)
    run = one.work()

    assert run.outcome == "done"
    assert rests(attempt) == []


def test_a_rest_is_not_made_in_a_period_that_closed_meanwhile(attempt: Try) -> None:
    ident = enter(attempt.sandbox, FIVE_MINUTES)
    one = attempt.prepare(REST % (ident, ""))
    attempt.sandbox.faults.add("rate_limit", "POST", "/timeentries")

    one.work()
    one.clock.forward(days=60)
    run = one.closing(days=14).work()

    assert run.outcome == "done"
    assert rests(attempt) == []
    assert "HOOKWORK_CLOSED_BEFORE" in run.rules[0].actions[0].message


def test_an_archived_type_of_work_is_refused(attempt: Try) -> None:
    attempt.sandbox.world.table("typeofwork")[MANAGEMENT]["isArchived"] = True
    attempt.open_from = date(2026, 1, 1)
    ident = enter(attempt.sandbox, FIVE_MINUTES)

    run = attempt(REST.replace("Project management", MANAGEMENT) % (ident, ""))

    assert (run.outcome, run.reason) == ("failed", "archived-type-of-work")
    assert run.message.startswith("rest_as 'Project management' is archived in awork; log it as")
    assert DEVELOPMENT not in run.message
    assert attempt.sent == []


@pytest.mark.parametrize(
    ("lag_s", "then"),
    [
        # awork's lists do not show the rest yet when the next event of the same edit comes
        (5, {}),
        (0, between("2026-11-19T07:05:00", "2026-11-19T07:10:00")),
    ],
    ids=["a list that lags", "moved to another day"],
)
def test_an_entry_gets_one_rest_whatever_the_list_of_the_day_shows(
    attempt: Try, lag_s: float, then: dict[str, Any]
) -> None:
    ident = enter(attempt.sandbox, FIVE_MINUTES)
    attempt.sandbox.world.list_lag_s = lag_s
    one = attempt.prepare(REST % (ident, ""))
    first = one.work()
    attempt.clock.forward(seconds=1)
    edit(attempt.sandbox, ident, **then)
    one.deliver(samples.fresh("task_added"))

    second = one.work()

    assert (outcomes(first), outcomes(second)) == (["done"], [])
    assert len(rests(attempt)) == 1
    assert second.rules[0].actions[0].message == "nothing is written: the entry is as it should be"
