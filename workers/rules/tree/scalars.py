"""What unquoted YAML scalars mean: YAML 1.2's core schema. Performs no I/O.

YAML 1.1 reads `on` as true, `12:30` as 750 and `2026-03-27` as a date; here they are text.
"""

from __future__ import annotations

import json
import math
import re

from workers.rules.findings import Flaw
from workers.rules.values import quoted

Value = str | int | float | bool | None

_CONSTANTS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
#: 64 bits are what JSON readers agree on; more characters than this are more than 64 bits
_LARGEST = 1 << 63
_LONGEST_INTEGER = 25
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_INFINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")


def read(text: str) -> Value:
    """The value of an unquoted scalar. Raises Flaw for a number that cannot be kept."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INTEGER.fullmatch(text):
        return _integer(text)
    if _INFINITE.fullmatch(text) or (_FLOAT.fullmatch(text) and not math.isfinite(float(text))):
        raise Flaw(f"{quoted(text)} is not a finite number; text goes in quotes", "bad-number")
    return float(text) if _FLOAT.fullmatch(text) else text


def written(value: object) -> str:
    """A scalar as it may be written: `read` makes the same of it, unless it is text."""
    return value if isinstance(value, str) else json.dumps(value)


def _integer(text: str) -> int:
    base = {"0o": 8, "0x": 16}.get(text[:2], 10)
    number = int(text, base) if len(text) <= _LONGEST_INTEGER else _LARGEST
    if abs(number) >= _LARGEST:
        raise Flaw(f"{quoted(text)} is too large a number; text goes in quotes", "bad-number")
    return number
