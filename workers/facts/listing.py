"""What a cron rule runs over: `for_each` as a list of awork's own objects.

    {running_timers: {}}                time entries of everybody whose timer runs
    {tasks: {project: …, filter: …}}    project tasks; of one project by name or id, or of all that
                                        our API user sees. filter: awork's own `filterby`
    {schedules: {day: today}}           task schedules that touch a day of the rule's zone
    {users: {}}                         people who can work: neither archived, deactivated nor
                                        deleted, and not our own API user

Sources: https://developers.awork.com (filtering, pagination) and the contract. There is no GET
/tasks, and GET /taskschedules takes no filter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

from webhooks.errors import RunFailed, TargetGone, TargetRefused
from workers.facts.derived import is_timer
from workers.facts.readable import span_of
from workers.facts.reads import naming, refused
from workers.planning.spans import Span as Block
from workers.rules.model import Listing
from workers.rules.values import calendar_day
from workers.targets.awork import Awork
from workers.targets.directory import Directory
from workers.targets.filters import where

Items = list[dict[str, Any]]
Arguments = Mapping[str, object]

#: The second half leaves out entries of a duration alone: they have no end either.
_RUNNING = str(where("endTimeUtc").eq(None) & where("startTimeUtc").ne(None))


def listing(
    rule_listing: Listing, awork: Awork, directory: Directory, today: date, *, zone: tzinfo
) -> Items:
    """The items a rule runs over, as awork gives them, in awork's order.

    today: in the rule's zone. zone: the rule's, in which `schedules` counts days.
    Raises RunFailed: "unknown-name" or "ambiguous-name" for the project, "list-gone" when it
    does not exist any more, "read-refused" when awork refuses (a filter it cannot read, say).
    Raises TargetBusy when awork cannot answer now.
    """
    arguments = rule_listing.arguments
    lists: Mapping[str, Callable[[], Items]] = {
        "running_timers": lambda: _running_timers(awork),
        "tasks": lambda: _tasks(arguments, awork, directory),
        "schedules": lambda: _schedules(_day(arguments, today, zone), awork),
        "users": lambda: _users(awork, directory),
    }
    try:
        return lists[rule_listing.name]()
    except TargetGone as error:
        # Only a project can be gone, and a rule that never runs again must not go unnoticed.
        raise RunFailed("list-gone", f"for_each: {error}; name another project") from error
    except TargetRefused as error:
        raise naming("for_each", refused(error)) from error


def _running_timers(awork: Awork) -> Items:
    found = awork.list("/timeentries", filterby=_RUNNING)
    return [entry for entry in found if is_timer(entry)]


def _tasks(arguments: Arguments, awork: Awork, directory: Directory) -> Items:
    project, text = arguments.get("project"), arguments.get("filter")
    path = "/me/projecttasks"
    if project is not None:
        path = f"/projects/{directory.project(awork, project)}/projecttasks"
    return awork.list(path, filterby=str(text)) if text else awork.list(path)


def _schedules(day: Block, awork: Awork) -> Items:
    return [one for one in awork.list("/taskschedules") if _touches(one, day)]


def _users(awork: Awork, directory: Directory) -> Items:
    me = directory.me(awork)
    return [user for user in awork.list("/users") if user.get("id") != me and _is_active(user)]


def _day(arguments: Arguments, today: date, zone: tzinfo) -> Block:
    wanted = arguments.get("day", "today")
    first = today if wanted == "today" else calendar_day(str(wanted))
    begin, end = (datetime.combine(d, time(), zone) for d in (first, first + timedelta(days=1)))
    return Block(begin, end)


def _touches(schedule: Mapping[str, Any], day: Block) -> bool:
    block = span_of(schedule)
    return block is not None and block.seconds_within(day) > 0


def _is_active(user: Mapping[str, Any]) -> bool:
    status = user.get("status")
    flags = [user.get("isArchived"), user.get("isDeactivated"), user.get("deletedOn")]
    return not any([*flags, isinstance(status, Mapping) and status.get("isDeactivated")])
