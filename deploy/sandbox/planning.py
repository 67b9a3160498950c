"""Task schedules and project time bookings: what awork plans. No events are raised for either."""

from __future__ import annotations

from datetime import date

from deploy.sandbox.ask import NO_CONTENT, Answer, Ask, Routes
from deploy.sandbox.lists import listed
from deploy.sandbox.refusals import Model, Refusal, invalid
from deploy.sandbox.stamps import read_instant, utc_text


def list_schedules(ask: Ask) -> Answer:
    return Answer(body=list(ask.world.schedules.values()))


def create_schedule(ask: Ask) -> Answer:
    """A block in a person's calendar; `plannedDuration` is its length.

    awork documents no refusal of overlaps, past dates or lengths, so none is made here.
    """
    task, user = ask.need("tasks", "taskId"), ask.need("users", "userId")
    schedule = {"taskId": task["id"], "userId": user["id"], **_block(ask.body)}
    return Answer(body=ask.world.add("taskschedules", schedule))


def get_schedule(ask: Ask) -> Answer:
    return Answer(body=ask.subject("taskschedules", "taskScheduleId", "task schedule"))


def put_schedule(ask: Ask) -> Answer:
    """Moves a schedule in time or to another task, never to another person."""
    schedule = ask.subject("taskschedules", "taskScheduleId", "task schedule")
    task = ask.referred("tasks", "taskId")
    task_id = task["id"] if task else schedule["taskId"]
    ask.world.touch(schedule, {"taskId": task_id, **_block(ask.body)})
    return Answer(body=schedule)


def delete_schedule(ask: Ask) -> Answer:
    schedule = ask.subject("taskschedules", "taskScheduleId", "task schedule")
    ask.world.remove("taskschedules", schedule["id"])
    return NO_CONTENT


def schedules_by_task(ask: Ask) -> Answer:
    """A block from start to due for each assignee; for more than one only if asked to.

    How awork cuts the blocks is not documented. Their ids are not answered.
    """
    task = ask.subject("tasks", "taskId", "task")
    for needed in ("startOn", "dueOn", "assignees"):
        if not task.get(needed):
            raise invalid(needed, "must be set on the task", code="invalid-operation")
    for_all = ask.query.get("createSchedulesForAllAssignees", "").lower() == "true"
    if len(task["assignees"]) > 1 and not for_all:
        what = "are several: set createSchedulesForAllAssignees=true"
        raise invalid("assignees", what, code="invalid-operation")
    if len(task["assignees"]) > 1 and not ask.world.api_user_is_admin:
        raise Refusal(401, "unauthorized", "Only an admin may plan for several people at once.")
    block = _block({"startDate": task["startOn"], "endDate": task["dueOn"]})
    for person in task["assignees"]:
        schedule = {"taskId": task["id"], "userId": person["id"], **block}
        ask.world.add("taskschedules", schedule)
    return NO_CONTENT


def _block(body: Model) -> Model:
    for needed in ("startDate", "endDate"):
        if body.get(needed) is None:
            raise invalid(needed, "is required")
    start, end = read_instant(body["startDate"]), read_instant(body["endDate"])
    if end <= start:
        raise invalid("endDate", "must be after startDate", code="date-dependency")
    block = {name: utc_text(body[name]) for name in ("startDate", "endDate")}
    return {**block, "plannedDuration": int((end - start).total_seconds())}


def list_bookings(ask: Ask) -> Answer:
    return listed(ask, list(ask.world.bookings.values()))


def create_booking(ask: Ask) -> Answer:
    return Answer(body=ask.world.add("projecttimebookings", _booking(ask)))


def put_booking(ask: Ask) -> Answer:
    booking = ask.subject("projecttimebookings", "timeBookingId", "time booking")
    ask.world.touch(booking, _booking(ask))
    return Answer(body=booking)


def delete_booking(ask: Ask) -> Answer:
    booking = ask.subject("projecttimebookings", "timeBookingId", "time booking")
    ask.world.remove("projecttimebookings", booking["id"])
    return NO_CONTENT


def _booking(ask: Ask) -> Model:
    user, project = ask.need("users", "userId"), ask.referred("projects", "projectId")
    for needed in ("startDate", "endDate", "duration"):
        if ask.body.get(needed) is None:
            raise invalid(needed, "is required")
    # A booking of one day starts and ends on it, so only an earlier end is wrong.
    if date.fromisoformat(ask.body["endDate"]) < date.fromisoformat(ask.body["startDate"]):
        raise invalid("endDate", "must not be before startDate", code="date-dependency")
    return {
        "userId": user["id"],
        "projectId": project["id"] if project else None,
        "startDate": ask.body["startDate"],
        "endDate": ask.body["endDate"],
        "duration": ask.body["duration"],
        "description": ask.body.get("description"),
        "laneOrder": ask.body.get("laneOrder", 0),
        "isAnonymized": False,
    }


def bookings_of_users(ask: Ask) -> Answer:
    """Bookings that touch the interval, both ends included, for each user asked for."""
    for needed in ("userIds", "intervalStart", "intervalEnd"):
        if not ask.query.get(needed):
            raise invalid(needed, "is required")
    first, last = (_day(ask, name) for name in ("intervalStart", "intervalEnd"))
    return Answer(body=[_of_user(ask, u, first, last) for u in ask.query["userIds"].split(",")])


def _of_user(ask: Ask, user_id: str, first: date, last: date) -> Model:
    ident = user_id.strip().lower()
    if ident not in ask.present.users:
        raise ask.dangling("userIds", user_id)
    bookings = ask.world.find_where("projecttimebookings", userId=ident)
    return {"userId": ident, "timeBookings": [b for b in bookings if _touches(b, first, last)]}


def _touches(booking: Model, first: date, last: date) -> bool:
    start, end = (date.fromisoformat(booking[name]) for name in ("startDate", "endDate"))
    return start <= last and end >= first


def _day(ask: Ask, name: str) -> date:
    try:
        return read_instant(ask.query[name]).date()
    except ValueError:
        raise invalid(name, f"is no date: {ask.query[name]}") from None


ROUTES: Routes = {
    ("GET", "/taskschedules"): list_schedules,
    ("POST", "/taskschedules"): create_schedule,
    ("POST", "/taskschedules/bytaskid/{taskId}"): schedules_by_task,
    ("GET", "/taskschedules/{taskScheduleId}"): get_schedule,
    ("PUT", "/taskschedules/{taskScheduleId}"): put_schedule,
    ("DELETE", "/taskschedules/{taskScheduleId}"): delete_schedule,
    ("GET", "/projecttimebookings"): list_bookings,
    ("POST", "/projecttimebookings"): create_booking,
    ("PUT", "/projecttimebookings/{timeBookingId}"): put_booking,
    ("DELETE", "/projecttimebookings/{timeBookingId}"): delete_booking,
    ("GET", "/users/projecttimebookings"): bookings_of_users,
}
