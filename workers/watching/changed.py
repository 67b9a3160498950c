"""Reading from awork what changed since a moment, page by page, in the order of the changes.

The place in the list is the time of the last change that was read, not a page's number: what is
changed while we read moves to the end, and all that comes after it would move up by one and fall
between two pages. Only within one second, in which much may have changed at once, pages are
counted. So reading may stop anywhere and go on later from the time it came to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from webhooks.errors import TargetBusy
from workers.targets.awork import PAGE_SIZE, Awork
from workers.targets.filters import where
from workers.watching.asking import Asking
from workers.watching.families import Family
from workers.watching.synthesized import moment

Item = Mapping[str, Any]


@dataclass(frozen=True)
class Page:
    """Some of what changed."""

    #: objects as awork lists them, none of them on the page before
    items: tuple[Item, ...]
    #: everything that changed before this moment has been read
    reached: datetime


@dataclass(frozen=True)
class _Place:
    #: a whole second
    since: datetime
    #: counted from 1, of what changed since then
    page: int = 1


def changed(
    asking: Asking,
    family: Family,
    since: datetime,
    until: datetime,
    *,
    page_size: int = PAGE_SIZE,
) -> Iterator[Page]:
    """What changed from `since` on and before `until`.

    since, until: aware; whole seconds count. Raises TargetFailed when awork does not answer, or
    with no list, and Ended; what was yielded before has been read all the same.
    """
    until = until.replace(microsecond=0)
    place: _Place | None = _Place(since.replace(microsecond=0))
    before: frozenset[str] = frozenset()
    while place and place.since < until:
        at = place
        items = asking.ask(lambda awork: _asked(awork, family, at, until, page_size))  # noqa: B023  asked at once
        ids = frozenset(str(item["id"]) for item in items)
        fresh = tuple(item for item in items if item["id"] not in before)
        ends = len(items) < page_size or not fresh
        place = None if ends else _after(at, items)
        yield Page(fresh, place.since if place else until)
        before = ids


def _asked(
    awork: Awork, family: Family, place: _Place, until: datetime, page_size: int
) -> list[Item]:
    wanted = where("updatedOn").ge(place.since) & where("updatedOn").lt(until)
    found = awork.get(
        family.path,
        page=place.page,
        pageSize=page_size,
        orderby="updatedOn",
        filterby=str(wanted),
    )
    if not isinstance(found, list):
        raise TargetBusy(f"GET {family.path}: the answer is not a list", code="not-a-list")
    return [item for item in found if isinstance(item, dict) and isinstance(item.get("id"), str)]


def _after(place: _Place, items: list[Item]) -> _Place:
    first, last = (_second(item, place) for item in (items[0], items[-1]))
    if first < last and place.since < last:
        return _Place(last)
    # A page full of one second: that second begins before it, and may go on behind it.
    return replace(place, page=place.page + 1)


def _second(item: Item, place: _Place) -> datetime:
    at = moment(item, "updatedOn")
    return at.replace(microsecond=0) if at else place.since
