"""Values of custom fields, as a rule gives them, to what awork wants. Writes nothing.

awork's API tells neither a field's name nor its type, so a field goes by its id, and a value whose
type cannot be seen says it: `{date: 2026-03-27}`. A choice of a selection has a name only where
some task of the project has chosen it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from webhooks.errors import RunFailed
from workers.actions import values
from workers.actions.base import Context, invalid
from workers.targets.directory import is_id
from workers.targets.models import Task
from workers.targets.reading import read

#: of awork's form
_LONGEST_TEXT = 750

Form = dict[str, Any]


def forms(given: object, project: str | None, context: Context) -> list[Form]:
    """What POST /tasks/{id}/setcustomfields takes, one entry for each field.

    given: id of a field -> its value. project: of the task, where choices are looked up; None for
    one that is private.
    Raises RunFailed when a field or a value makes no sense.
    """
    if not isinstance(given, Mapping):
        raise invalid("custom_fields", given, "a map of ids of fields to their values")
    return [_form(str(field), value, project, context) for field, value in given.items()]


def _form(field: str, value: object, project: str | None, context: Context) -> Form:
    if not is_id(field):
        expected = (
            "the id of a field, as a task with it shows: customFields.0.customFieldDefinitionId;"
            " awork does not tell what fields are called"
        )
        raise invalid("custom_fields", field, expected)
    name = f"custom_fields.{field}"
    kind, value = _typed(name, value)
    return {
        "customFieldDefinitionId": field,
        **_OF_TYPE[kind](_Value(name, field, value, project, context)),
    }


@dataclass(frozen=True)
class _Value:
    """A value, and where it is looked up."""

    #: for messages
    name: str
    field: str
    given: Any
    project: str | None
    context: Context

    def refuse(self, expected: str) -> RunFailed:
        return invalid(self.name, self.given, expected)


def _typed(name: str, value: object) -> tuple[str, Any]:
    """The type of a value: as it says, or as it is."""
    match value:
        case Mapping() if len(value) == 1 and set(value) <= set(_OF_TYPE):
            return next(iter(value.items()))
        case bool():
            return "boolean", value
        case int() | float():
            return "number", value
        case str():
            return "text", value
    types = ", ".join(_OF_TYPE)
    raise invalid(name, value, f"text, a number, true, false, or a map with one of {types}")


def _text(value: _Value) -> Form:
    if not isinstance(value.given, str) or len(value.given) > _LONGEST_TEXT:
        raise value.refuse(f"text of at most {_LONGEST_TEXT} characters")
    return {"textValue": value.given}


def _number(value: _Value) -> Form:
    if isinstance(value.given, bool) or not isinstance(value.given, int | float):
        raise value.refuse("a number")
    return {"numberValue": value.given}


def _boolean(value: _Value) -> Form:
    if not isinstance(value.given, bool):
        raise value.refuse("true or false")
    return {"booleanValue": value.given}


def _date(value: _Value) -> Form:
    found = values.by({value.name: value.given}, value.name, value.context.timezone)
    if found is None:
        raise value.refuse("a day like 2026-03-27")
    return {"dateValue": values.utc(found)}


def _user(value: _Value) -> Form:
    return {"userIdValue": value.context.directory.user(value.context.awork, value.given)}


def _selection(value: _Value) -> Form:
    """A choice by its id, or by its text as far as the project's tasks show it."""
    if isinstance(value.given, str) and is_id(value.given):
        return {"selectionOptionIdValue": value.given}
    shown = _choices(value)
    found = [ident for ident, text in shown.items() if text == value.given]
    if len(found) != 1:
        there = ", ".join(sorted(set(shown.values()))) or "none"
        raise value.refuse(
            "the id of a choice, or the text of one that a task of the project has; there are:"
            f" {there}"
        )
    return {"selectionOptionIdValue": found[0]}


def _choices(value: _Value) -> dict[str, str]:
    """The choices of a field that tasks of the project have made, by their ids."""
    if value.project is None:
        return {}
    tasks = value.context.awork.list(f"/projects/{value.project}/projecttasks")
    options = [
        field.selection_option
        for task in tasks
        for field in read(Task, task).custom_fields
        if field.custom_field_definition_id == value.field
    ]
    return {one.id: one.value for one in options if one and one.id and one.value}


_OF_TYPE: Mapping[str, Callable[[_Value], Form]] = {
    "text": _text,
    "number": _number,
    "date": _date,
    "boolean": _boolean,
    "user": _user,
    "selection": _selection,
}
