"""From a wish about a task to the writes it takes: what there is, whose it is, what differs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from zoneinfo import ZoneInfo

from workers.actions import people, schedules, upkeep, values
from workers.actions.base import Context
from workers.actions.schedules import shape, span
from workers.actions.steps import How, Item, Step
from workers.actions.upkeep import Decision
from workers.actions.wished import Wished
from workers.holdings import Held
from workers.planning.days import Person
from workers.planning.difference import Difference, Made
from workers.planning.plan import Planned, Wish
from workers.planning.replan import replan
from workers.planning.spans import Span
from workers.rules.values import instant


@dataclass(frozen=True)
class _There:
    """What is in calendars now."""

    #: every schedule of awork's, without what we have removed
    every: tuple[Item, ...]
    #: blocks of the task that we made and nobody changed: id -> what we know of them
    ours: Mapping[str, Held]
    #: blocks of the task that a person has changed since we last looked
    theirs: tuple[Item, ...]

    def made(self, person: str) -> tuple[Made, ...]:
        return tuple(
            Made(ident, when)
            for ident, held in self.held(person).items()
            if (when := span(held.wrote))
        )

    def held(self, person: str) -> Mapping[str, Held]:
        return {i: one for i, one in self.ours.items() if one.wrote.get("userId") == person}

    def others(self, person: str) -> Iterator[tuple[Item, Span]]:
        """What is in a person's calendar beside our blocks of this task."""
        for item in self.every:
            when = span(item)
            if item.get("userId") == person and str(item.get("id")) not in self.ours and when:
                yield item, when


@dataclass(frozen=True)
class _Planner:
    """Adds up what has to be written, person by person."""

    wish: Wished
    there: _There
    context: Context
    decision: Decision

    def plan(self, person: str, effort_s: int) -> None:
        """Add one person's part to the decision."""
        wish = self.wish
        came = replan(
            Wish(
                effort_s=max(0, effort_s - self._others_s(person)),
                start=wish.start,
                until=wish.until,
                place=wish.place,
                block=wish.block,
                on_overload=wish.on_overload,
            ),
            self._person(person),
            self.there.made(person),
            now=self.context.now,
            same_wish=all(h.wish in ("", wish.digest) for h in self.there.held(person).values()),
        )
        if came.planned.missing_s:
            self._overloaded(person, came.planned.missing_s, effort_s)
            if wish.on_overload == "skip":
                return
        self._add(person, effort_s, came.planned, came.difference)

    def left_alone(self, block: Item) -> None:
        """Tell that a block is a person's from now on."""
        if when := span(block):
            who = self._name(str(block.get("userId")))
            then = schedules.told(when.start, when.end, self.context.timezone)
            self.decision.notes.append(
                f"a person changed the block of {who}, now {then}: it is left alone"
            )

    def _add(self, person: str, effort_s: int, planned: Planned, difference: Difference) -> None:
        decision, who = self.decision, self._name(person)
        steps = list(self._steps(person, who, difference))
        if not effort_s and not steps and person in self.wish.efforts:
            decision.notes.append(f"nothing is left to plan for {who}")
        if effort_s and not planned.missing_s and all(step.how == "keep" for step in steps):
            decision.notes.append(
                f"{values.hours(effort_s)} of {who} are planned as wanted already"
            )
        decision.steps.extend(steps)
        decision.result["planned"] += sum(block.seconds for block in planned.spans)
        blocks = [schedules.body(self.wish.task, person, block) for block in planned.spans]
        decision.result["blocks"] += blocks
        if steps:
            decision.hours[person] = [(block.start, block.end) for block in planned.spans]

    def _person(self, person: str) -> Person:
        context = self.context
        thing = schedules.thing(self.wish.task)
        promised = context.holdings.promised(person, thing, now=context.now)
        others = [when for _, when in self.there.others(person)]
        return Person(
            hours=context.hours,
            zone=ZoneInfo(context.timezone),
            capacity_s=people.capacity_s(person, context),
            absences=people.absences(person, context),
            # What awork shows already would count twice against the capacity of the day.
            busy=[*others, *(Span(*hours) for hours in promised if Span(*hours) not in others)],
        )

    def _others_s(self, person: str) -> int:
        """Seconds of the task that people planned for a person themselves, from now on."""
        return sum(
            when.seconds
            for item, when in self.there.others(person)
            if item.get("taskId") == self.wish.task and when.end > self.context.now
        )

    def _overloaded(self, person: str, missing_s: int, effort_s: int) -> None:
        wish, who = self.wish, self._name(person)
        until = wish.until and wish.until.astimezone(ZoneInfo(self.context.timezone))
        before = f" before {until:%a %d %b %H:%M}" if until else ""
        left = "; nothing was changed for them" if wish.on_overload == "skip" else ""
        share = f"{values.hours(missing_s)} of {values.hours(effort_s)}"
        note = f"{share} do not fit into the working time of {who}{before}{left}"
        self.decision.notes.append(note)
        self.decision.result["missing"] += missing_s

    def _steps(self, person: str, who: str, difference: Difference) -> Iterator[Step]:
        told = partial(schedules.told, timezone=self.context.timezone)
        for made in difference.deletes:
            was = told(made.span.start, made.span.end)
            yield self._step("remove", made.id, person, None, f"no block for {who}, was {was}")
        for made, when in difference.moves:
            was, then = told(made.span.start, made.span.end), told(when.start, when.end)
            yield self._step("change", made.id, person, when, f"block for {who}, {then}, was {was}")
        for when in difference.creates:
            then = told(when.start, when.end)
            yield self._step("create", "", person, when, f"block for {who}, {then}")
        changed = {m.id for m in difference.deletes} | {m.id for m, _ in difference.moves}
        for ident, held in self.there.held(person).items():
            if ident not in changed and held.wish != self.wish.digest:
                yield self._step("keep", ident, person, span(held.wrote), f"block for {who} stays")

    def _step(self, how: How, ident: str, person: str, when: Span | None, summary: str) -> Step:
        held = self.there.ours.get(ident)
        was = held.wrote if held else {}
        body = schedules.body(self.wish.task, person, when) if when else {}
        if how == "change":
            # awork moves a schedule in time, never to another person.
            del body["userId"]
        return Step(
            how=how,
            thing=schedules.thing(self.wish.task),
            summary=summary,
            id=ident,
            body=body,
            was=was,
            at=held.at if held else None,
            wish=self.wish.digest,
            whole=self.wish.whole,
            until=when.end if when else instant(was["endDate"]),
        )

    def _name(self, person: str) -> str:
        return self.context.directory.name_of(self.context.awork, person)


