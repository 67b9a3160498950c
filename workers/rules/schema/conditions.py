"""Conditions as JSON Schema: every path there is, and for each the operators that fit. Pure.

Nothing of it is listed here. The paths come from the registry of fields, and whether an operator
fits a field is found by trying it: it does when what awork may send can come out both ways.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import get_args

from workers.rules.conditions.comparing import Manner
from workers.rules.conditions.operators import OPERATORS, Test
from workers.rules.facts import EventFacts
from workers.rules.fields.types import ANY, FieldType, Holds
from workers.rules.findings import Flaw
from workers.rules.paths import ACTION_ROOTS, ROOTS
from workers.rules.registry import fields_of
from workers.rules.schema.forms import FORMS, SENT, TEXT, Schema, any_of, beside, ref
from workers.rules.subjects import ROOTS_OF

#: names after the root; deeper paths are taken as they are
_DEPTH = 3
_MANNER = Manner(UTC, fold=True)
_FACTS = EventFacts({}, datetime(2026, 3, 28, 18, tzinfo=UTC))
_NAME = r"[A-Za-z_][A-Za-z0-9_-]*"
_SAID: Mapping[Holds, str] = {
    "text": "Text.",
    "id": "An id.",
    "number": "A number.",
    "duration": "A duration; awork sends whole seconds, a rule may write 1h30m.",
    "boolean": "True or false.",
    "moment": "A moment such as 2026-03-27T18:00:00Z.",
    "day": "A day such as 2026-03-27.",
    "list": "A list; has, has_any, has_all and has_none look into it.",
    "object": "An object; it compares by its name or id.",
    "any": "Whatever awork sends.",
}


def definitions() -> dict[str, Schema]:
    """What other parts of the schema refer to: `conditions`, `condition`, and what they consist of.

    is_…: how a field of that type is compared; of_…: the same with operators alone.
    """
    types: tuple[Holds, ...] = get_args(Holds)
    return {
        "conditions": {"type": "array", "minItems": 1, "items": ref("condition")},
        "condition": _condition(_all_paths()),
        **{f"is_{holds}": _comparison(holds) for holds in types},
        **{f"of_{holds}": _operators(holds) for holds in types},
    }


def _condition(paths: Mapping[str, FieldType]) -> Schema:
    return {
        "type": "object",
        "minProperties": 1,
        "properties": {**_words(), **{path: _field(held) for path, held in paths.items()}},
        "patternProperties": {pattern: ref("is_any") for pattern in _deeper(paths)},
        "additionalProperties": False,
    }


def _words() -> dict[str, Schema]:
    names = {"type": "string", "pattern": f"^{_NAME}$"}
    return {
        "any": beside("conditions", "array", "One of these must hold."),
        "all": beside("conditions", "array", "All of these must hold."),
        "not": beside("condition", "object", "This must not hold. What is absent stays absent."),
        "changed": {
            "description": "The event changed this property of its object, such as dueOn;"
            " given several, one of them.",
            "anyOf": [names, {"type": "array", "items": names, "minItems": 1}],
        },
        "expr": {
            "description": "An expression in CEL, for what no operator says, such as"
            " \"task.plannedDuration - task.trackedDuration > duration('1h')\".",
            "type": "string",
            "minLength": 1,
        },
    }


def _all_paths() -> dict[str, FieldType]:
    """Every path of every kind of event."""
    found: dict[str, set[FieldType]] = {}
    for kind in ROOTS_OF:
        for path, held in fields_of(kind, _DEPTH).items():
            found.setdefault(path, set()).add(held)
    whole = {root: FieldType("object") for root in ROOTS if root not in found}
    return whole | {path: _together(found[path]) for path in sorted(found)}


def _together(types: set[FieldType]) -> FieldType:
    """What kinds agree on."""
    held = {one.holds for one in types}
    if len(types) == 1 or len(held) > 1:
        return types.pop() if len(types) == 1 else ANY
    return FieldType(held.pop())


def _deeper(paths: Mapping[str, FieldType]) -> Iterator[str]:
    """Patterns of the paths that are not listed: below lists, and below what nobody knows."""
    lists = [path for path, held in paths.items() if held.holds == "list"]
    below = r"\.[0-9]{1,6}(\..+)?"
    yield f"^({'|'.join(map(re.escape, lists))}){below}$"
    ends = [
        path
        for path, held in paths.items()
        if held.holds == "any" or (held.holds == "object" and path.count(".") == _DEPTH)
    ]
    known = [path for path in ends if not path.startswith("changes.")]
    yield f"^({'|'.join(map(re.escape, known))})\\..+$"
    yield r"^changes\.[A-Z][A-Za-z0-9_-]*\.(old|new)(\..+)?$"
    yield f"^({'|'.join(ACTION_ROOTS)})(\\..+)?$"


def _field(held: FieldType) -> Schema:
    if not held.values:
        return ref(f"is_{held.holds}")
    values: Schema = {"enum": list(held.values)}
    several: Schema = {"type": "array", "items": values, "minItems": 1}
    return {
        "description": _SAID[held.holds],
        "anyOf": [values, several, ref(f"of_{held.holds}")],
    }


def _comparison(holds: Holds) -> Schema:
    """`path: value`, `path: [a, b]` or `path: {operator: value}`."""
    single, several = (_operand(word, holds) for word in ("is", "in"))
    shapes = [shape for shape in (single, several) if shape]
    return {"description": _SAID[holds], "anyOf": [ref(f"of_{holds}"), *shapes]}


def _operators(holds: Holds) -> Schema:
    operands = {word: _operand(word, holds) for word in OPERATORS}
    return {
        "type": "object",
        "minProperties": 1,
        "additionalProperties": False,
        "properties": {
            word: {**operand, "description": _about(word)}
            for word, operand in operands.items()
            if operand
        },
    }


def _about(word: str) -> str:
    """The first line of the operator's docstring, and its example."""
    text = inspect.getdoc(OPERATORS[word]) or ""
    first, *_, example = text.splitlines()
    return f"{first} Example: {example}"


def _operand(word: str, holds: Holds) -> Schema | None:
    """What an operator compares such a field with; None when it does not fit the field."""
    shapes = _shapes(word, holds, lambda sample: sample)
    items = _shapes(word, holds, lambda sample: [sample])
    if items:
        shapes.append({"type": "array", "items": any_of(items), "minItems": 1})
    return any_of(shapes) if shapes else None


def _shapes(word: str, holds: Holds, operand: Callable[[object], object]) -> list[Schema]:
    """The forms of operands that say something about such a field. operand: made of a sample."""
    tests = {form: _tests(word, map(operand, form.samples)) for form in FORMS}
    fitting = [form for form in FORMS if _can_differ(tests[form], holds)]
    if not any(form.schema is TEXT for form in fitting):
        return [form.schema for form in fitting]
    # where any text will do, so will whatever YAML takes for something else
    return [
        form.schema for form in FORMS if tests[form] and (form.schema is TEXT or not form.is_text)
    ]


def _tests(word: str, operands: Iterable[object]) -> list[Test]:
    """The operator's tests with these operands; none when it refuses one of them."""
    try:
        return [OPERATORS[word](operand, _MANNER) for operand in operands]
    except Flaw:
        return []


def _can_differ(tests: Iterable[Test], holds: Holds) -> bool:
    """True when such fields can come out both ways."""
    sent = SENT[holds] if holds in SENT else [value for values in SENT.values() for value in values]
    return {True, False} <= {_outcome(test, value) for test in tests for value in sent}


def _outcome(test: Test, value: object) -> bool | None:
    try:
        return test(value, _FACTS)
    except ValueError:
        return None
