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
_IN_WORDS = re.compile(
    r"([0-9]{1,6}) ?(?:(d(?:ays?)?)|(h(?:rs?|ours?)?)|(m(?:ins?|inutes?)?)|(s(?:ecs?|econds?)?))",
    re.IGNORECASE,
)
_BARE = re.compile(r"[0-9]{1,6}")
_MOST_BARE = {"h": 100, "m": 1_000, "s": 1_000_000}
_PART = re.compile(r"([0-9]{1,3})(?:[.,]([0-9]{1,6}))? ?(%?)")
_BOOLEANS = {"yes": "true", "on": "true", "1": "true", "no": "false", "off": "false", "0": "false"}
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


def as_duration(text: str) -> str:
    """What `1.5h`, `6 hours` or a bare `6` is with units; nothing for anything else."""
    if _BARE.fullmatch(text) and int(text):
        # so many hours nobody means
        units = [unit for unit, most in _MOST_BARE.items() if int(text) < most]
        return " or ".join(f"{text}{unit}" for unit in units)
    if found := _IN_WORDS.fullmatch(text):
        return f"{found[1]}{'dhms'[(found.lastindex or 2) - 2]}"
    return in_whole_units(text)


def as_share(text: str) -> str:
    """What `0.5`, `50` or `50 %` is as a share, `50%`; nothing when it is none."""
    found = _PART.fullmatch(text)
    if not found:
        return ""
    part = Fraction(f"{found[1]}.{found[2] or 0}")
    if part == 1 and not found[3]:
        # All of it, or a hundredth?
        return ""
    percent = part if found[3] or part > 1 else part * 100
    return f"{float(percent):g}%" if 0 < percent <= 100 else ""  # noqa: PLR2004


def as_boolean(text: str) -> str:
    """What `yes`, `off` or a quoted `true` is; nothing for anything else."""
    word = text.lower()
    return f"{word}, without quotes" if word in _BOOLEANS.values() else _BOOLEANS.get(word, "")


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
