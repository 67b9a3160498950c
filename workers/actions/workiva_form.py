"""From the parameters of a rule to the properties of a Workiva task. Performs no I/O.

A day is midnight UTC, as in awork, and as Workiva's own examples have their days.
Source: Workiva's developer documentation, "Task", versions 2022-01-01 and 2026-01-01.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from workers.actions import values
from workers.actions.base import Parameters, invalid
from workers.rules.vocabulary import Parameter, ParameterKind
from workers.targets.directory import is_id
from workers.targets.workiva_api import Api

#: what Workiva calls the one kind of participant it has
USER_TYPE = "USER"
MODES = ("ONE", "ALL")

#: no space, no @, and not the form of awork's ids
_USER_ID = r"(?!([0-9a-fA-F]+-){4}[0-9a-fA-F]{12}$)[^\s@]+"
_LIKE = "the id of a Workiva user: no name, no e-mail address and no id of awork's"
_USER = Parameter(
    ParameterKind.TEXT,
    about="the id of a Workiva user",
    pattern=_USER_ID,
    like=_LIKE,
    fields={
        "id": Parameter(
            ParameterKind.TEXT,
            required=True,
            about="of a Workiva user",
            pattern=_USER_ID,
            like=_LIKE,
        ),
        "type": Parameter(ParameterKind.TEXT, about="what it is of", choices=(USER_TYPE,)),
    },
)
_STEP = Parameter(
    ParameterKind.MAP,
    about="one step",
    fields={
        "completion_mode": Parameter(
            ParameterKind.TEXT, required=True, about="who has to approve", choices=MODES
        ),
        "participants": Parameter(
            ParameterKind.LIST, required=True, about="ids of Workiva users", items=_USER
        ),
        "due_date": Parameter(
            ParameterKind.DAY_OR_INSTANT, about="when it is due", may_be_null=True
        ),
    },
)
_LOCATION = {
    "resource": Parameter(ParameterKind.TEXT, required=True, about="id of a document"),
    "segment": Parameter(ParameterKind.TEXT, about="id of a part of it", may_be_null=True),
}
#: the parameters that both actions have
SHARED: Mapping[str, Parameter] = {
    "due_date": Parameter(
        ParameterKind.DAY_OR_INSTANT, about="when it is due; null for none", may_be_null=True
    ),
    "description": Parameter(ParameterKind.TEXT, about="what is to be done"),
    "assignees": Parameter(ParameterKind.LIST, about="ids of Workiva users", items=_USER),
    "location": Parameter(ParameterKind.MAP, about="what it is about", fields=_LOCATION),
}
STEPS = Parameter(ParameterKind.LIST, about="who has to approve, in order", items=_STEP)

#: characters of a marker and what stands before it
_MARKED = len("\n\n⟨hw:000000000000⟩")


@dataclass(frozen=True)
class Form:
    """What a task is written by, beside its parameters."""

    #: IANA zone of the rule
    timezone: str
    api: Api
    #: to stand at the end of the description; empty for none
    marker: str


def body(parameters: Parameters, form: Form) -> dict[str, Any]:
    """A new task: what is given, and nothing else. Raises RunFailed for a value that cannot be."""
    found = wanted(parameters, form)
    if form.marker and "description" not in found:
        found["description"] = form.marker
    return found


def wanted(parameters: Parameters, form: Form) -> dict[str, Any]:
    """The properties that are given, by Workiva's names. Raises RunFailed."""
    return {
        name: read(parameters, form)
        for parameter, (name, read) in _READ.items()
        if parameter in parameters
    }


def _title(parameters: Parameters, form: Form) -> str:
    # Looked for by it after a lost answer: it must come back as it was sent.
    title = str(parameters["title"]).strip()
    most = form.api.longest_title
    if not title:
        raise invalid("title", parameters["title"], "a title")
    if most and len(title) > most:
        expected = f"at most {most}{_because(form)}"
        raise invalid("title", f"{len(title)} characters", expected)
    return title


def _description(parameters: Parameters, form: Form) -> str:
    given = str(parameters["description"])
    text = f"{given}\n\n{form.marker}".strip() if form.marker else given
    most = form.api.longest_description
    if most and len(text) > most:
        left = f"{most - _MARKED} ({most} with its marker)" if form.marker else str(most)
        raise invalid("description", f"{len(given)} characters", f"at most {left}{_because(form)}")
    return text


def _because(form: Form) -> str:
    return f": WORKIVA_API={form.api.name} takes no more"


def _due(parameters: Parameters, form: Form) -> str | None:
    return _moment("due_date", parameters["due_date"], form)


def _moment(name: str, value: object, form: Form) -> str | None:
    """As Workiva's examples write them: 2023-06-11T13:00:00+00:00."""
    at = values.by({name: value}, name, form.timezone)
    return at.astimezone(UTC).isoformat(timespec="seconds") if at else None


def _assignees(parameters: Parameters, _form: Form) -> list[dict[str, str]]:
    return _users("assignees", parameters["assignees"])


def _users(name: str, value: object) -> list[dict[str, str]]:
    return [_user(name, one) for one in values.several(value)]


def _user(name: str, given: object) -> dict[str, str]:
    ident = given.get("id") if isinstance(given, Mapping) else given
    kind = given.get("type", USER_TYPE) if isinstance(given, Mapping) else USER_TYPE
    if kind != USER_TYPE:
        raise invalid(f"type in {name}", kind, f"{USER_TYPE}, the only one that Workiva has")
    if not isinstance(ident, str) or not re.fullmatch(r"[^\s@]+", ident):
        raise invalid(name, given, "ids of Workiva users; it takes no names or e-mail addresses")
    if is_id(ident):
        raise invalid(name, ident, "ids of Workiva users; this has the form of awork's ids")
    return {"id": ident, "type": USER_TYPE}


def _location(parameters: Parameters, _form: Form) -> dict[str, Any]:
    given = parameters["location"]
    if not isinstance(given, Mapping) or not isinstance(given.get("resource"), str):
        raise invalid("location", given, "a map with resource, and segment where it has one")
    return {name: given[name] for name in ("resource", "segment") if name in given}


def _steps(parameters: Parameters, form: Form) -> list[dict[str, Any]]:
    return [_step(one, form) for one in values.several(parameters["approval_steps"])]


def _step(given: object, form: Form) -> dict[str, Any]:
    if not isinstance(given, Mapping) or not {"completion_mode", "participants"} <= given.keys():
        raise invalid("approval_steps", given, "maps with completion_mode and participants")
    mode = given["completion_mode"]
    if mode not in MODES:
        raise invalid("completion_mode", mode, "ONE (one of them approves) or ALL, in capitals")
    step = {"completionMode": mode, "participants": _users("participants", given["participants"])}
    if "due_date" in given:
        step["dueDate"] = _moment("due_date of a step", given["due_date"], form)
    return step


def _status(parameters: Parameters, _form: Form) -> str:
    return str(parameters["status"])


def _notifications(parameters: Parameters, _form: Form) -> bool:
    given = parameters["notifications_disabled"]
    if not isinstance(given, bool):
        raise invalid("notifications_disabled", given, "true or false")
    return given


#: parameter -> what Workiva calls it, and how it is read
_READ: Mapping[str, tuple[str, Callable[[Parameters, Form], Any]]] = {
    "title": ("title", _title),
    "description": ("description", _description),
    "due_date": ("dueDate", _due),
    "assignees": ("assignees", _assignees),
    "location": ("location", _location),
    "approval_steps": ("approvalSteps", _steps),
    "status": ("status", _status),
    "notifications_disabled": ("notificationsDisabled", _notifications),
}
