"""Reserve people's capacity for a project over a range of days, and keep it so.

    - book_project:
        project: "${entity.id}"
        users: ["Timo Brandt", "Nora Feld"]
        from: "${entity.startDate}"
        to: "${entity.dueDate}"
        duration: 16h
        description: Reserved at project start

    - book_project:
        project: "${entity.id}"
        users: "${entity.members}"
        from: "${entity.startDate}"
        to: "${entity.dueDate}"
        share: 50%
        around_absences: true

`duration` is the total for each user, `share` a part of what they can work in the range; awork
spreads it over the working days. With `around_absences` the booking falls into pieces between days
off, and shrinks with them where it is a share.

It is a desired state of rule, project and user: run again with other days or another duration, it
changes the booking it made; run again with the same, it writes nothing. A booking that a person
changed is theirs from then on: the rule leaves that user's bookings of the project alone.

Writes POST, PUT and DELETE /projecttimebookings. Making one must not be repeated: a second one
would reserve twice. Our own is found again by user, project, days, duration and description,
created by our API user at or after the attempt. A change whose answer was lost is made again
only while the booking still is as it was.
Source: https://developers.awork.com, "Creates a new time booking for a given project and user".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import zip_longest
from typing import Any

from workers.actions import bookings, people, upkeep, values
from workers.actions.base import Context, Parameters, invalid
from workers.actions.bookings import shape, told
from workers.actions.steps import Item, Step
from workers.actions.upkeep import Decision, Ours, still_ours
from workers.holdings import Held
from workers.planning.bookings import Range, booked
from workers.planning.freetime import Week
from workers.rules.values import share
from workers.rules.vocabulary import Parameter, ParameterKind

NAME = "book_project"
PARAMETERS = {
    "project": Parameter(ParameterKind.REFERENCE, required=True, about="what for"),
    "users": Parameter(ParameterKind.LIST, required=True, about="who"),
    "from": Parameter(ParameterKind.DAY, required=True, about="first day"),
    "to": Parameter(ParameterKind.DAY, required=True, about="last day"),
    "duration": Parameter(
        ParameterKind.DURATION,
        about="total for each user; or give a share",
        unless=("share",),
        excludes=("share",),
    ),
    "share": Parameter(ParameterKind.SHARE, about="of what each user can work in the range"),
    "around_absences": Parameter(ParameterKind.BOOLEAN, about="leave out whole days off"),
    "description": Parameter(ParameterKind.TEXT, about="shown in the planner"),
}


def run(parameters: Parameters, context: Context) -> dict[str, Any]:
    """Bring each user's booking to what is wanted. See Action.run."""
    return upkeep.brought(lambda: _decide(parameters, context), bookings.KIND, context)


def _decide(parameters: Parameters, context: Context) -> Decision:
    project = context.directory.project(context.awork, parameters["project"])
    range_, amount = _range(parameters, context), _amount(parameters)
    named = [context.directory.user(context.awork, user) for user in _users(parameters)]
    users = list(dict.fromkeys(named))
    things = [bookings.thing(user, project, context) for user in users]
    result: dict[str, Any] = {"bookings": []}
    with upkeep.alone(things, context):
        wish = _Wish(project, range_, amount, parameters, context)
        there = bookings.there(users, wish.looked_at(users), context)
        at_ms = context.effects.now_ms()
        decision = Decision(at_ms=at_ms, things=things, steps=[], result=result, notes=[])
        for user in users:
            wish.decide(user, wish.ours(user, there), decision)
    return decision


