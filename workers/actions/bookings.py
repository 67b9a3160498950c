"""Time bookings as awork has them: where they are listed, what makes two the same, how people
are told of one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from workers.actions import values
from workers.actions.base import Context
from workers.actions.steps import Item, Kind
from workers.planning.bookings import Range
from workers.planning.freetime import Booking


def thing(user: str, project: str, context: Context) -> str:
    """What a booking is made for: each rule has its own for a project and a person."""
    return named(context.effects.rule, project, user)


def named(rule: str, project: str, user: str) -> str:
    """The same, of any rule."""
    return f"bookings:{rule}:{project}:{user}"


def body(user: str, project: str, one: Booking, description: object) -> dict[str, Any]:
    """What awork is sent."""
    return values.without_nothing(
        {
            "userId": user,
            "projectId": project,
            "startDate": one.first.isoformat(),
            "endDate": one.last.isoformat(),
            "duration": one.seconds,
            "description": description,
        }
    )


def there(users: Iterable[str], days: Range, context: Context) -> list[dict[str, Any]]:
    """The bookings of some people that touch a range of days."""
    of_users = context.awork.list(
        "/users/projecttimebookings",
        userIds=",".join(users),
        intervalStart=days.first.isoformat(),
        intervalEnd=days.last.isoformat(),
    )
    return [
        {"userId": of_user.get("userId"), **one}
        for of_user in of_users
        for one in of_user.get("timeBookings") or []
    ]


def around(bodies: Iterable[Item]) -> Range:
    """The days from the first to the last of several bookings."""
    spans = [span(one) for one in bodies]
    return Range(min(one.first for one in spans), max(one.last for one in spans))


def span(booking: Item) -> Range:
    """The days of a booking."""
    first, last = (str(booking[name])[:10] for name in ("startDate", "endDate"))
    return Range(date.fromisoformat(first), date.fromisoformat(last))


def shape(booking: Item) -> object:
    """What makes two bookings the same, however awork writes days."""
    return (
        booking.get("userId"),
        booking.get("projectId"),
        str(booking.get("startDate"))[:10],
        str(booking.get("endDate"))[:10],
        booking.get("duration"),
        booking.get("description") or None,
    )


def told(booking: Item) -> str:
    """One for people: 23 Nov to 04 Dec (16 h)."""
    days = span(booking)
    return f"{days.first:%d %b} to {days.last:%d %b} ({values.hours(booking['duration'])})"


def over(booking: Item) -> datetime:
    """When a booking will not matter any more."""
    return datetime.combine(span(booking).last + timedelta(days=1), time(), UTC)


def _of(bodies: Sequence[Item], context: Context) -> list[dict[str, Any]]:
    given = [one for one in bodies if one]
    return there({str(one["userId"]) for one in given}, around(given), context)


#: how bookings are kept up
KIND = Kind("/projecttimebookings", shape, _of, fixed=("userId", "projectId"))
