"""Fields that rules can reach and the contract's models lack, each with its reason. Data only.

Written in the words of types.py. A model named here that the contract has gains the fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Addition:
    """Fields of one model, beside those of the contract."""

    why: str
    fields: Mapping[str, str]


ADDITIONS: Mapping[str, Addition] = {
    "Event": Addition(
        "the envelope of a webhook is no model of the API; awork documents it with the webhooks",
        {
            "entityId": "id",
            "entityLink": "text",
            "entityType": "text",
            "eventType": "text",
            "timestamp": "moment",
            "traceId": "text",
            "triggeredBy": "TriggeredBy",
        },
    ),
    "Change": Addition(
        "an entry of a webhook's `changes`; its sides are text whatever the field holds, and"
        " documented nowhere",
        {"new": "any", "old": "any"},
    ),
    "TriggeredBy": Addition(
        "id and names are documented; the rest stood in a delivery of 2022 and is a user's",
        {
            "birthDate": "moment",
            "firstName": "text",
            "hasImage": "boolean",
            "id": "id",
            "isApiKeyUser": "boolean",
            "isDeactivated": "boolean",
            "language": "text",
            "lastName": "text",
            "status": "UserStatus",
            "tags": "list of UserTagModel",
        },
    ),
    "Company": Addition(
        "the contract's extract leaves out the calls about companies, and their model with them",
        {
            "companyContactInfos": "list of ContactInfo",
            "createdBy": "id",
            "createdOn": "moment",
            "description": "text",
            "hasImage": "boolean",
            "id": "id",
            "industry": "text",
            "isExternal": "boolean",
            "name": "text",
            "projectsCount": "number",
            "projectsInProgressCount": "number",
            "resourceVersion": "number",
            "tags": "list of CompanyTagModel",
            "updatedBy": "id",
            "updatedOn": "moment",
        },
    ),
    "TaskAssignment": Addition(
        "the entity of assignment events is documented nowhere; where it is not the task, it names"
        " the task and the person",
        {"id": "id", "task": "any", "taskId": "id", "user": "any", "userId": "id"},
    ),
    "ProjectMember": Addition(
        "the API lists members below their project; in an event the member names it",
        {"projectId": "id"},
    ),
    "TaskList": Addition(
        "the API lists task lists below their project; in an event the list names it",
        {"projectId": "id"},
    ),
    "EventFacts": Addition("worked out from triggeredBy", {"isOurs": "boolean"}),
    "TaskFacts": Addition(
        "worked out from the task's subtasks, dependencies, schedules and times",
        {
            "openPredecessors": "number",
            "openSubtasks": "number",
            "remainingDuration": "duration",
            "scheduledDuration": "duration",
        },
    ),
    "TimeEntryFacts": Addition("worked out from the entry's times", {"isRunning": "boolean"}),
    "UserFacts": Addition(
        "worked out from the user's absences, capacity, schedules and bookings",
        {
            "bookedProjects": "list of Project",
            "freeDuration": "duration",
            "isAbsent": "boolean",
            "plannedTasks": "list of TaskModel",
        },
    ),
}

_STATUS_TYPES = "text (todo | progress | review | stuck | done)"

#: Fields of the contract whose only values it says in words, in a form's description: model ->
#: field -> its words. TaskStatusForm: "Accepted values: 'todo', 'progress', 'review', …".
ONLY_VALUES: Mapping[str, Mapping[str, str]] = {
    "TaskStatus": {"type": _STATUS_TYPES},
    "NestedTaskStatusModel": {"type": _STATUS_TYPES},
}
