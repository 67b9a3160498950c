"""What people write who mean something else, and what they mean. Performs no I/O."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction

from workers.rules.conditions.comparing import Manner, order_by_any, order_by_time
from workers.rules.findings import Flaw
from workers.rules.values import quoted

_COMPARISON = re.compile(r"(>=|<=|==|!=|<>|>|<)\s*(\S.*)")
_SENTENCE = re.compile(r"([A-Za-z][A-Za-z0-9_.]*)\s*(>=|<=|==|!=|<>|>|<)\s*(\S.*)")
_OPERATORS = {
    ">=": "at_least",
    ">": "more_than",
    "<=": "at_most",
    "<": "less_than",
    "==": "is",
    "!=": "is_not",
    "<>": "is_not",
}
#: the same for days and moments, where there are words of their own
_OF_TIME = {">": "after", "<": "before"}
_AMOUNTS = (">=", ">", "<=", "<")

_WEEKS = re.compile(r"([0-9]{1,3})w")
_DAY_FIRST = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})")
_DECIMAL = re.compile(r"([0-9]{1,6}[.,][0-9]{1,6}) ?([dhm])")
_UNIT_S = {"d": 86_400, "h": 3_600, "m": 60}


def refuse_comparison(operand: object, manner: Manner) -> None:
    """Raises Flaw for a comparison written as text, such as `">= 1h"`: it would silently be
    compared letter by letter."""
    for text in operand if isinstance(operand, list) else [operand]:
        found = _COMPARISON.fullmatch(text.strip()) if isinstance(text, str) else None
        if found and (found[1] not in _AMOUNTS or _is_amount(found[2], manner)):
            raise Flaw(
                f"{quoted(text)} is text here, not a comparison; write"
                f" {{{_in_words(found[1], found[2], manner)}: {unquoted(found[2])}}}",
                "comparison-in-text",
            )


def as_condition(sentence: str) -> str:
    """The condition that `entity.plannedDuration >= 1h` stands for; else one as an example."""
    found = _SENTENCE.fullmatch(sentence)
    if not found:
        return "entity.name: Kickoff"
    return f"{found[1]}: {{{_OPERATORS[found[2]]}: {unquoted(found[3])}}}"


def unquoted(text: str) -> str:
    """Text for a message as `quoted` would show it, to stand as it would be written."""
    return quoted(text)[1:-1]


def in_whole_units(operand: object) -> str:
    """What `1.5h` is in whole units, `1h30m`, and `1w` in days; nothing for anything else."""
    weeks = _WEEKS.fullmatch(operand) if isinstance(operand, str) else None
    if weeks:
        return f"{7 * int(weeks[1])}d"
    found = _DECIMAL.fullmatch(operand) if isinstance(operand, str) else None
    seconds = Fraction(found[1].replace(",", ".")) * _UNIT_S[found[2]] if found else Fraction()
    if seconds.denominator != 1 or not seconds:
        return ""
    minutes, rest_s = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "h"), (minutes, "m"), (rest_s, "s"))
    return "".join(f"{number}{unit}" for number, unit in parts if number)


def as_day(text: str) -> str:
    """What `27.03.2026` is here, `2026-03-27`; nothing when it is no such day."""
    found = _DAY_FIRST.fullmatch(text)
    return f"{found[3]}-{found[2]:0>2}-{found[1]:0>2}" if found else ""


def _in_words(sign: str, amount: str, manner: Manner) -> str:
    is_time = sign in _OF_TIME and _reads(lambda: order_by_time(amount, manner))
    return _OF_TIME[sign] if is_time else _OPERATORS[sign]


def _is_amount(text: str, manner: Manner) -> bool:
    return _reads(lambda: order_by_any(text, manner)) or _reads(lambda: float(text))


def _reads(read: Callable[[], object]) -> bool:
    try:
        read()
    except ValueError:
        return False
    return True
