"""What is written so that an entry is as wished: in any zone, over any change of the clocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.sandbox.span import Span, read_span, span_fields
from webhooks.errors import RunFailed
from workers.actions.adjusted import Wish, adjusted
from workers.actions.entry_form import times_of
from workers.actions.rounding import Rounding

ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC")
#: days on which the clocks of some of the zones change, and others
_MOMENTS = st.integers(0, 274 * 86_400_000).map(
    lambda after_ms: datetime(2026, 3, 1, tzinfo=UTC) + timedelta(milliseconds=after_ms)
)


@st.composite
def entries(draw: st.DrawFn) -> dict[str, Any]:
    """An entry as awork has it: with start and end, or a mere length."""
    zone = draw(st.sampled_from(ZONES))
    start, duration_s = draw(_MOMENTS), draw(st.integers(1, 12 * 3_600))
    has_start = draw(st.booleans())
    span = (
        Span(None, start, start + timedelta(seconds=duration_s), duration_s)
        if has_start
        else Span(start.date(), None, None, duration_s)
    )
    return {
        **span_fields(span, ZoneInfo(zone)),
        "id": "e1",
        "userId": "u1",
        "timezone": zone,
        "typeOfWorkId": "w1",
        "isBillable": draw(st.booleans()),
        "isBilled": False,
        "createdOn": f"{draw(_MOMENTS):%Y-%m-%dT%H:%M:%S}Z",
    }


@st.composite
def wishes(draw: st.DrawFn) -> Wish:
    rounding = Rounding(
        step_s=draw(st.sampled_from([0, 60, 360, 900, 3_600])),
        direction=draw(st.sampled_from(["up", "down", "nearest"])),
        tolerance_s=draw(st.integers(0, 59)),
        minimum_s=draw(st.sampled_from([0, 600, 1_000, 5_400])),
    )
    fields: dict[str, Any] = draw(st.sampled_from([{}, {"isBillable": True}, {"note": "n"}]))
    return Wish(rounding=rounding, fill_start=draw(st.booleans()), fields=fields)


def as_awork_has_it(entry: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    """The entry after a PUT of the body, which must say everything."""
    zone = ZoneInfo(body["timezone"])
    return {**entry, **body, **span_fields(read_span(body, zone), zone)}


@given(entries(), wishes())
def test_an_adjusted_entry_needs_no_adjusting(entry: dict[str, Any], wish: Wish) -> None:
    decision = adjusted(entry, wish, open_from=None)
    after = as_awork_has_it(entry, decision.body) if decision.body else entry

    assert adjusted(after, wish, open_from=None).because == "unchanged"


@given(entries(), wishes())
def test_an_entry_stays_on_its_day_and_keeps_the_start_it_has(
    entry: dict[str, Any], wish: Wish
) -> None:
    decision = adjusted(entry, wish, open_from=None)

    before, after = times_of(entry), times_of(decision.body or entry)
    assert before is not None
    assert after is not None
    assert after.first_day == before.day
    assert before.start in (None, after.start)


@given(entries(), wishes())
def test_the_length_is_what_rounding_says(entry: dict[str, Any], wish: Wish) -> None:
    decision = adjusted(entry, wish, open_from=None)

    after = times_of(decision.body or entry)
    assert after is not None
    assert after.duration_s == wish.rounding.of(entry["duration"])
    assert after.start is None or after.end == after.start + timedelta(seconds=after.duration_s)


def test_a_paused_timer_runs_however_long_it_ran_before() -> None:
    begun = {"startDateUtc": "2026-11-20T00:00:00Z", "startTimeUtc": "07:05:00", "duration": 600}
    first = {"startDate": "2026-11-20T07:10:00Z", "endDate": "2026-11-20T07:15:00Z"}
    second = {"startDate": "2026-11-20T07:20:00Z"}

    finished, paused = ({**begun, "breaks": breaks} for breaks in ([first], [first, second]))

    assert times_of(finished) is not None
    assert times_of(paused) is None


@pytest.mark.parametrize(
    ("odd", "told"),
    [
        ({"startTimeUtc": "25:00:00"}, "'2026-11-20T25:00:00' is not in the calendar"),
        ({"duration": "long"}, "invalid literal for int()"),
        ({"duration": -300}, "it would last -300 s"),
        ({"endTimeUtc": "07:00:00"}, "it would last -300 s"),  # five minutes before its start
        ({"startTimeUtc": None, "endTimeUtc": None, "startDateUtc": None}, "'None' is no day"),
        ({"duration": 10**12, "startTimeUtc": None}, "date value out of range"),
    ],
)
def test_nothing_is_worked_out_from_an_entry_that_cannot_be_read(
    odd: dict[str, Any], told: str
) -> None:
    moments = {"startDateUtc": "2026-11-20T00:00:00Z", "startTimeUtc": "07:05:00",
               "endDateUtc": "2026-11-20T00:00:00Z", "endTimeUtc": "07:10:00"}  # fmt: skip
    entry = {"id": "e1", "userId": "u1", "timezone": "UTC", "duration": 300, **moments, **odd}
    wish = Wish(rounding=Rounding(minimum_s=900), rest_as="w2")

    with pytest.raises(RunFailed, match="e1: when it was cannot be read: ") as failed:
        adjusted(entry, wish, open_from=None)

    assert told in str(failed.value)


@pytest.mark.parametrize("rest_as", [None, "w2"])
def test_nothing_is_written_for_a_person_who_was_deleted(rest_as: str | None) -> None:
    entry = {"id": "e1", "startDateLocal": "2026-11-20T00:00:00", "duration": 300}
    wish = Wish(rounding=Rounding(minimum_s=900), rest_as=rest_as)

    decision = adjusted(entry, wish, open_from=None)

    assert (decision.body, decision.rest, decision.because) == (None, None, "ownerless")
    assert decision.notes == ["nothing is written: the person it is of was deleted in awork"]