@dataclass(frozen=True)
class _Wish:
    """What is wanted of everybody's bookings."""

    project: str
    days: Range
    #: seconds for each user, or a share of what they can work
    amount: int | Fraction
    parameters: Parameters
    context: Context

    def decide(self, user: str, ours: Ours, decision: Decision) -> None:
        """Add one user's part to the decision."""
        who = self.context.directory.name_of(self.context.awork, user)
        if ours.theirs:
            decision.notes.append(f"a person changed the booking of {who}: it is left alone")
            return
        wanted = self._wanted(user)
        steps = list(_steps(self._thing(user), who, wanted, ours.held))
        if not steps:
            found = "is booked as wanted already" if wanted else self._unbooked
            decision.notes.append(f"{who} {found}")
        decision.steps.extend(steps)
        decision.result["bookings"] += wanted

    @property
    def _unbooked(self) -> str:
        return "cannot work in these days" if self.amount else "has no booking to take back"

    def _wanted(self, user: str) -> list[dict[str, Any]]:
        week = Week(people.capacity_s(user, self.context), people.absences(user, self.context))
        around = self.parameters.get("around_absences") is True
        description = self.parameters.get("description")
        return [
            bookings.body(user, self.project, one, description)
            for one in booked(self.days, week, self.amount, around_absences=around)
        ]

    def looked_at(self, users: Iterable[str]) -> Range:
        """The days wanted, and those of what we made before."""
        days = {"startDate": self.days.first.isoformat(), "endDate": self.days.last.isoformat()}
        made = [
            held.wrote
            for user in users
            for held in self.context.holdings.of(self._thing(user), (), str).values()
        ]
        return bookings.around([days, *made])

    def ours(self, user: str, there: Iterable[Item]) -> Ours:
        """What we made; what a person removed is made again if it is wanted."""
        mine, context = (user, self.project), self.context
        there = [one for one in there if (one.get("userId"), one.get("projectId")) == mine]
        thing = self._thing(user)
        held = context.holdings.of(thing, there, lambda: context.directory.me(context.awork))
        ours = still_ours(held, there, shape, context)
        if not context.effects.shadow:
            context.holdings.drop(thing, ours.lost - ours.theirs)
        return ours

    def _thing(self, user: str) -> str:
        return bookings.thing(user, self.project, self.context)


def _steps(
    thing: str, who: str, wanted: list[dict[str, Any]], held: Mapping[str, Held]
) -> Iterator[Step]:
    """What separates what we made from what is wanted. What is as wanted stays; of the rest, the
    first is changed into the first, and so on."""
    shapes = [shape(body) for body in wanted]
    kept = [shape(one.wrote) for one in held.values() if shape(one.wrote) in shapes]
    missing = [body for body in wanted if shape(body) not in kept]
    others = sorted(
        (str(one.wrote.get("startDate")), ident)
        for ident, one in held.items()
        if shape(one.wrote) not in shapes
    )
    for body, other in zip_longest(missing, others):
        ident = other[1] if other else ""
        was = held[ident].wrote if ident else {}
        yield _step(thing, who, body, ident, was) if body else _removal(thing, who, ident, was)


def _step(thing: str, who: str, body: dict[str, Any], ident: str, was: dict[str, Any]) -> Step:
    before = f", was {told(was)}" if was else ""
    if was.get("description") and not body.get("description"):
        # What is left out of a change might stay.
        body = {**body, "description": ""}
    return Step(
        how="change" if ident else "create",
        thing=thing,
        summary=f"booking for {who}, {told(body)}{before}",
        id=ident,
        body=body,
        was=was,
        until=bookings.over(body),
    )


def _removal(thing: str, who: str, ident: str, was: dict[str, Any]) -> Step:
    return Step(
        how="remove",
        thing=thing,
        summary=f"no booking for {who} any more, was {told(was)}",
        id=ident,
        was=was,
        until=bookings.over(was),
    )


def _range(parameters: Parameters, context: Context) -> Range:
    first = values.on(parameters, "from", context)
    last = values.on(parameters, "to", context)
    if last < first:
        raise invalid("to", parameters.get("to"), f"a day not before from, {first}")
    return Range(first, last)


def _amount(parameters: Parameters) -> int | Fraction:
    duration = values.seconds(parameters, "duration")
    if duration is not None:
        return duration
    given = parameters.get("share")
    try:
        return share(str(given))
    except ValueError:
        raise invalid("share", given, "a share such as 50%, at most 100%") from None


def _users(parameters: Parameters) -> list[Any]:
    users = values.several(parameters["users"])
    if not users:
        raise invalid("users", [], "at least one user")
    return users