def decide(wish: Wished, context: Context) -> Decision:
    """Work out what to write."""
    there = look(wish.task, context)
    result = {"planned": 0, "missing": 0, "blocks": []}
    at_ms, things = context.effects.now_ms(), [schedules.thing(wish.task)]
    decision = Decision(at_ms=at_ms, things=things, steps=[], result=result, notes=[], hours={})
    planner = _Planner(wish, there, context, decision)
    for one in there.theirs:
        planner.left_alone(one)
    # Whoever is not asked any more, unassigned for example, has nothing to do with it.
    unasked = {str(held.wrote["userId"]) for held in there.ours.values()} - wish.efforts.keys()
    for person, effort_s in {**dict.fromkeys(sorted(unasked), 0), **wish.efforts}.items():
        planner.plan(person, effort_s)
    if not wish.efforts:
        decision.notes.append("nobody is assigned, so nothing is planned")
    decision.steps.sort(key=lambda step: step.how != "remove")
    return decision


def look(task: str, context: Context) -> _There:
    """What is in calendars; what a person moved or removed is not ours any more."""
    every = tuple(schedules.there(context))
    of_task = [one for one in every if one.get("taskId") == task]
    thing = schedules.thing(task)
    held = context.holdings.of(thing, of_task, lambda: context.directory.me(context.awork))
    ours = upkeep.still_ours(held, of_task, shape, context)
    if not context.effects.shadow:
        context.holdings.drop(thing, ours.lost)
    seen = (one for one in every if str(one.get("id")) not in ours.removed)
    theirs = (one for one in of_task if str(one.get("id")) in ours.theirs)
    return _There(tuple(seen), ours.held, tuple(theirs))
