"""The pictures of the documentation show what the code does, and these are the numbers in them."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from deploy.pictures import example, week
from deploy.pictures.__main__ import PLANNED_WEEK
from deploy.pictures.example import HOUR, ZONE
from workers.planning.spans import Span


def told(span: Span) -> str:
    begin, end = (each.astimezone(ZONE) for each in (span.start, span.end))
    return f"{begin:%a %H:%M}-{end:%H:%M}"


def test_the_picture_of_the_week_is_the_one_the_code_draws() -> None:
    """When it is not: python -m deploy.pictures."""
    assert PLANNED_WEEK.read_text(encoding="utf-8") == week.drawn()


def test_the_ten_hours_are_spread_over_the_days_that_have_time() -> None:
    """10 h on four days are 2.5 h; on Tuesday around the meeting, an hour before the pause."""
    planned = example.planned()

    assert [told(span) for span in planned.spans] == [
        "Mon 10:00-12:30",
        "Tue 11:30-12:30",
        "Tue 13:30-15:00",
        "Wed 09:00-11:30",
        "Thu 09:00-11:30",
    ]
    assert sum(span.seconds for span in planned.spans) == 10 * HOUR
    assert planned.missing_s == 0


def test_the_free_hours_are_those_of_the_windows_less_what_is_planned_and_off() -> None:
    """A day has 3.5 + 4 h: less 1, less 2, without the afternoon, less 2, none on a holiday."""
    free = {f"{day.on:%a}": day.free_s / HOUR for day in example.columns()}

    assert free == {"Mon": 6.5, "Tue": 5.5, "Wed": 3.5, "Thu": 5.5, "Fri": 0}


@pytest.mark.parametrize(
    ("number", "name", "spans"),
    [
        (2, "afternoon off", ["Wed 13:30-17:30"]),
        (4, "public holiday", ["Fri 09:00-12:30", "Fri 13:30-17:30"]),
    ],
)
def test_what_is_off_is_hatched(number: int, name: str, spans: list[str]) -> None:
    off = example.columns()[number].off

    assert off is not None
    assert (off[0], [told(span) for span in off[1]]) == (name, spans)


def test_every_block_and_every_share_stands_in_the_picture() -> None:
    texts = [each.text for each in ET.fromstring(week.drawn()).iter() if each.text]

    shown = [text for text in texts if " h" in text and text[0].isdigit()]
    assert shown == [
        "10 h until Fri 18:00, place: even, blocks of 1 h to 3 h",
        "2.5 h of 6.5 h free",
        "10:00-12:30, 2.5 h",
        "2.5 h of 5.5 h free",
        "11:30-12:30, 1 h",
        "13:30-15:00, 1.5 h",
        "2.5 h of 3.5 h free",
        "09:00-11:30, 2.5 h",
        "2.5 h of 5.5 h free",
        "09:00-11:30, 2.5 h",
    ]
