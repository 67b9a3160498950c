"""One expected action against one that happened, field by field. Performs no I/O."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from deploy.ruletests.comparing import Meaning, camel, duration_text, told
from deploy.ruletests.requests import Acted
from deploy.sandbox.refusals import Model
from workers.rules.findings import way_out
from workers.rules.testing.model import ExpectedAction
from workers.rules.values import duration_s, instant

#: words of the rule language -> what awork calls it, where it is not the same in camelCase, with
#: `Id` or `is` around it
_CALLED: Mapping[str, tuple[str, ...]] = {
    "from": ("startDate",),
    "to": ("endDate",),
    "start": ("startDate",),
    "end": ("endDate",),
    "date": ("startDateLocal", "startDateUtc"),
    "users": ("userIds", "userId"),
    "project": ("projectId", "entityId"),
    "private_for": ("entityId",),
    "status": ("statusId", "taskStatusId"),
    "time_entry": ("timeEntryId",),
}

#: parameters that may map one thing to another -> what a request calls the two
_PAIRS: Mapping[str, tuple[str, str]] = {
    "efforts": ("user", "duration"),
    "custom_fields": ("field", "value"),
}

#: a moment without an offset
_LOCAL = re.compile(r"\d{4}-\d\d-\d\dT[\d:]+")


def differences(expected: ExpectedAction, acted: Acted, meaning: Meaning) -> list[str]:
    """What is not as expected, one line for each field; empty when all is."""
    if isinstance(expected.fields, Mapping):
        return list(_unlike(expected.fields, acted, acted.fields, meaning))
    wanted = expected.fields
    if len(wanted) != len(acted.fields):
        return [f"expected {_requests(len(wanted))}, got {len(acted.fields)}"]
    return [
        f"request {number}: {line}"
        for number, (fields, said) in enumerate(zip(wanted, acted.fields, strict=True), 1)
        for line in _unlike(fields, acted, (said,), meaning)
    ]


def _unlike(
    wanted: Mapping[str, object], acted: Acted, said: Sequence[Model], meaning: Meaning
) -> Iterator[str]:
    for name, value in wanted.items():
        match name, value:
            case "total", str():
                yield from _total(value, acted)
            case "count", int():
                if len(acted.sent) != value:
                    yield f"count: expected {_requests(value)}, got {len(acted.sent)}"
            case (("on" | "none_on"), list()):
                days = sorted(date.fromisoformat(str(each)) for each in value)
                yield from _on(days, acted) if name == "on" else _none_on(days, acted)
            case _:
                yield from _field(name, value, said, meaning)


def _total(expected: str, acted: Acted) -> Iterator[str]:
    if duration_s(expected) != acted.total_s:
        yield f"total: expected {expected}, got {duration_text(acted.total_s)}"


def _on(days: list[date], acted: Acted) -> Iterator[str]:
    if days != acted.days:
        yield f"on: expected {_listed(days)}, got {_listed(acted.days)}"


def _none_on(days: list[date], acted: Acted) -> Iterator[str]:
    taken = [each for each in days if each in acted.days]
    if taken:
        yield f"none_on: expected no request for {_listed(taken)}, got {_listed(acted.days)}"


def _field(name: str, expected: object, said: Sequence[Model], meaning: Meaning) -> Iterator[str]:
    found = [value for fields in said if (value := _value(name, fields)) is not None]
    expected = _paired(name, expected, found)
    if not found and expected is not None:
        wanted = told(expected, meaning.names)
        there = list(dict.fromkeys(known for fields in said for known in fields))
        way = f"; {way_out(name, there)}" if there else ""
        yield f"{name}: expected {wanted}, but no request has it{way}"
        return
    several: Any = list(dict.fromkeys(map(str, found))) if len(found) > 1 else found
    if isinstance(expected, list) and not any(isinstance(value, list) for value in found):
        fits = meaning.fits(expected, several)
    else:
        fits = all(meaning.fits(expected, value) for value in found)
    if not fits:
        yield f"{name}: expected {_both(expected, found, meaning)}"


def _paired(name: str, expected: object, found: Sequence[Any]) -> object:
    """A map as the list of pairs that a request has; one value for all as one for each."""
    if name not in _PAIRS or isinstance(expected, list) or not found:
        return expected
    key, value = _PAIRS[name]
    if not isinstance(expected, Mapping):
        return [{value: expected} for _ in found[0]]
    return [{key: one, value: _untyped(of)} for one, of in expected.items()]


def _untyped(value: object) -> object:
    """What a custom field holds, less the word for its type."""
    return next(iter(value.values())) if isinstance(value, Mapping) and len(value) == 1 else value


def _value(name: str, fields: Model) -> Any:
    """What a request says under a name of awork's or of the rule language."""
    called = camel(name)
    is_called = f"is{called[:1].upper()}{called[1:]}"
    for known in (name, called, f"{called}Id", is_called, *_CALLED.get(name, ())):
        if fields.get(known) is not None:
            return fields[known]
    return None


def _both(expected: object, found: Sequence[Any], meaning: Meaning) -> str:
    """Both sides, written alike."""
    wanted = told(expected, meaning.names)
    alike = dict.fromkeys(told(_alike(expected, each, meaning), meaning.names) for each in found)
    got = ", ".join(alike)
    if wanted == got:
        # The same to the eye: text beside a number, say.
        return f"{expected!r}, got {', '.join(map(repr, found))}"
    return f"{wanted}, got {got or 'nothing'}"


def _alike(expected: object, value: Any, meaning: Meaning) -> Any:
    """A value as the test writes it: seconds as a duration, a moment in the rule's zone."""
    if isinstance(value, list) and isinstance(expected, list) and expected:
        return [_alike(expected[0], one, meaning) for one in value]
    if isinstance(value, dict) and isinstance(expected, Mapping):
        return {name: _alike(expected.get(name), one, meaning) for name, one in value.items()}
    if type(value) is int and _is_duration(expected):
        return duration_text(value)
    if isinstance(expected, str) and _LOCAL.fullmatch(expected) and isinstance(value, str):
        try:
            return f"{instant(value, meaning.zone).astimezone(meaning.zone):%Y-%m-%dT%H:%M}"
        except ValueError:
            return value
    return value


def _is_duration(expected: object) -> bool:
    try:
        return isinstance(expected, str) and duration_s(expected) >= 0
    except ValueError:
        return False


def _requests(number: int) -> str:
    return f"{number} request{'' if number == 1 else 's'}"


def _listed(days: Sequence[date]) -> str:
    return ", ".join(f"{each:%a} {each}" for each in days) or "no day"
