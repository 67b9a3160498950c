"""Does what an action writes meet a condition? Pure.

Of a template only the text around its holes is known. Often that is enough: what begins with
`Follow` meets no `not: {entity.name: {starts_with: Follow}}`, whatever is filled in behind it.
"""

from __future__ import annotations

from workers.rules.facts import EventFacts, Facts, Overlay, Path
from workers.rules.lint.candidates import SOME_TIME
from workers.rules.lint.literals import Literal
from workers.rules.template import Template

#: where the field that an action writes can be looked at in the event that it causes
_ROOTS = ("entity", "task", "timeEntry")


def excludes(literal: Literal, path: Path, value: object) -> bool:
    """True when a value at a path of the event's object keeps the literal from holding.

    value: of a parameter, plain or a template.
    """
    if literal.path[1:] != path or literal.path[0] not in _ROOTS:
        return False
    if isinstance(value, str | int | float):
        return not literal.holds(_showing(path, value))
    return isinstance(value, Template) and _around_holes(literal, path, value)


def _around_holes(literal: Literal, path: Path, template: Template) -> bool:
    """True when the template's own text decides a text operator, and not as it is asked for."""
    first, last = template.parts[0], template.parts[-1]
    match literal.operator:
        case "starts_with":
            known = [first]
        case "ends_with":
            known = [last]
        case "contains":
            known = list(template.parts)
        case _:
            return False
    texts = [part for part in known if isinstance(part, str)]
    found = any(_is_met(literal, path, text) for text in texts)
    if found or not literal.met or literal.operator == "contains":
        return found and not literal.met
    # text as long as what is asked for has no room for it further on
    return any(_is_as_long(text, str(literal.condition.operand)) for text in texts)


def _is_met(literal: Literal, path: Path, text: str) -> bool:
    return literal.condition.evaluate(_showing(path, text)).verdict == "met"


def _is_as_long(text: str, asked: str) -> bool:
    # regardless of case, some letters are longer than they look
    return min(len(text), len(text.casefold())) >= max(len(asked), len(asked.casefold()))


def _showing(path: Path, value: object) -> Facts:
    for name in reversed(path):
        value = {str(name): value}
    return Overlay(EventFacts({}, SOME_TIME), dict.fromkeys(_ROOTS, value))
