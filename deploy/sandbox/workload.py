"""How full people's days are: capacity, what is planned into it, and what remains.

Source: the contract's `GET /users/workload` and https://support.awork.com on how workload is
worked out. Days are UTC days, since awork exposes no zone of a user. Calendars and project
budgets are not part of the sandbox.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

from deploy.sandbox.ask import Answer, Ask, Routes
from deploy.sandbox.people import DAYS
from deploy.sandbox.refusals import Model, invalid
from deploy.sandbox.shown import pick
from deploy.sandbox.stamps import midnight, read_instant, stamp
from deploy.sandbox.world import World

_Read = TypeVar("_Read")

_NEEDED = ("userIds", "intervalStart", "intervalEnd", "roughPlanningFrom")
#: What is finished weighs nothing any more.
_CLOSED_PROJECTS = ("closed", "done")


@dataclass(frozen=True)
class Plan:
    """Everything planned for one person."""

    world: World
    user_id: str
    #: the first day that takes the planned effort of tasks
    rough_from: date

    def capacity_s(self, day: date) -> int:
        """Seconds of work a day has room for, absences taken off."""
        weekly = self.world.table("capacities")[self.user_id]["weeklyCapacity"]
        seconds: int = weekly[DAYS[day.weekday()]]
        return seconds * (2 - self._halves_off(day)) // 2

    def schedules(self, day: date) -> list[Model]:
        """Blocks count on the day they start."""
        blocks = self.world.find_where("taskschedules", userId=self.user_id)
        return [block for block in blocks if _day(block["startDate"]) == day]

    def tasks(self, day: date) -> Iterator[tuple[Model, int]]:
        """Open tasks with the seconds of their effort that are in no block and fall on a day."""
        for task in self.world.tasks.values():
            first, last = self._rough_span(task)
            if first <= day <= last and (effort_s := self._effort_s(task)):
                yield task, self._share(effort_s, day, first, last)

    def bookings(self, day: date) -> Iterator[tuple[Model, int]]:
        """Bookings with the seconds of them that fall on a day."""
        for booking in self.world.find_where("projecttimebookings", userId=self.user_id):
            first, last = (date.fromisoformat(booking[n]) for n in ("startDate", "endDate"))
            if first <= day <= last:
                yield booking, self._share(booking["duration"], day, first, last)

    def _halves_off(self, day: date) -> int:
        absences = self.world.find_where("absences", userId=self.user_id)
        for absence in self.world.table("workspaceabsences").values():
            if self._is_in_region(absence.get("regionId")):
                absences.append(absence)
        halves = [midnight(day) + timedelta(hours=hour) for hour in (0, 12)]
        return sum(any(_covers(absence, half) for absence in absences) for half in halves)

    def _is_in_region(self, region_id: str | None) -> bool:
        region = self.world.table("absenceregions").get(region_id or "", {})
        return region_id is None or self.user_id in (region.get("assignedUsers") or [])

    def _rough_span(self, task: Model) -> tuple[date, date]:
        """From when to when a task's effort is planned; what is overdue falls on the first day."""
        dates = [_day(task[name]) for name in ("startOn", "dueOn") if task.get(name)]
        if not dates or not self._is_open(task):
            return date.max, date.min
        first = max(dates[0], self.rough_from)
        return first, max(dates[-1], first)

    def _is_open(self, task: Model) -> bool:
        status = self.world.table("taskstatuses").get(task["taskStatusId"], {})
        project = self.world.projects.get(task.get("projectId") or "", {})
        state = project.get("projectStatus") or {}
        return status.get("type") != "done" and state.get("type") not in _CLOSED_PROJECTS

    def _effort_s(self, task: Model) -> int:
        """What is planned for the person, less what is in the calendar or done already."""
        people = {each["id"]: each for each in task.get("assignees") or []}
        if self.user_id not in people:
            return 0
        of_task = {"taskId": task["id"], "userId": self.user_id}
        blocks = self.world.find_where("taskschedules", **of_task)
        entries = self.world.find_where("timeentries", **of_task)
        spent: int = sum(b["plannedDuration"] for b in blocks) + sum(e["duration"] for e in entries)
        planned = int(people[self.user_id].get("plannedEffort") or 0)
        return max(planned - spent, 0)

    def _share(self, total_s: int, day: date, first: date, last: date) -> int:
        """A day's part of a total spread by capacity; evenly where there is no capacity at all."""
        weights = {each: self.capacity_s(each) for each in _days(first, last)}
        if not any(weights.values()):
            weights = dict.fromkeys(weights, 1)
        return total_s * weights[day] // sum(weights.values())


