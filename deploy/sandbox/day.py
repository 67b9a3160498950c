"""A day at awork in a few deliveries: what people did, ready to be sent to a receiver.

Built on the samples, with everything new in it: a day can be played again and again. What the
deliveries speak of is put into the world, so that it can be asked for by id.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import httpx

from deploy.sandbox.refusals import Model
from deploy.sandbox.seed import add_statuses, new_capacity, sample
from deploy.sandbox.shown import pick, project_shown, task_shown, without_nulls
from deploy.sandbox.stamps import event_stamp, midnight, read_instant, stamp
from deploy.sandbox.tasks import next_task_number
from deploy.sandbox.world import WORKSPACE_URL, World

OFFICE = ZoneInfo("Europe/Berlin")

_SATURDAY = 5
_HOUR_S = 3600


@dataclass(frozen=True)
class Delivery:
    """One thing awork sends."""

    #: what happened, for people
    title: str
    #: exactly as sent
    body: bytes
    #: how often it arrives
    times: int = 1

    def model(self) -> Model:
        return {"title": self.title, "body": self.body.decode(), "times": self.times}


def sample_day(world: World, now: datetime) -> list[Delivery]:
    """A day's deliveries, in the order they happen; what they speak of is then in the world.

    now: aware; the day's plans are for the working days after it.
    """
    with world.muted():
        assigned = _assigned(world, now)
        return [
            Delivery("A task is assigned to Timo", assigned),
            Delivery("A client project starts", _started(world, now)),
            Delivery("A task is done, and nobody tracked time", _done(world, now)),
            Delivery("A client project is added", _added(world, now)),
            Delivery("The assignment arrives twice more", assigned, times=2),
            Delivery("A company changes, which no rule wants", _company(now)),
            Delivery("Something arrives that is not JSON", b"this is not json"),
            Delivery("A person joins", _joined(world, now)),
        ]


def working_day(after: datetime, nth: int) -> datetime:
    """Midnight in the office of the nth working day after an instant, counted from 1."""
    day = after.astimezone(OFFICE).date()
    while nth:
        day += timedelta(days=1)
        nth -= day.weekday() < _SATURDAY
    return datetime.combine(day, time(), tzinfo=OFFICE)


def play(
    url: str,
    header: str,
    secret: str,
    deliveries: Iterable[Delivery],
    client: httpx.Client,
    *,
    tell: Callable[[str], None] = lambda _: None,
) -> list[int]:
    """Send deliveries one after the other, each once it is answered. Returns the statuses.

    header, secret: name and value of the header the receiver checks. tell: gets each title.
    """
    headers = {"content-type": "application/json", header: secret}
    statuses = []
    for delivery in deliveries:
        tell(delivery.title)
        for _ in range(delivery.times):
            answer = client.post(url, content=delivery.body, headers=headers)
            statuses.append(answer.status_code)
    return statuses


def fetch_day(origin: str, client: httpx.Client) -> list[Delivery]:
    """A new sample day of a sandbox that runs elsewhere.

    origin: such as `http://127.0.0.1:8900`.
    """
    answer = client.post(f"{origin}/sandbox/day").raise_for_status()
    return [Delivery(d["title"], d["body"].encode(), d["times"]) for d in answer.json()]


def _assigned(world: World, now: datetime) -> bytes:
    """Six hours for somebody whose next morning begins with something else."""
    task = _new_task(world, sample("taskassignment_added")["entity"], now)
    task |= {
        "name": "Build product page",
        "startOn": stamp(working_day(now, 1).replace(hour=9)),
        "dueOn": stamp(working_day(now, 3).replace(hour=18)),
        "plannedDuration": 6 * _HOUR_S,
        "assignees": [{**task["assignees"][0], "plannedEffort": 6 * _HOUR_S}],
    }
    _busy(world, task["assignees"][0]["id"], working_day(now, 1).replace(hour=9))
    return _raw(sample("taskassignment_added"), task_shown(world, task), now)


def _busy(world: World, user_id: str, start: datetime) -> None:
    """An hour of another task, once however often the day is played."""
    task = sample("task_added", "project task")["entity"]["id"]
    block = {"taskId": task, "userId": user_id, "startDate": stamp(start)}
    if not world.find_where("taskschedules", **block):
        end = stamp(start + timedelta(hours=1))
        made = world.add("taskschedules", {**block, "endDate": end, "plannedDuration": _HOUR_S})
        made["createdBy"] = made["updatedBy"] = user_id


def _done(world: World, now: datetime) -> bytes:
    payload = sample("task_status_changed", "progress to done, no time tracked")
    task = _new_task(world, payload["entity"], now)
    task |= {
        "name": "Fix basket rounding",
        "startOn": stamp(working_day(now, 1).replace(hour=9)),
        "dueOn": stamp(working_day(now, 1).replace(hour=11)),
        "plannedDuration": 2 * _HOUR_S,
        "assignees": [{**task["assignees"][0], "plannedEffort": 2 * _HOUR_S}],
        "closedOn": stamp(now),
    }
    return _raw(payload, task_shown(world, task), now)


def _started(world: World, now: datetime) -> bytes:
    payload = sample("project_status_changed")
    project = _new_project(world, payload["entity"], now, name="Spring campaign", key="FRUEH")
    mara = world.users[payload["triggeredBy"]["id"]]
    project["members"].append(
        {
            **project["members"][0],
            **pick(mara, ("firstName", "lastName", "hasImage")),
            "id": world.new_id(),
            "userId": mara["id"],
            "isResponsible": False,
        }
    )
    return _raw(payload, project_shown(world, project), now)


def _added(world: World, now: datetime) -> bytes:
    payload = sample("project_added")
    project = _new_project(world, payload["entity"], now, name="Customer portal", key="PORTAL")
    return _raw(payload, project_shown(world, project), now)


def _joined(world: World, now: datetime) -> bytes:
    payload = sample("user_added")
    email = {"type": "email", "subType": "work", "value": "nele@example.org"}
    names = {"id": world.new_id(), "firstName": "Nele", "lastName": "Voss", "position": "Designer"}
    user = {**payload["entity"], **names, "userContactInfos": [email], **_stamps(world, now)}
    world.users[user["id"]] = user
    world.table("capacities")[user["id"]] = new_capacity(user["id"])
    return _raw(payload, user, now)


def _company(now: datetime) -> bytes:
    payload = sample("company_updated")
    return _raw(payload, {**payload["entity"], "updatedOn": stamp(now)}, now)


def _new_task(world: World, task: Model, now: datetime) -> Model:
    ident, number = world.new_id(), next_task_number(world, task["projectId"])
    key = world.projects[task["projectId"]]["projectKey"]
    names = {"id": ident, "correlationId": ident, "taskNumber": number}
    new = {**task, **names, "taskIdentifier": f"{key}-{number}", **_stamps(world, now)}
    world.tasks[ident] = new
    return new


def _new_project(world: World, project: Model, now: datetime, *, name: str, key: str) -> Model:
    ident = world.new_id()
    span = {
        "startDate": stamp(midnight(working_day(now, 1).date())),
        "dueDate": stamp(midnight(working_day(now, 10).date())),
    }
    counts = {"tasksCount": 0, "tasksDoneCount": 0, "trackedDuration": 0}
    names = {"id": ident, "name": name, "projectKey": key, "description": None}
    new = {**project, **names, **span, **counts, **_stamps(world, now)}
    world.projects[ident] = new
    add_statuses(world, ident)
    return new


def _stamps(world: World, now: datetime) -> Model:
    stamps = {"createdOn": stamp(now), "updatedOn": stamp(now)}
    return {**stamps, "resourceVersion": world.next_version()}


def _raw(payload: Model, entity: Model, now: datetime) -> bytes:
    """The sample's envelope around an entity, as if it happened now."""
    place = payload["entityLink"].removeprefix(WORKSPACE_URL).split("/")[1]
    envelope = {
        **payload,
        "timestamp": event_stamp(read_instant(now.isoformat())),
        "entity": entity,
        "entityId": entity["id"],
        "entityLink": f"{WORKSPACE_URL}/{place}/{entity['id']}",
        "traceId": uuid.uuid4().hex,
    }
    return json.dumps(without_nulls(envelope), ensure_ascii=False).encode()
