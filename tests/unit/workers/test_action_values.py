"""Filled-in parameters to awork's units: durations, instants, days, ids."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest

from webhooks.errors import RunFailed
from workers.actions import create_task, log_time, values
from workers.actions.base import Action, Cause, Context
from workers.effects import Effects
from workers.holdings import PresumedHoldings
from workers.rules.hours import NO_HOURS
from workers.targets.awork import Awork
from workers.targets.directory import Directory
from workers.targets.workiva import Workiva

BERLIN = "Europe/Berlin"
AN_ID = "e033f982-a7e3-5be6-bfe1-4359e49ff8ec"
#: 23:30 on Friday in UTC; 00:30 on Saturday the 21st in Berlin
LATE = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
_EITHER = "expected either project or private_for, and not both"
_LASTS = "expected a duration, or start and end"


def context(zone: str = BERLIN, now: datetime = LATE) -> Context:
    """Only the zone and the moment count here."""
    return Context(
        effects=cast("Effects", None),
        awork=cast("Awork", None),
        workiva=cast("Workiva", None),
        directory=Directory(),
        timezone=zone,
        decided_at=now,
        open_from=None,
        now=now,
        hours=NO_HOURS,
        holdings=PresumedHoldings(),
        cause=Cause("task_added", dict),
        task=lambda ident: {"id": ident},
    )


def refusal(error: pytest.ExceptionInfo[RunFailed]) -> tuple[str, str]:
    return error.value.reason, str(error.value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("90s", 90),
        ("15m", 900),
        ("1h30m", 5_400),  # 3600 + 30 * 60
        ("2d", 172_800),  # a day has 24 hours
        (21_600, 21_600),  # awork's own seconds, as `${entity.plannedDuration}` keeps them
        (0, 0),
        (None, None),
    ],
)
def test_a_duration_is_whole_seconds(value: object, expected: int | None) -> None:
    assert values.seconds({"duration": value}, "duration") == expected
    assert values.seconds({}, "duration") is None


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("1.5h", "'1.5h'"),
        ("90", "'90'"),
        ("", "''"),
        ("soon", "'soon'"),
        (-60, "-60"),
        (3600.0, "3600.0"),
        (True, "True"),
        ([60], "[60]"),
    ],
)
def test_what_is_no_duration_says_what_one_looks_like(value: object, shown: str) -> None:
    with pytest.raises(RunFailed) as error:
        values.seconds({"duration": value}, "duration")

    assert refusal(error) == (
        "invalid-value",
        f"duration is {shown}; expected a duration like 1h30m, or whole seconds",
    )


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("2026-03-27T09:00", BERLIN, "2026-03-27T08:00:00Z"),  # winter: UTC+1
        ("2026-03-30T09:00", BERLIN, "2026-03-30T07:00:00Z"),  # summer: UTC+2
        ("2026-03-27T09:00", "UTC", "2026-03-27T09:00:00Z"),
        ("2026-03-27T09:00", "America/New_York", "2026-03-27T13:00:00Z"),  # summer there: UTC-4
        ("2026-03-27T09:00", "Asia/Kolkata", "2026-03-27T03:30:00Z"),  # UTC+5:30
        ("2026-03-27T09:00Z", BERLIN, "2026-03-27T09:00:00Z"),  # an offset beats the zone
        ("2026-03-27T09:00:00+05:00", BERLIN, "2026-03-27T04:00:00Z"),
        ("2026-03-27T08:00:00.1234567Z", BERLIN, "2026-03-27T08:00:00Z"),  # .NET's seven digits
        # The last Sunday of March: 02:00 becomes 03:00, so 02:30 is read as before the change.
        ("2026-03-29T01:59", BERLIN, "2026-03-29T00:59:00Z"),
        ("2026-03-29T02:30", BERLIN, "2026-03-29T01:30:00Z"),
        ("2026-03-29T03:00", BERLIN, "2026-03-29T01:00:00Z"),
        # The last Sunday of October: 03:00 becomes 02:00, so 02:30 comes twice; the first counts.
        ("2026-10-25T01:59", BERLIN, "2026-10-24T23:59:00Z"),
        ("2026-10-25T02:30", BERLIN, "2026-10-25T00:30:00Z"),
        ("2026-10-25T03:00", BERLIN, "2026-10-25T02:00:00Z"),
    ],
)
def test_an_instant_without_an_offset_is_in_the_rules_zone(
    text: str, zone: str, expected: str
) -> None:
    found = values.at({"start": text}, "start", zone)

    assert found is not None
    assert found.tzinfo is UTC
    assert values.utc(found) == expected


def test_an_aware_datetime_is_an_instant_and_nothing_is_nothing() -> None:
    berlin = datetime(2026, 3, 29, 3, 0, tzinfo=ZoneInfo(BERLIN))

    assert values.at({"start": berlin}, "start", "UTC") == datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert values.at({"start": None}, "start", BERLIN) is None
    assert values.at({}, "start", BERLIN) is None


@pytest.mark.parametrize("value", ["tomorrow", "2026-03-27", "2026-02-30T09:00", 7, "", ["x"]])
def test_what_is_no_instant_says_what_one_looks_like(value: object) -> None:
    with pytest.raises(RunFailed) as error:
        values.at({"start": value}, "start", BERLIN)

    assert refusal(error) == (
        "invalid-value",
        f"start is {value!r}; expected a time like 2026-03-27T09:00 (in the rule's zone) or "
        "2026-03-27T08:00:00Z",
    )


@pytest.mark.parametrize(
    ("value", "zone", "expected"),
    [
        # A day is midnight UTC in every zone, as awork has it.
        ("2026-03-27", BERLIN, "2026-03-27T00:00:00Z"),
        ("2026-03-27", "Asia/Kolkata", "2026-03-27T00:00:00Z"),
        (date(2026, 3, 27), "America/New_York", "2026-03-27T00:00:00Z"),  # as ${today} gives it
        # Anything finer is an instant.
        ("2026-03-27T00:00", BERLIN, "2026-03-26T23:00:00Z"),  # winter: UTC+1
        ("2026-03-27T00:00:00Z", BERLIN, "2026-03-27T00:00:00Z"),
        (datetime(2026, 3, 27, 9, tzinfo=ZoneInfo(BERLIN)), "UTC", "2026-03-27T08:00:00Z"),
    ],
)
def test_a_day_may_stand_where_awork_means_one(value: object, zone: str, expected: str) -> None:
    found = values.by({"due_on": value}, "due_on", zone)

    assert found is not None
    assert values.utc(found) == expected
    assert values.by({"due_on": None}, "due_on", zone) is values.by({}, "due_on", zone) is None


@pytest.mark.parametrize("value", ["tomorrow", "2026-02-30", "27.03.2026", 7, "", ["x"]])
def test_what_is_neither_day_nor_instant_says_what_they_look_like(value: object) -> None:
    with pytest.raises(RunFailed) as error:
        values.by({"due_on": value}, "due_on", BERLIN)

    assert refusal(error) == (
        "invalid-value",
        f"due_on is {value!r}; expected a day like 2026-03-27, or a time like 2026-03-27T09:00 "
        "(in the rule's zone)",
    )


@pytest.mark.parametrize(
    ("action", "parameters", "message"),
    [
        (create_task, {"name": "n"}, f"project is None; {_EITHER}"),
        (
            create_task,
            {"name": "n", "project": "p", "private_for": "u"},
            f"project is 'p'; {_EITHER}",
        ),
        (log_time, {"user": "u"}, f"duration is None; {_LASTS}"),
        (log_time, {"user": "u", "end": "2026-11-23T09:00"}, f"duration is None; {_LASTS}"),
        (
            log_time,
            {"user": "u", "start": "2026-11-23T09:00"},
            "end is None; expected a time after start, 2026-11-23 08:00:00+00:00",
        ),
    ],
)
def test_an_action_looks_itself_at_what_goes_together(
    action: Action, parameters: dict[str, object], message: str
) -> None:
    """However its parameters came to be: the check of a rule file is not the only one."""
    with pytest.raises(RunFailed) as error:
        action.run(parameters, context())

    assert refusal(error) == ("invalid-value", message)


@pytest.mark.parametrize(
    ("parameters", "zone", "expected"),
    [
        ({}, BERLIN, date(2026, 11, 21)),  # 00:30 there
        ({"date": "today"}, BERLIN, date(2026, 11, 21)),
        ({"date": "today"}, "UTC", date(2026, 11, 20)),
        ({"date": "today"}, "Pacific/Kiritimati", date(2026, 11, 21)),  # UTC+14
        ({"date": "2026-03-27"}, BERLIN, date(2026, 3, 27)),
        ({"date": date(2026, 3, 27)}, BERLIN, date(2026, 3, 27)),
        # An instant is the day it falls on: UTC+2 from the 29th of March on, UTC+1 before.
        ({"date": "2026-03-28T22:59:00Z"}, BERLIN, date(2026, 3, 28)),
        ({"date": "2026-03-28T23:00:00Z"}, BERLIN, date(2026, 3, 29)),
        ({"date": "2026-03-29T21:59:00Z"}, BERLIN, date(2026, 3, 29)),
        ({"date": "2026-03-29T22:00:00Z"}, BERLIN, date(2026, 3, 30)),
        ({"date": "2026-10-25T22:59:00Z"}, BERLIN, date(2026, 10, 25)),  # UTC+1 again
        ({"date": "2026-10-25T23:00:00Z"}, BERLIN, date(2026, 10, 26)),
        ({"date": LATE}, BERLIN, date(2026, 11, 21)),
    ],
)
def test_a_day_is_counted_in_the_rules_zone(
    parameters: dict[str, Any], zone: str, expected: date
) -> None:
    assert values.on(parameters, "date", context(zone)) == expected


@pytest.mark.parametrize("value", ["27.03.2026", "2026-02-30", "", 20_260_327, None, "Today"])
def test_what_is_no_day_says_what_one_looks_like(value: object) -> None:
    with pytest.raises(RunFailed) as error:
        values.on({"date": value}, "date", context())

    assert refusal(error) == (
        "invalid-value",
        f"date is {value!r}; expected a day like 2026-03-27, or today",
    )


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (AN_ID, AN_ID),
        ({"id": AN_ID, "name": "x"}, AN_ID),
        ({"name": "x"}, None),
        (None, None),
    ],
)
def test_a_reference_is_an_id_or_an_object_with_one(value: object, expected: str | None) -> None:
    assert values.reference({"task": value}, "task") == expected
    assert values.reference({}, "task") is None


@pytest.mark.parametrize("value", ["Build checkout page", "", 7, [AN_ID], "../me", f"{AN_ID}/x"])
def test_a_task_has_no_name_to_go_by(value: object) -> None:
    """The id becomes part of a path: nothing else may."""
    with pytest.raises(RunFailed) as error:
        values.reference({"task": value}, "task")

    assert refusal(error) == (
        "invalid-value",
        f"task is {value!r}; expected an id, like ${{entity.id}}",
    )


@pytest.mark.parametrize(
    ("value", "expected"),
    [([1, 2], [1, 2]), ((1, 2), [1, 2]), ("ab", ["ab"]), ({"id": 1}, [{"id": 1}]), ([], [])],
)
def test_one_thing_is_a_list_of_it(value: object, expected: list[object]) -> None:
    assert values.several(value) == expected


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0 h"),
        (900, "0.25 h"),
        (5_400, "1.5 h"),
        (172_800, "48 h"),
        (3_187, "0.89 h"),
        (1, "1 s"),
    ],
)
def test_hours_are_for_people(seconds: int, shown: str) -> None:
    assert values.hours(seconds) == shown


def test_utc_is_written_as_awork_does() -> None:
    moment = datetime(2026, 3, 27, 9, 0, 1, 999_999, tzinfo=timezone(timedelta(hours=1)))

    assert values.utc(moment) == "2026-03-27T08:00:01Z"


def test_nothing_is_left_out_and_what_is_false_or_empty_stays() -> None:
    assert values.without_nothing({"a": None, "b": False, "c": 0, "d": ""}) == {
        "b": False,
        "c": 0,
        "d": "",
    }
