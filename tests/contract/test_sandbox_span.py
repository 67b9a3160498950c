"""When a time entry was: what can be given, and what is answered."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from deploy.sandbox.refusals import Refusal
from deploy.sandbox.span import read_span, read_zone, span_fields

BERLIN = ZoneInfo("Europe/Berlin")

UTC_DAY = {"startDateUtc": "2026-11-20T00:00:00Z"}
LOCAL_DAY = {"startDateLocal": "2026-11-20T00:00:00"}

#: What is given; start and end in UTC, start and end in Berlin, which is one hour ahead; seconds.
SPANS = [
    (
        {**UTC_DAY, "startTimeUtc": "09:21:00", "endTimeUtc": "11:45:00"},
        ("09:21:00", "11:45:00", "10:21:00", "12:45:00", 8640),
    ),
    (
        {**LOCAL_DAY, "startTimeLocal": "10:21", "duration": 60},
        ("09:21:00", "09:22:00", "10:21:00", "10:22:00", 60),
    ),
    (
        {"endDateLocal": "2026-11-20T17:21:05", "endTimeLocal": "12:45:00", "duration": 3600},
        ("10:45:00", "11:45:00", "11:45:00", "12:45:00", 3600),
    ),
    # Start and end win over a duration that says otherwise.
    (
        {**UTC_DAY, "startTimeUtc": "09:00:00", "endTimeUtc": "10:00:00", "duration": 5},
        ("09:00:00", "10:00:00", "10:00:00", "11:00:00", 3600),
    ),
    # A running timer.
    ({**UTC_DAY, "startTimeUtc": "09:00:00"}, ("09:00:00", None, "10:00:00", None, 0)),
    # A day and a duration.
    ({**LOCAL_DAY, "duration": 4020}, (None, None, None, None, 4020)),
    # A fraction as .NET writes it; Python keeps six of its digits.
    (
        {**UTC_DAY, "startTimeUtc": "09:00:00.2500000", "duration": 0},
        ("09:00:00.250000", None, "10:00:00.250000", None, 0),
    ),
]


@pytest.mark.parametrize(("form", "expected"), SPANS)
def test_a_span_is_answered_in_both_frames(
    form: dict[str, object], expected: tuple[object, ...]
) -> None:
    fields = span_fields(read_span(form, BERLIN), BERLIN)

    names = ("startTimeUtc", "endTimeUtc", "startTimeLocal", "endTimeLocal", "duration")
    assert tuple(fields[name] for name in names) == expected
    assert fields["startDateUtc"] == "2026-11-20T00:00:00Z"
    assert fields["startDateLocal"] == "2026-11-20T00:00:00"


def test_a_span_may_be_on_different_days_in_the_two_frames() -> None:
    form = {**LOCAL_DAY, "startTimeLocal": "00:30:00", "duration": 3600}

    fields = span_fields(read_span(form, BERLIN), BERLIN)

    assert fields["startDateUtc"] == "2026-11-19T00:00:00Z"
    assert fields["endDateUtc"] == "2026-11-20T00:00:00Z"
    assert (fields["startTimeUtc"], fields["endTimeUtc"]) == ("23:30:00", "00:30:00")


def test_a_span_over_the_change_of_clocks_lasts_as_long_as_it_did() -> None:
    # On 2026-10-25 Berlin's clocks go from 03:00 back to 02:00: five hours between 00:30 and 04:30.
    day = {"startDateLocal": "2026-10-25T00:00:00", "endDateLocal": "2026-10-25T00:00:00"}
    form = {**day, "startTimeLocal": "00:30:00", "endTimeLocal": "04:30:00"}

    assert read_span(form, BERLIN).duration_s == 5 * 3600


@pytest.mark.parametrize(
    "form",
    [
        {},
        LOCAL_DAY,
        {"duration": 60},
        {"startTimeUtc": "09:00:00"},
        {**UTC_DAY, "endTimeUtc": "09:00:00"},
        {**UTC_DAY, "startTimeUtc": "25:00:00"},
        {**UTC_DAY, "startTimeUtc": "09:00:00", "endTimeUtc": "08:00:00"},
        {**UTC_DAY, "duration": -1},
    ],
)
def test_what_is_no_span_is_refused(form: dict[str, object]) -> None:
    with pytest.raises(Refusal):
        read_span(form, BERLIN)


@pytest.mark.parametrize("name", ["Europe/Kiel", "../etc/passwd", "Europe"])
def test_what_is_no_zone_is_refused(name: str) -> None:
    with pytest.raises(Refusal, match="IANA"):
        read_zone(name)
