"""Why a rule did not match, in words: read from the trace of its conditions. Performs no I/O."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from workers.rules.values import duration_s

#: one condition as it is on record: text, verdict, value, and perhaps note and children
Step = Mapping[str, Any]

#: verdicts that keep a rule from matching
FAILING = ("not met", "absent")

_MINUTE_S = 60


def because(trace: Sequence[Step]) -> str:
    """The first condition that kept a rule from matching, with its value; empty when none did."""
    failing = [step for step in trace if step["verdict"] in FAILING]
    if not failing:
        return ""
    more = f", and {len(failing) - 1} more" if len(failing) > 1 else ""
    return f"{_reason(failing[0])}{more}"


def found(step: Step) -> str:
    """What the path held, or why there is no verdict; empty for any, all and not."""
    value, note = step.get("value"), step.get("note") or ""
    if step["verdict"] == "not evaluated":
        return f"not evaluated: {note}" if note else "not evaluated"
    if value is not None:
        was = f"was {_value(value, step['text'])}"
        return f"{was}: {note}" if note else was
    if note or step.get("children"):
        return note
    # `exists` decides about absence; to any other operator an absent value gives no verdict
    return "no value" if step["verdict"] == "absent" or " exists " in step["text"] else ""


def _reason(step: Step) -> str:
    """A failing condition in one line; of several parts, the one that decided."""
    parts: Sequence[Step] = step.get("children") or ()
    match step["text"]:
        case "all" if parts:
            return _reason(next(part for part in parts if part["verdict"] in FAILING))
        case "any" if parts:
            return f"none of the {len(parts)} parts of 'any' is met"
        case "not" if parts:
            return f"not {_leaf(parts[0])}"
        case _:
            return _leaf(step)


def _leaf(step: Step) -> str:
    told = found(step)
    return f"{step['text']} ({told})" if told else str(step["text"])


def _value(value: object, condition: str) -> str:
    """The value; seconds as a duration too where the condition is written with one."""
    written = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    operand = condition.rsplit(" ", 1)[-1]
    if type(value) is int and value >= _MINUTE_S and _is_duration(operand):
        return f"{written} seconds, {duration(value)}"
    return written


def _is_duration(text: str) -> bool:
    try:
        return duration_s(text) >= 0
    except ValueError:
        return False


def duration(seconds: int) -> str:
    """Seconds as an author writes them: 5400 is 1h30m."""
    told = ""
    for unit, size in (("h", 3600), ("m", _MINUTE_S), ("s", 1)):
        count, seconds = divmod(seconds, size)
        told += f"{count}{unit}" if count else ""
    return told
