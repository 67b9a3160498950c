"""Reserve people's capacity for a project over a range of days.

    - book_project:
        project: "${entity.id}"
        users: ["Timo Brandt", "Nora Feld"]
        from: "${entity.startDate}"
        to: "${entity.dueDate}"
        duration: 16h
        description: Reserved at project start

Writes POST /projecttimebookings, one for each user. `duration` is the total for each user; awork
spreads it over the working days. Must not be repeated: a second one would reserve twice. Our own
is found again by user, project, days, duration and description, created by our API user at or
after the attempt.
Source: https://developers.awork.com, "Creates a new time booking for a given project and user".
"""

from __future__ import annotations

from datetime import date
from typing import Any

from workers.actions import values
from workers.actions.base import Context, Parameters, invalid
from workers.actions.find import created_by_us, same_day
from workers.effects import Trail
from workers.rules.vocabulary import Parameter, ParameterKind
from workers.targets.http import Request

NAME = "book_project"
PARAMETERS = {
    "project": Parameter(ParameterKind.REFERENCE, required=True, about="what for"),
    "users": Parameter(ParameterKind.LIST, required=True, about="who; one booking for each"),
    "from": Parameter(ParameterKind.DAY, required=True, about="first day"),
    "to": Parameter(ParameterKind.DAY, required=True, about="last day"),
    "duration": Parameter(ParameterKind.DURATION, required=True, about="total for each user"),
    "description": Parameter(ParameterKind.TEXT, about="shown in the planner"),
}


def run(parameters: Parameters, context: Context) -> dict[str, Any]:
    """Create one booking for each user. See Action.run."""
    first = values.on(parameters, "from", context)
    last = values.on(parameters, "to", context)
    if last < first:
        raise invalid("to", parameters.get("to"), f"a day not before from, {first}")
    project = context.directory.project(context.awork, parameters["project"])
    body = {
        "projectId": project,
        "startDate": first.isoformat(),
        "endDate": last.isoformat(),
        "duration": values.seconds(parameters, "duration"),
        "description": parameters.get("description"),
    }
    users = [context.directory.user(context.awork, user) for user in _users(parameters)]
    made = [_book(user, body, context) for user in dict.fromkeys(users)]
    return {"bookings": made}


def _users(parameters: Parameters) -> list[Any]:
    users = values.several(parameters["users"])
    if not users:
        raise invalid("users", [], "at least one user")
    return users


def _book(user: str, body: dict[str, Any], context: Context) -> dict[str, Any]:
    request = Request(
        "POST", "/projecttimebookings", values.without_nothing({"userId": user, **body})
    )
    first, last = date.fromisoformat(body["startDate"]), date.fromisoformat(body["endDate"])
    return context.effects.once(
        user,
        request,
        find=lambda trail: _find(trail, context),
        summary=f"booking for {context.directory.name_of(context.awork, user)}, "
        f"{first:%d %b} to {last:%d %b} ({values.hours(body['duration'])})",
    )


def _find(trail: Trail, context: Context) -> dict[str, Any] | None:
    sent, me = trail.body, context.directory.me(context.awork)
    of_users = context.awork.get(
        "/users/projecttimebookings",
        userIds=sent["userId"],
        intervalStart=sent["startDate"],
        intervalEnd=sent["endDate"],
    )
    bookings = [one for of_user in of_users for one in of_user.get("timeBookings") or []]
    for booking in bookings:
        if (
            all(booking.get(n) == sent.get(n) for n in ("userId", "projectId", "duration"))
            and (booking.get("description") or None) == sent.get("description")
            and same_day(booking.get("startDate"), sent["startDate"])
            and same_day(booking.get("endDate"), sent["endDate"])
            and created_by_us(booking, me, trail)
        ):
            return dict(booking)
    return None
