"""Versions of awork's objects as text: which is newer, and which say nothing about each other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers import versions

TICKS = 639_000_000_000_000_001


def event(**entity: Any) -> dict[str, Any]:
    return {"entityId": "t1", "entity": {"id": "t1", **entity}}


@pytest.mark.parametrize(
    ("payload", "version"),
    [
        (event(resourceVersion=TICKS), "r00639000000000000001"),
        (event(resourceVersion=str(TICKS)), "r00639000000000000001"),
        (event(resourceVersion=TICKS, updatedOn="2026-11-20T08:15:30Z"), "r00639000000000000001"),
        (event(resourceVersion=TICKS) | {"entityId": "T1"}, "r00639000000000000001"),
        # 2026-11-20 08:15:30 is 739,939 days, 8 h, 15 min and 30 s after the year 1 began.
        (event(updatedOn="2026-11-20T08:15:30Z"), "u00063930759330000000"),
        (event(updatedOn="2026-11-20T08:15:30.1Z"), "u00063930759330100000"),
        (event(updatedOn="2026-11-20T08:15:30.3014821+00:00"), "u00063930759330301482"),
        (event(updatedOn="2026-11-20T09:15:30.301+01:00"), "u00063930759330301000"),
        (event(updatedOn="2026-11-20T08:15:30.301"), "u00063930759330301000"),
        (event(resourceVersion=True, updatedOn="2026-11-20T08:15:30Z"), "u00063930759330000000"),
        (event(resourceVersion=1.5), versions.NONE),
        (event(resourceVersion=-1), versions.NONE),
        (event(resourceVersion="9" * 21), versions.NONE),
        (event(resourceVersion="٣"), versions.NONE),
        (event(updatedOn="yesterday"), versions.NONE),
        (event(updatedOn="0001-01-01T00:00:00+05:00"), versions.NONE),
        (event(updatedOn=5), versions.NONE),
        (event(), versions.NONE),
        ({"entityId": "t1", "entity": {"resourceVersion": TICKS}}, "r00639000000000000001"),
        ({"entityId": "t1", "entity": {"id": "c9", "resourceVersion": TICKS}}, versions.NONE),
        ({"entityId": "t1", "entity": [TICKS]}, versions.NONE),
        ({"entityId": "t1"}, versions.NONE),
    ],
)
def test_the_version_is_that_of_the_entity_itself(payload: dict[str, Any], version: str) -> None:
    assert versions.of_event(payload) == version


def test_versions_beyond_a_double_differ() -> None:
    one, other = (versions.of_event(event(resourceVersion=TICKS + n)) for n in (0, 1))

    assert float(TICKS) == float(TICKS + 1)
    assert versions.is_newer(other, one)
    assert not versions.is_newer(one, other)


def test_versions_of_two_forms_say_nothing_about_each_other() -> None:
    ticks = versions.of_event(event(resourceVersion=1))
    moment = versions.of_event(event(updatedOn="2026-11-20T08:15:30Z"))

    for one, other in ((ticks, moment), (moment, ticks), (versions.NONE, moment), (ticks, ticks)):
        assert not versions.is_newer(one, other)


@given(st.integers(0, 10**20 - 1), st.integers(0, 10**20 - 1))
def test_text_compares_as_the_numbers_do(one: int, other: int) -> None:
    texts = [versions.of_event(event(resourceVersion=number)) for number in (one, other)]

    assert versions.is_newer(*texts) == (one > other)


@given(
    st.datetimes(timezones=st.just(UTC), min_value=datetime(1, 1, 2)),  # noqa: DTZ001
    st.timedeltas(timedelta(), timedelta(days=9)),
)
def test_text_compares_as_the_moments_do(moment: datetime, later: timedelta) -> None:
    try:
        moments = (moment + later, moment)
    except OverflowError:
        moments = (moment, moment)
    texts = [versions.of_event(event(updatedOn=one.isoformat())) for one in moments]

    assert versions.is_newer(*texts) == (moments[0] > moments[1])


def test_a_version_is_told_in_aworks_words() -> None:
    assert versions.told(versions.of_event(event(resourceVersion=TICKS))) == (
        "resourceVersion 639000000000000001"
    )
    assert versions.told(versions.of_event(event(updatedOn="2026-11-20T08:15:30.301Z"))) == (
        "updatedOn 2026-11-20T08:15:30.301000+00:00"
    )
    assert versions.told(versions.NONE) == "no version"


def test_only_the_timestamp_makes_no_difference_to_a_digest() -> None:
    one = event(resourceVersion=1) | {"timestamp": "a", "traceId": "x"}

    assert versions.digest(one) == versions.digest(dict(reversed(one.items())) | {"timestamp": "b"})
    assert versions.digest(one) != versions.digest(one | {"traceId": "y"})
    assert versions.digest(one) != versions.digest(one | {"changes": []})
