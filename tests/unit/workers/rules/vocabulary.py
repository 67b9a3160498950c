"""A small vocabulary of actions, as the workers publish theirs."""

from __future__ import annotations

from workers.rules.vocabulary import Parameter, ParameterKind, Vocabulary


def _needed(kind: ParameterKind) -> Parameter:
    return Parameter(kind, required=True)


_TEXT = Parameter(ParameterKind.TEXT)
_REFERENCE = Parameter(ParameterKind.REFERENCE)
_DURATION = Parameter(ParameterKind.DURATION)
_DAY = Parameter(ParameterKind.DAY)
_INSTANT = Parameter(ParameterKind.INSTANT)
_PERSON = Parameter(ParameterKind.TEXT, fields={"id": _needed(ParameterKind.TEXT)})
_STEP = Parameter(
    ParameterKind.MAP,
    fields={
        "mode": Parameter(ParameterKind.TEXT, required=True, choices=("ONE", "ALL")),
        "people": Parameter(ParameterKind.LIST, items=_PERSON),
        "until": Parameter(ParameterKind.INSTANT, may_be_null=True),
    },
)

VOCABULARY: Vocabulary = {
    "create_schedule": {
        "task": _needed(ParameterKind.REFERENCE),
        "user": _needed(ParameterKind.REFERENCE),
        "start": _needed(ParameterKind.INSTANT),
        "end": _needed(ParameterKind.INSTANT),
    },
    "create_task": {
        "name": _needed(ParameterKind.TEXT),
        "project": _REFERENCE,
        "description": _TEXT,
        "due_on": _INSTANT,
        "planned_duration": _DURATION,
        "prio": Parameter(ParameterKind.BOOLEAN),
        "assignees": Parameter(ParameterKind.LIST),
        "custom_fields": Parameter(ParameterKind.MAP),
    },
    "book_project": {
        "project": _needed(ParameterKind.REFERENCE),
        "users": _needed(ParameterKind.LIST),
        "from": _needed(ParameterKind.DAY),
        "to": _needed(ParameterKind.DAY),
        "duration": _DURATION,
        "hours_per_day": Parameter(ParameterKind.NUMBER),
        "description": _TEXT,
    },
    "log_time": {
        "user": _needed(ParameterKind.REFERENCE),
        "task": _REFERENCE,
        "duration": _DURATION,
        "date": _DAY,
        "note": _TEXT,
        "billable": Parameter(ParameterKind.BOOLEAN),
        "rounding": Parameter(ParameterKind.TEXT, choices=("up", "down", "nearest")),
        "extra": Parameter(ParameterKind.ANY),
    },
    "plan_task": {
        "task": _needed(ParameterKind.ID),
        "users": Parameter(ParameterKind.LIST),
        "share": Parameter(ParameterKind.SHARE),
        "block": Parameter(
            ParameterKind.MAP, fields={"min": _DURATION, "max": _DURATION, "round": _DURATION}
        ),
        "keep": Parameter(ParameterKind.BOOLEAN),
        "until": Parameter(ParameterKind.INSTANT, may_be_null=True),
        "steps": Parameter(ParameterKind.LIST, items=_STEP),
        "round_to": _DURATION,
        "tolerance": _DURATION,
        "secret_env": Parameter(
            ParameterKind.TEXT, pattern="SECRET_[A-Z]+", like="a name such as SECRET_CHAT"
        ),
    },
    "add_comment": {
        "task": _needed(ParameterKind.REFERENCE),
        "message": _needed(ParameterKind.TEXT),
    },
}
