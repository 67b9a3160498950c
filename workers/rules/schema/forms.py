"""The forms in which values are written in a rule file, as JSON Schema. Data only.

Each form has samples: what takes which form is found by trying (conditions.py), and a test holds
the patterns here against what values.py reads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from workers.rules.fields.types import Holds
from workers.rules.vocabulary import ParameterKind

Schema = dict[str, object]

TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "number"}
BOOLEAN: Schema = {"type": "boolean"}
DURATION: Schema = {
    "type": "string",
    "pattern": r"^(?=[0-9])([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?$",
    "patternErrorMessage": "Write a duration with units, such as 90s, 15m, 1h30m or 2d.",
}
DAY: Schema = {
    "type": "string",
    "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
    "patternErrorMessage": "Write a day such as 2026-03-27.",
}
MOMENT: Schema = {
    "type": "string",
    "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,7})?)?"
    r"(Z|[+-][0-9]{2}:[0-9]{2})?$",
    "patternErrorMessage": "Write a moment such as 2026-03-27T18:00 or 2026-03-27T18:00:00Z.",
}
ID: Schema = {
    "type": "string",
    "pattern": r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$",
    "patternErrorMessage": "Write an id, such as ${entity.id}.",
}
SHARE: Schema = {
    "type": "string",
    "pattern": r"^(?!0+(\.0+)?%)([0-9]{1,2}(\.[0-9]{1,6})?|100(\.0+)?)%$",
    "patternErrorMessage": "Write a share such as 50%, at most 100%.",
}
CLOCK: Schema = {"enum": ["today", "now"]}
#: the span of `within`, to one side of now
WINDOW: Schema = {
    "type": "object",
    "properties": {
        "next": {**DURATION, "description": "From now on, such as 48h."},
        "last": {**DURATION, "description": "Until now, such as 48h."},
    },
    "additionalProperties": False,
    "minProperties": 1,
    "dependencies": {"last": {"properties": {"next": False}}},
}
#: text with ${…} in it: what it becomes is known when the rule runs
TEMPLATE: Schema = {"type": "string", "pattern": r"\$\{"}


@dataclass(frozen=True, eq=False)
class Form:
    """One form of an operand."""

    schema: Schema
    #: operands in this form
    samples: tuple[object, ...]

    @property
    def is_text(self) -> bool:
        """True for whatever is written as text."""
        return self.schema.get("type") in ("string", None)


#: the forms of operands
FORMS: tuple[Form, ...] = (
    Form(TEXT, ("some text", "2")),
    Form(DURATION, ("1h", "2h")),
    Form(DAY, ("2026-03-27", "2026-03-29")),
    Form(MOMENT, ("2026-03-27T18:00:00Z", "2026-03-29T18:00:00Z")),
    Form(CLOCK, ("today", "now")),
    Form(NUMBER, (1, 2)),
    Form(BOOLEAN, (True, False)),
    Form(WINDOW, ({"next": "1d"}, {"last": "1d"})),
)

_MOMENTS = (*(f"2026-03-{day}T18:00:00Z" for day in (25, 27, 28, 29)), "2026-04-02T18:00:02")
_DAYS = tuple(moment[:10] for moment in _MOMENTS)
_AMOUNTS = (1, 2, 3, 3600, 7200, 9000)

#: what awork may send in a field; its text may be a number or a day as well
SENT: Mapping[Holds, tuple[object, ...]] = {
    "text": ("some text", *map(str, _AMOUNTS), *_DAYS, *_MOMENTS),
    "id": ("some text", "7d3a"),
    "number": _AMOUNTS,
    "duration": _AMOUNTS,
    "boolean": (True, False),
    "moment": _MOMENTS,
    "day": (*_DAYS, *map(date.fromisoformat, _DAYS)),
    "list": (["some text", "1"], [1], [True], []),
    "object": ({"name": "some text"}, {"name": "1"}),
}

#: how an action's parameter of a kind is written
PARAMETERS: Mapping[ParameterKind, Schema] = {
    ParameterKind.TEXT: TEXT,
    ParameterKind.DURATION: {"anyOf": [DURATION, TEMPLATE]},
    ParameterKind.DAY: {"anyOf": [DAY, {"enum": ["today"]}, TEMPLATE]},
    ParameterKind.INSTANT: {"anyOf": [MOMENT, TEMPLATE]},
    ParameterKind.DAY_OR_INSTANT: {"anyOf": [DAY, MOMENT, TEMPLATE]},
    ParameterKind.NUMBER: {"anyOf": [NUMBER, TEMPLATE]},
    ParameterKind.BOOLEAN: {"anyOf": [BOOLEAN, TEMPLATE]},
    ParameterKind.REFERENCE: {
        "anyOf": [{"type": "string", "minLength": 1}, {"type": "object", "required": ["id"]}]
    },
    ParameterKind.ID: {"anyOf": [ID, TEMPLATE, {"type": "object", "required": ["id"]}]},
    ParameterKind.LIST: {"type": ["array", "string", "number", "boolean"]},
    ParameterKind.SHARE: {"anyOf": [SHARE, TEMPLATE]},
    ParameterKind.MAP: {"anyOf": [{"type": "object"}, TEMPLATE]},
    ParameterKind.ANY: {},
}


def ref(name: str) -> Schema:
    """A reference to one of the definitions."""
    return {"$ref": f"#/definitions/{name}"}


def any_of(schemas: Sequence[Schema]) -> Schema:
    """One of several; the one itself where there is only one."""
    if len(schemas) == 1:
        return schemas[0]
    if all(set(schema) == {"type"} for schema in schemas):
        return {"type": [schema["type"] for schema in schemas]}
    return {"anyOf": list(schemas)}


def only_one_of(*names: str) -> dict[str, Schema]:
    """The `dependencies` of a map that may have one of these keys, and others beside it.

    maxProperties says less, and keeps editors from suggesting the first one.
    """
    return {
        name: {"properties": dict.fromkeys(names[:place], False)}
        for place, name in enumerate(names)
        if place
    }


def beside(name: str, kind: str, text: str) -> Schema:
    """A reference with a description of its own. kind: the JSON type of what it refers to."""
    # draft-07 passes over what stands beside a reference; editors want the type to know how to
    # go on after the key
    return {"description": text, "type": kind, "allOf": [ref(name)]}
