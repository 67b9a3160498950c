"""The ends of Workiva's two APIs, and what is said of them."""

from __future__ import annotations

from datetime import date

import pytest

from workers.targets.workiva_api import APIS, CURRENT, PROTOTYPE, ends_soon, gone

SWITCH = "set WORKIVA_API=2026-01-01 (or remove it) and restart the workers"


@pytest.mark.parametrize(
    ("day", "is_gone", "is_soon"),
    [
        (date(2026, 12, 1), False, False),
        (date(2026, 12, 2), False, True),  # 60 days before
        (date(2027, 1, 30), False, True),
        (date(2027, 1, 31), True, False),
        (date(2028, 1, 1), True, False),
    ],
)
def test_the_prototype_ends_on_its_day_and_the_current_one_on_none(
    day: date, is_gone: bool, is_soon: bool
) -> None:
    assert (PROTOTYPE.is_gone(day), PROTOTYPE.ends_soon(day)) == (is_gone, is_soon)
    assert (CURRENT.is_gone(day), CURRENT.ends_soon(day)) == (False, False)


def test_what_is_gone_says_why_and_the_way_out_is_one_line() -> None:
    message, way_out = gone(PROTOTYPE)

    assert message == (
        "WORKIVA_API=prototype-2022-01-01: Workiva's API of that name is gone since 2027-01-31 UTC"
    )
    assert way_out == SWITCH


@pytest.mark.parametrize(
    ("day", "left"), [(date(2026, 12, 2), "60 days"), (date(2027, 1, 30), "1 day")]
)
def test_what_ends_soon_says_how_long_it_lasts(day: date, left: str) -> None:
    message, way_out = ends_soon(PROTOTYPE, day)

    assert message == (
        "WORKIVA_API=prototype-2022-01-01: Workiva takes this API away on 2027-01-31 UTC, in"
        f" {left}; what asks for it after that waits"
    )
    assert way_out == SWITCH


def test_each_api_is_known_by_the_name_it_is_set_by() -> None:
    assert APIS == {"2026-01-01": CURRENT, "prototype-2022-01-01": PROTOTYPE}
