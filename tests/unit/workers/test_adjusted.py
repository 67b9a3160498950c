"""What is written so that an entry is as wished: in any zone, over any change of the clocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from deploy.sandbox.span import Span, read_span, span_fields
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