def workload(ask: Ask) -> Answer:
    """Each user's days in the interval, both ends included."""
    for needed in _NEEDED:
        if not ask.query.get(needed):
            raise invalid(needed, "is required")
    first, last = (_queried(ask, name, _day) for name in ("intervalStart", "intervalEnd"))
    if last < first:
        raise invalid("intervalEnd", "must not be before intervalStart", code="date-dependency")
    rough = _queried(ask, "roughPlanningFrom", int)
    rough_from = ask.world.clock().astimezone(UTC).date() + timedelta(days=rough)
    with_details = ask.query.get("fetchDetails", "").lower() == "true" and first == last
    users = [_user(ask, ident.strip()) for ident in ask.query["userIds"].split(",")]
    plans = [Plan(ask.world, user["id"], rough_from) for user in users]
    days = list(_days(first, last))
    return Answer(
        body=[
            {"userId": p.user_id, "workloads": [_shown(p, day, with_details) for day in days]}
            for p in plans
        ]
    )


def _shown(plan: Plan, day: date, with_details: bool) -> Model:
    capacity = plan.capacity_s(day)
    blocks, tasks, bookings = plan.schedules(day), list(plan.tasks(day)), list(plan.bookings(day))
    planned = sum(block["plannedDuration"] for block in blocks)
    planned += sum(seconds for _, seconds in (*tasks, *bookings))
    shown = {
        "date": stamp(midnight(day)),
        "duration": float(planned),
        "userCapacity": capacity,
        "remainingUserCapacity": capacity - planned,
    }
    return {**shown, **_details(plan, blocks, tasks, bookings)} if with_details else shown


def _details(
    plan: Plan,
    blocks: list[Model],
    tasks: list[tuple[Model, int]],
    bookings: list[tuple[Model, int]],
) -> Model:
    """The tasks and bookings behind a day, under their projects where they have one."""
    seconds = {task["id"]: rough for task, rough in tasks}
    for block in blocks:
        seconds[block["taskId"]] = seconds.get(block["taskId"], 0) + block["plannedDuration"]
    shown = {ident: _task(plan.world, ident, s, blocks) for ident, s in seconds.items()}
    of = {ident: plan.world.tasks[ident].get("projectId") for ident in shown}
    projects = dict.fromkeys([*of.values(), *(booking["projectId"] for booking, _ in bookings)])
    return {
        "tasks": [task for ident, task in shown.items() if of[ident] is None],
        "projects": [
            {
                **_project(plan.world, project_id),
                "tasks": [task for ident, task in shown.items() if of[ident] == project_id],
                "timeBookings": [
                    {**pick(b, ("id", "description", "isAnonymized")), "duration": s}
                    for b, s in bookings
                    if b["projectId"] == project_id
                ],
            }
            for project_id in projects
            if project_id is not None
        ],
    }


def _project(world: World, ident: str) -> Model:
    project = world.projects[ident]
    company = pick(project.get("company") or {}, ("id", "name", "hasImage"))
    return {**pick(project, ("id", "name", "hasImage")), "company": company or None}


def _task(world: World, ident: str, seconds: int, blocks: list[Model]) -> Model:
    task = world.tasks[ident]
    status = world.table("taskstatuses").get(task["taskStatusId"], {})
    return {
        **pick(task, ("id", "name", "isRecurring")),
        "duration": seconds,
        "taskStatus": pick(status, ("id", "name", "type")),
        "taskSchedules": [
            {"from": b["startDate"], "to": b["endDate"], "duration": b["plannedDuration"]}
            for b in blocks
            if b["taskId"] == ident
        ],
    }


def _user(ask: Ask, ident: str) -> Model:
    found = ask.present.users.get(ident.lower())
    if found is None:
        raise invalid("userIds", f"refers to nothing: {ident}")
    return found


def _queried(ask: Ask, name: str, read: Callable[[str], _Read]) -> _Read:
    try:
        return read(ask.query[name])
    except ValueError:
        # The caller's mistake: said with its value, nothing else is looked at.
        raise invalid(name, f"cannot be read: {ask.query[name]}") from None


def _covers(absence: Model, half: datetime) -> bool:
    return read_instant(absence["startOn"]) <= half < read_instant(absence["endOn"])


def _day(text: str) -> date:
    return read_instant(text).astimezone(UTC).date()


def _days(first: date, last: date) -> Iterator[date]:
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


ROUTES: Routes = {("GET", "/users/workload"): workload}
