"""What awork answers in a test: what is given, what the event carries, and what is filled in."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from deploy.ruletests import events
from deploy.ruletests.inprocess import BASE_URL, InProcess
from deploy.ruletests.scene import Case, Scene, scene
from deploy.ruletests.tables import OTHER_NAMES, TABLES, fields_of_tables
from deploy.sandbox.contract import the_contract
from deploy.sandbox.seed import samples
from webhooks.sources.kinds import KINDS
from workers.rules.findings import Findings
from workers.rules.testing.model import Known
from workers.rules.testing.testfile import read

KNOWN = Known({}, (), fields_of_tables(), OTHER_NAMES)


def scene_of(written: str, fixture: dict[str, Any] | None = None) -> Scene:
    """The scene of one test with these keys in flow style."""
    text = f"tests: [{{name: a, expect: nothing, {written}}}]"
    findings = Findings.of_text("a.test.yaml", text)
    [test] = read(text, findings, KNOWN)
    assert findings.mistakes == []
    return scene(Case(test, fixture))


def entity_of(written: str) -> dict[str, Any]:
    """The entity of the event, short names in place of ids."""
    there = scene_of(written)
    assert there.payload is not None
    entity: dict[str, Any] = named(there, there.payload["entity"])
    return entity


def named(there: Scene, value: Any) -> Any:
    """The value with short names for ids."""
    if isinstance(value, dict):
        return {name: named(there, item) for name, item in value.items()}
    if isinstance(value, list):
        return [named(there, item) for item in value]
    return there.names.told(value) if isinstance(value, str) else value


def answer(there: Scene, path: str) -> Any:
    """What awork says to a GET; `{t1}` in the path is an id."""
    ids = {name: there.names.id(name) for name in ("t1", "t2", "p1", "u1", "us", "e1")}
    with httpx.Client(base_url=f"{BASE_URL}/", transport=InProcess(there.world)) as client:
        found = client.get(path.format(**ids).lstrip("/")).raise_for_status().json()
    return named(there, found)


@pytest.mark.parametrize("kind", KINDS)
def test_the_name_of_an_event_stands_for_its_sample(kind: str) -> None:
    there = scene_of(f"event: {kind}")

    assert there.payload is not None
    [sample, *_] = [each["payload"] for each in samples() if each["event"] == kind]
    assert there.payload["entity"].keys() >= sample["entity"].keys() - {"assignees"}
    assert there.payload["eventType"] == kind
    assert there.payload["entityId"] == sample["entityId"]


def test_maps_merge_lists_and_values_replace_and_null_removes() -> None:
    entity = entity_of(
        "event: {eventType: task_added, entity: {name: New, tags: [urgent], dueOn: null,"
        " project: {name: Other}}}"
    )

    assert entity["name"] == "New"
    assert entity["tags"] == [{"name": "urgent"}]
    assert "dueOn" not in entity
    assert entity["project"]["name"] == "Other"
    assert entity["project"]["projectKey"] == "HAFEN"
    assert entity["startOn"] == "2026-11-23T08:00:00Z"


def test_whoever_refers_to_another_project_has_nothing_of_the_samples() -> None:
    entity = entity_of(
        "event: {eventType: task_added, entity: {projectId: p1}},"
        " given: {projects: {p1: {name: Mine, projectType: {name: Client}}}}"
    )

    assert (entity["projectId"], entity["project"]["id"]) == ("p1", "p1")
    assert entity["project"]["name"] == "Mine"
    assert entity["project"]["projectType"]["name"] == "Client"
    assert "company" not in entity["project"]


def test_an_event_takes_what_is_given_of_its_entity() -> None:
    entity = entity_of(
        "event: {eventType: task_added, entity: {id: t1}}, given:"
        " {tasks: {t1: {plannedDuration: 6h, assignees: [u1]}}, users: {u1: {firstName: Ada}}}"
    )

    assert entity["plannedDuration"] == entity["totalPlannedDuration"] == 21600
    assert [person["firstName"] for person in entity["assignees"]] == ["Ada"]


def test_what_the_test_says_of_the_event_wins_over_what_is_given() -> None:
    there = scene_of(
        "event: {eventType: task_added, entity: {id: t1, name: As sent}},"
        " given: {tasks: {t1: {name: As it is now}}}"
    )

    assert there.payload is not None
    assert there.payload["entity"]["name"] == "As sent"
    assert answer(there, "/tasks/{t1}")["name"] == "As it is now"


def test_a_status_is_told_by_its_type_alone() -> None:
    entity = entity_of("event: {eventType: task_added, entity: {taskStatus: {type: done}}}")

    assert (entity["taskStatus"]["name"], entity["taskStatus"]["type"]) == ("Done", "done")
    assert entity["taskStatusId"] == entity["taskStatus"]["id"]


@pytest.mark.parametrize(
    ("entity", "wanted"),
    [
        # the sample: 07:05 to 08:12 UTC, 08:05 to 09:12 in Berlin
        ("{note: n}", ("07:05:00", "08:12:00", "08:05:00", 4020)),
        ("{duration: 30m}", ("07:05:00", "07:35:00", "08:05:00", 1800)),
        ("{startTimeUtc: '06:00:00'}", ("06:00:00", "07:07:00", "07:00:00", 4020)),
        ("{startTimeLocal: '06:00:00', duration: 1h}", ("05:00:00", "06:00:00", "06:00:00", 3600)),
        ("{startDateLocal: 2026-11-19, duration: 1h}", ("07:05:00", "08:05:00", "08:05:00", 3600)),
        ("{endTimeUtc: '09:05:00'}", ("07:05:00", "09:05:00", "08:05:00", 7200)),
        ("{duration: 0}", ("07:05:00", None, "08:05:00", 0)),
        ("{startTimeUtc: null, duration: 1h}", (None, None, None, 3600)),
    ],
)
def test_all_times_of_an_entry_follow_those_the_test_gives(
    entity: str, wanted: tuple[object, ...]
) -> None:
    found = entity_of(f"event: {{eventType: timetracking_added, entity: {entity}}}")

    names = ("startTimeUtc", "endTimeUtc", "startTimeLocal", "duration")
    assert tuple(found.get(name) for name in names) == wanted


def test_the_members_of_a_project_have_the_names_of_its_users() -> None:
    entity = entity_of(
        "event: {eventType: project_added, entity: {members: [u1]}},"
        " given: {users: {u1: {firstName: Ada}}}"
    )

    assert [(one["userId"], one["firstName"]) for one in entity["members"]] == [("u1", "Ada")]


def test_the_envelope_follows_the_entity_and_the_moment() -> None:
    there = scene_of("now: 2026-03-27T15:00Z, event: {eventType: task_added, entity: {id: t1}}")

    payload = named(there, there.payload)
    assert payload["entityId"] == "t1"
    assert payload["entityLink"].endswith("/tasks/t1")
    assert payload["timestamp"] == "2026-03-27T15:00:00.0000000+00:00"


def test_without_now_it_is_the_moment_of_the_event() -> None:
    assert f"{scene_of('event: task_added').now:%Y-%m-%d %H:%M:%S}" == "2026-11-20 08:15:30"


def test_a_fixture_is_left_as_it_is_but_for_its_short_names() -> None:
    fixture = {
        "eventType": "task_added",
        "timestamp": "2026-03-27T15:00:00.1234567+00:00",
        "entity": {"id": "t1", "taskStatusId": "s1", "assignees": [{"id": "u1"}]},
        "changes": [{"property": "TaskStatusId", "old": "s0", "new": "s1"}],
        "triggeredBy": {"id": "us"},
    }

    there = scene_of("event: a.json", fixture)

    assert named(there, there.payload) == fixture
    assert there.payload is not None
    assert there.payload["triggeredBy"]["id"] == there.world.api_user_id
    assert there.payload["changes"][0]["new"] == there.payload["entity"]["taskStatusId"]


def test_awork_knows_what_the_event_carries() -> None:
    there = scene_of("event: task_added")

    assert there.payload is not None
    task = answer(there, f"/tasks/{there.payload['entityId']}")
    project = answer(there, f"/projects/{there.payload['entity']['projectId']}")
    people = answer(there, "/users")
    assert task["name"] == "Build checkout page"
    assert project["name"] == "Webshop relaunch"
    assert [person["firstName"] for person in people] == ["Mara", "Timo"]


@pytest.mark.parametrize("kind", ["task_deleted", "project_deleted", "timetracking_deleted"])
def test_what_was_deleted_is_not_there_any_more(kind: str) -> None:
    there = scene_of(f"event: {kind}")

    assert there.payload is not None
    table = {"task": "tasks", "project": "projects", "timetracking": "timeentries"}
    assert there.payload["entityId"] not in there.world.table(table[there.payload["entityType"]])


def test_nothing_is_there_that_nobody_spoke_of() -> None:
    there = scene_of("event: company_updated")

    counts = {name: len(table) for name, table in there.world.tables.items() if table}
    # the one who caused it and our API user; a type of work, a status: awork is never without
    assert counts == {"users": 2, "capacities": 2, "typeofwork": 1, "taskstatuses": 5}


def test_the_user_of_our_token_has_any_id_the_test_gives_it() -> None:
    captured = "4b6dcb3a-9f4c-4a4e-8a52-bd4f5a0f7a10"

    there = scene_of(f"event: task_added, given: {{me: {captured}}}")

    assert answer(there, "/me")["id"] == "us"
    assert there.world.api_user_id == captured


@pytest.mark.parametrize(
    ("given", "path", "wanted"),
    [
        ("tasks: {t1: {plannedDuration: 1h30m}}", "/tasks/{t1}", {"plannedDuration": 5400}),
        ("tasks: {t1: {dueOn: 2026-04-02}}", "/tasks/{t1}", {"dueOn": "2026-04-02T00:00:00Z"}),
        (
            "tasks: {t1: {trackedDuration: 2h}}",
            "/tasks/{t1}",
            {"trackedDuration": 7200, "totalTrackedDuration": 7200},
        ),
        (
            "tasks: {t1: {}}, time_entries: [{taskId: t1, duration: 45m}]",
            "/tasks/{t1}",
            {"trackedDuration": 2700},
        ),
        (
            "tasks: {t1: {plannedDuration: 2h}, t2: {plannedDuration: 1h, parentId: t1}}",
            "/tasks/{t1}",
            {"totalPlannedDuration": 3 * 3600, "numberOfSubtasks": 1},
        ),
        ("tasks: {t1: {projectId: p1}}", "/tasks/{t1}", {"entityId": "p1"}),
        ("projects: {p1: {members: [u1]}}", "/projects/{p1}", {"name": "p1"}),
        ("users: {u1: {firstName: Ada}}", "/users/{u1}", {"firstName": "Ada", "lastName": ""}),
        ("capacities: {u1: {mon: 4h}}", "/users/{u1}/capacity", {"capacityPerWeek": 36 * 3600}),
        ("timeEntries: {e1: {duration: 1h}}", "/timeentries/{e1}", {"duration": 3600}),
        (
            "timeentries: {e1: {startDateUtc: 2026-03-27, startTimeUtc: '08:00:00', duration: 1h}}",
            "/timeentries/{e1}",
            {"startTimeLocal": "09:00:00", "endTimeUtc": "09:00:00"},
        ),
    ],
)
def test_given_is_what_awork_answers(given: str, path: str, wanted: dict[str, Any]) -> None:
    there = scene_of(f"now: 2026-03-27T15:00Z, event: company_updated, given: {{{given}}}")

    found = answer(there, path)

    assert {name: found[name] for name in wanted} == wanted


@pytest.mark.parametrize(
    ("given", "path", "wanted"),
    [
        (
            "absences: [{userId: u1, startOn: 2026-03-30, isHalfDayOnStart: true}]",
            "/absences",
            {"userId": "u1", "endOn": "2026-03-30T00:00:00Z", "isHalfDayOnStart": True},
        ),
        (
            "workspace_absences: [{startOn: 2026-12-24, endOn: 2026-12-26}]",
            "/workspaceabsences",
            {"startOn": "2026-12-24T00:00:00Z", "endOn": "2026-12-26T00:00:00Z"},
        ),
        (
            "schedules: [{taskId: t1, userId: u1, startDate: 2026-03-30T08:00Z,"
            " plannedDuration: 2h}]",
            "/taskschedules",
            {"endDate": "2026-03-30T10:00:00.000Z", "plannedDuration": 7200},
        ),
        (
            "bookings: [{userId: u1, startDate: 2026-03-30}]",
            "/projecttimebookings",
            {"endDate": "2026-03-30", "duration": 8 * 3600},
        ),
        (
            "statuses: {s1: {type: review, projectId: p1}}",
            "/projects/{p1}/taskstatuses?orderby=order%20desc",
            {"name": "Review", "id": "s1"},
        ),
        ("lists: {l1: {projectId: p1}}", "/projects/{p1}/tasklists", {"id": "l1", "name": "l1"}),
        ("types_of_work: {w1: {name: Design}}", "/typeofwork", {"id": "w1", "name": "Design"}),
        ("comments: [{taskId: t1, message: hi}]", "/tasks/{t1}/comments", {"message": "hi"}),
        (
            "dependencies: [{predecessorId: t2, successorId: t1}]",
            "/tasks/{t1}/taskdependencies",
            {"predecessorId": "t2", "successorId": "t1"},
        ),
        ("users: [u1]", "/users", {"id": "u1", "firstName": "u1"}),
    ],
)
def test_given_is_listed_too(given: str, path: str, wanted: dict[str, Any]) -> None:
    there = scene_of(f"now: 2026-03-27T15:00Z, event: company_updated, given: {{{given}}}")

    found = answer(there, path)

    assert any(wanted.items() <= each.items() for each in found), found


FILLED = """now: 2026-03-27T15:00Z, event: task_added, given: {
    tasks: {t1: {}, t2: {baseType: private, userId: u1}}, projects: {p1: {members: [u1]}},
    users: {u1: }, lists: {l1: }, types_of_work: {w1: }, statuses: {s1: }, comments: [{}],
    time_entries: {e1: {taskId: t1}}, schedules: [{}], bookings: [{}], absences: [{}],
    workspace_absences: [{}], regions: {r1: },
    dependencies: [{predecessorId: t1, successorId: t2}]}"""


@pytest.mark.parametrize(
    ("path", "template"),
    [
        ("/tasks/{t1}", "/tasks/{taskId}"),
        ("/tasks/{t2}", "/tasks/{taskId}"),
        ("/projects/{p1}", "/projects/{projectId}"),
        ("/users/{u1}", "/users/{userId}"),
        ("/users/{u1}/capacity", "/users/{userId}/capacity"),
        ("/timeentries/{e1}", "/timeentries/{timeEntryId}"),
        ("/me", "/me"),
        ("/users", "/users"),
        ("/projects", "/projects"),
        ("/projects/{p1}/taskstatuses", "/projects/{projectId}/taskstatuses"),
        ("/projects/{p1}/tasklists", "/projects/{projectId}/tasklists"),
        ("/typeofwork", "/typeofwork"),
        ("/tasks/{t1}/comments", "/tasks/{taskId}/comments"),
        ("/tasks/{t1}/taskdependencies", "/tasks/{taskId}/taskdependencies"),
        ("/taskschedules", "/taskschedules"),
        ("/projecttimebookings", "/projecttimebookings"),
        ("/absences", "/absences"),
        ("/workspaceabsences", "/workspaceabsences"),
        ("/absenceregions", "/absenceregions"),
    ],
)
def test_what_is_filled_in_answers_as_the_contract_promises(path: str, template: str) -> None:
    there = scene_of(FILLED)
    ids = {name: there.names.id(name) for name in ("t1", "t2", "p1", "u1", "e1")}

    with httpx.Client(base_url=f"{BASE_URL}/", transport=InProcess(there.world)) as client:
        found = client.get(path.format(**ids).lstrip("/"))

    flaws = the_contract().operation("GET", template).answer_flaws(found.status_code, found.json())
    assert flaws == []


def test_every_table_is_one_of_the_sandboxs() -> None:
    there = scene_of("event: task_added")

    assert {table.key for table in TABLES.values()} <= there.world.tables.keys()


def test_a_name_stands_for_the_same_id_everywhere() -> None:
    first, second = scene_of("event: task_added"), scene_of("event: task_updated")

    assert first.names.id("t1") == second.names.id("t1")
    assert first.names.id("us") == events.our_id()
