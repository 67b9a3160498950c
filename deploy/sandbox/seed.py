"""The workspace a sandbox starts with: everything the sample events speak of, and a little more.

Reads the samples beside this module; performs no other I/O.
"""

from __future__ import annotations

import copy
import json
import uuid
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from deploy.sandbox.refusals import Model
from deploy.sandbox.stamps import Clock, system_clock
from deploy.sandbox.world import WORKSPACE_URL, World

SAMPLES_FILE = Path(__file__).parent / "samples" / "events.json"

#: The sample whose trigger is the API user itself.
OWN_DOING = "caused by our own API user (loop guard test)"

_IDS = uuid.UUID("6f0c1f43-4a59-5c1e-9f6b-0d2f6c6f3a10")
_FOUNDED = "2026-01-05T08:00:00.000Z"
_WORKDAY_S = 8 * 3600


@cache
def _samples_text() -> str:
    return SAMPLES_FILE.read_text("utf-8")


def samples() -> list[Model]:
    """All samples: `event`, `variant`, `confidence`, `note` and `payload` of each."""
    found: list[Model] = json.loads(_samples_text())["samples"]
    return found


def sample(event: str, variant: str = "") -> Model:
    """The payload of the first sample of an event, or of one variant of it."""
    for each in samples():
        if each["event"] == event and variant in ("", each["variant"]):
            payload: Model = each["payload"]
            return payload
    raise KeyError(f"no sample of {event} {variant}")


def seeded_world(clock: Clock = system_clock) -> World:
    """A new workspace with the samples' users, project, task, statuses, lists and types."""
    world = World(clock=clock)
    world.api_user_id = sample("task_status_changed", OWN_DOING)["triggeredBy"]["id"]
    world.workspace = {"id": stable_id("workspace"), "name": "Nordlicht Studio"}
    world.workspace["url"] = WORKSPACE_URL
    _seed_projects(world)
    _seed_users(world)
    _seed_regions(world)
    _seed_statuses(world)
    _seed_task(world)
    return world


def stable_id(name: str) -> str:
    """The same id for the same name in every sandbox."""
    return str(uuid.uuid5(_IDS, name))


def _payloads(entity_type: str) -> Iterator[Model]:
    for each in samples():
        if each["payload"]["entityType"] == entity_type:
            yield each["payload"]


def _seed_projects(world: World) -> None:
    for payload in _payloads("project"):
        world.projects.setdefault(payload["entityId"], payload["entity"])
    for payload in _payloads("absence"):
        world.table("absences").setdefault(payload["entityId"], payload["entity"])


def _seed_users(world: World) -> None:
    for payload in _payloads("user"):
        world.users.setdefault(payload["entityId"], payload["entity"])
    for each in samples():
        payload = each["payload"]
        for person in [*payload["entity"].get("assignees", []), payload["triggeredBy"]]:
            if person["id"] not in world.users:
                world.users[person["id"]] = new_user(person)
    for ident in world.users:
        world.table("capacities")[ident] = new_capacity(ident)


def _seed_regions(world: World) -> None:
    """Two regions without a holiday yet: all people are in the first."""
    places = (("Germany", "DE", "Hamburg", "HH"), ("Austria", "AT", "Wien", "9"))
    everyone = [ident for ident in world.users if ident != world.api_user_id]
    for number, (country, code, location, location_code) in enumerate(places):
        ident = stable_id(f"region {location}")
        world.table("absenceregions")[ident] = {
            "id": ident,
            "name": location,
            "countryCode": code,
            "country": country,
            "locationCode": location_code,
            "location": location,
            "isDefault": number == 0,
            "numberOfPublicHolidays": 0,
            "assignedUsers": [] if number else everyone,
            "createdOn": _FOUNDED,
            "createdBy": world.api_user_id,
            "updatedOn": _FOUNDED,
            "updatedBy": world.api_user_id,
        }


def new_user(person: Model) -> Model:
    """A full user around the few properties nested models have."""
    names = {key: person[key] for key in ("id", "firstName", "lastName")}
    email = f"{person['firstName']}@example.org".lower()
    return {
        **names,
        "language": "de-DE",
        "isArchived": False,
        "isDeactivated": False,
        "hasImage": person.get("hasImage", False),
        "status": {"invitationAccepted": True, "isDeactivated": False},
        "userContactInfos": [{"type": "email", "subType": "work", "value": email}],
        "tags": [],
        "teams": [],
        "createdOn": _FOUNDED,
        "updatedOn": _FOUNDED,
        "resourceVersion": 639000000000000005,
        "isExternal": False,
    }


def new_capacity(user_id: str) -> Model:
    """Eight hours from Monday to Friday: the samples say nothing about it."""
    days = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), _WORKDAY_S)
    weekly = {**days, "sat": 0, "sun": 0}
    stamps = {"createdOn": _FOUNDED, "updatedOn": _FOUNDED}
    return {
        "userId": user_id,
        "weeklyCapacity": weekly,
        "capacityPerWeek": 5 * _WORKDAY_S,
        **stamps,
    }


def _seed_statuses(world: World) -> None:
    statuses, types, lists = (world.table(t) for t in ("taskstatuses", "typeofwork", "tasklists"))
    for payload in _payloads("task"):
        task = payload["entity"]
        statuses.setdefault(task["taskStatusId"], task["taskStatus"])
        types.setdefault(task["typeOfWorkId"], {**task["typeOfWork"], "createdOn": _FOUNDED})
    for payload in _payloads("tasklist"):
        lists.setdefault(payload["entityId"], payload["entity"])
    for project_id in world.projects:
        add_statuses(world, project_id)


def add_statuses(world: World, project_id: str) -> None:
    """Give a project a status of each type it has none of yet: awork's five columns."""
    columns = (
        ("To do", "todo", 1.0, "radio_button_unchecked"),
        ("In progress", "progress", 2.0, "arrow_forward"),
        ("Review", "review", 3.0, "visibility"),
        ("Stuck", "stuck", 4.0, "block"),
        ("Done", "done", 5.0, "check"),
    )
    for name, type_, order, icon in columns:
        if not world.find_where("taskstatuses", projectId=project_id, type=type_):
            ident = stable_id(f"{project_id} {type_}")
            status = {"id": ident, "name": name, "type": type_, "order": order, "icon": icon}
            world.table("taskstatuses")[ident] = {**status, "projectId": project_id}


def _seed_task(world: World) -> None:
    payload = sample("task_added", "project task")
    world.tasks[payload["entityId"]] = copy.deepcopy(payload["entity"])
