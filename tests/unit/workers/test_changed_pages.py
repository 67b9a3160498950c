"""Reading what changed, page by page: nothing falls between two pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webhooks.errors import TargetBusy
from workers.targets.awork import Awork
from workers.watching.asking import Asking
from workers.watching.changed import changed
from workers.watching.families import FAMILIES

BEGIN = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
UNTIL = BEGIN + timedelta(seconds=8)


@dataclass
class Listing:
    """awork's list of what changed: id -> seconds after BEGIN. Plays Asking and Awork in one."""

    items: dict[str, float]
    #: called after each page, as other people go on working
    meanwhile: Callable[[], object] = lambda: None
    asked: int = 0

    def ask(self, question: Callable[[Awork], Any]) -> Any:
        found = question(cast("Awork", self))
        self.meanwhile()
        return found

    def get(self, _path: str, **params: Any) -> list[dict[str, str]]:
        self.asked += 1
        assert self.asked < 100, "it goes on for ever"
        first, end = map(datetime.fromisoformat, re.findall("'(.*?)'", params["filterby"]))
        at = {one: BEGIN + timedelta(seconds=after) for one, after in self.items.items()}
        within = [
            one for one in at if first.replace(tzinfo=UTC) <= at[one] < end.replace(tzinfo=UTC)
        ]
        within.sort(key=lambda one: (at[one], one))
        skipped = (params["page"] - 1) * params["pageSize"]
        page = within[skipped : skipped + params["pageSize"]]
        return [{"id": one, "updatedOn": at[one].isoformat()} for one in page]


def read(listing: Listing, page_size: int) -> list[str]:
    asking = cast("Asking", listing)
    pages = changed(asking, FAMILIES[0], BEGIN, UNTIL, page_size=page_size)
    return [item["id"] for page in pages for item in page.items]


@given(st.lists(st.sampled_from([0.0, 1.0, 1.5, 1.9, 3.0, 3.25, 7.9])), st.integers(1, 5))
def test_everything_is_read_however_much_changed_within_one_second(
    seconds: list[float], page_size: int
) -> None:
    listing = Listing({f"item-{n:02}": after for n, after in enumerate(seconds)})

    found = read(listing, page_size)

    assert set(found) == set(listing.items)


def test_what_changes_while_it_is_read_makes_nothing_else_fall_between_two_pages() -> None:
    """The first of the list is changed after each page, and moves behind the end."""
    listing = Listing({f"item-{n}": n / 2 for n in range(12)})
    movers = iter(["item-0", "item-1", "item-2"])

    def somebody_works() -> None:
        if mover := next(movers, None):
            listing.items[mover] = 9.0

    listing.meanwhile = somebody_works

    found = read(listing, 4)

    assert set(found) >= {f"item-{n}" for n in range(3, 12)}


def test_each_page_says_how_far_it_has_come() -> None:
    listing = Listing({"a": 0.0, "b": 1.2, "c": 1.4, "d": 5.0})
    asking = cast("Asking", listing)

    pages = list(changed(asking, FAMILIES[0], BEGIN, UNTIL, page_size=2))

    reached = [(page.reached - BEGIN).total_seconds() for page in pages]
    # The second page is full of one second: what comes after it is on the next page of the same.
    assert reached == [1, 1, 8]


def test_what_is_no_list_is_not_taken_for_an_empty_one() -> None:
    class Page(Listing):
        def get(self, _path: str, **_params: Any) -> Any:
            return {"message": "a proxy's page"}

    with pytest.raises(TargetBusy, match="not a list"):
        read(Page({}), 2)
