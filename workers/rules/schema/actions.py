"""Actions as JSON Schema, from what they declare. Pure."""

from __future__ import annotations

import inspect
from collections.abc import Mapping

from workers.rules.schema.forms import PARAMETERS, TEMPLATE, TEXT, Schema, beside, only_one_of
from workers.rules.vocabulary import Parameter, ParameterKind, Vocabulary


def action(vocabulary: Vocabulary, docs: Mapping[str, str]) -> Schema:
    """One entry of `do`. docs: name -> docstring of the action."""
    return {
        "type": "object",
        "properties": {
            **{name: _call(name, vocabulary[name], docs.get(name, "")) for name in vocabulary},
            **_beside(),
        },
        "additionalProperties": False,
        # the next action begins with a dash of its own
        "dependencies": only_one_of(*vocabulary),
    }


def _call(name: str, parameters: Mapping[str, Parameter], doc: str) -> Schema:
    needed = [key for key, parameter in parameters.items() if parameter.required]
    text = inspect.cleandoc(doc)
    return {
        "title": name,
        "type": "object",
        "description": text.partition("\n")[0],
        # the example in a docstring is indented, which makes it a block of code in Markdown too
        "markdownDescription": text,
        "properties": {key: _parameter(one) for key, one in parameters.items()},
        "required": needed,
        "additionalProperties": False,
    }


def _parameter(parameter: Parameter) -> Schema:
    form = _form(parameter)
    if parameter.may_be_null:
        return {"description": form.pop("description"), "anyOf": [form, {"type": "null"}]}
    return form


def _form(parameter: Parameter) -> Schema:
    about = parameter.about[:1].upper() + parameter.about[1:]
    text = f"{about}. Needed." if parameter.required else f"{about}."
    if parameter.items:
        each = _each(parameter.items)
        forms = [{"type": "array", "items": {"anyOf": each}}, *each]
        return {"description": text, "anyOf": forms}
    if parameter.choices:
        return {"description": text, "anyOf": [{"enum": list(parameter.choices)}, TEMPLATE]}
    if parameter.pattern and not parameter.fields:
        return {"description": text, "anyOf": [_like(parameter.pattern), TEMPLATE]}
    if parameter.fields:
        return {**_map(parameter.fields), "description": text}
    return {**PARAMETERS[parameter.kind], "description": text}


def _each(item: Parameter) -> list[Schema]:
    """How an item of a list is written: as it is declared, or filled in."""
    as_text = TEXT if item.kind is ParameterKind.TEXT else TEMPLATE
    if item.pattern:
        as_text = {"anyOf": [_like(item.pattern), TEMPLATE]}
    return [as_text, _parameter(item)]


def _like(pattern: str) -> Schema:
    return {"type": "string", "pattern": f"^(?:{pattern})$"}


def _map(fields: Mapping[str, Parameter]) -> Schema:
    return {
        "type": "object",
        "properties": {key: _parameter(one) for key, one in fields.items()},
        "required": [key for key, one in fields.items() if one.required],
        "additionalProperties": False,
    }


def _beside() -> dict[str, Schema]:
    return {
        "id": {
            "description": "Names this action where a rule uses the same one twice, and for"
            " ${done.<id>.…} in later ones.",
            "type": "string",
            "pattern": "^[a-z0-9_-]+$",
        },
        "if": beside(
            "conditions", "array", "Conditions of this action alone; all of them must hold."
        ),
        "for_each": {
            **TEXT,
            "description": "A path to a list, such as task.assignees: the action runs once for"
            " each of its items, as ${item.…}.",
        },
    }
