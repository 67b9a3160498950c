"""Reckoning with and comparing the values of an expression. Performs no I/O.

Numbers are numbers: awork writes 2 and 2.5 into one field. A moment moves by whole seconds, and
the distance between two is whole seconds, which is how awork writes durations.
What does not fit together raises Undecided.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeGuard

from workers.rules.conditions.comparing import described
from workers.rules.expressions.run import LONGEST_LIST, LONGEST_TEXT, Run, Undecided

_LARGEST = (1 << 63) - 1
#: lists in lists in lists; deeper than that is no data of awork
_DEEPEST = 50
_SECOND = timedelta(seconds=1)
#: of the texts that one evaluation puts together: 5 million at most, in 20 MB
_JOINED_A_STEP = 10


def plus(run: Run, left: object, right: object) -> object:
    """The sum of numbers; a moment some seconds later; texts or lists one behind the other."""
    match left, right:
        case datetime(), int():
            return _moved(left, right, 1)
        case int(), datetime():
            return _moved(right, left, 1)
        case str(), str():
            _check_size(len(left) + len(right), LONGEST_TEXT, "characters")
            # more than it takes time: many long texts would fill the memory
            run.spend((len(left) + len(right)) // _JOINED_A_STEP)
            return left + right
        case list(), list():
            _check_size(len(left) + len(right), LONGEST_LIST, "items")
            run.spend(len(left) + len(right))
            return left + right
        case _:
            return _reckoned("+", left, right, lambda a, b: a + b)


def minus(_: Run, left: object, right: object) -> object:
    """The difference of numbers; a moment some seconds earlier; the seconds between two moments,
    rounded down.
    """
    match left, right:
        case datetime(), datetime():
            return (left - right) // _SECOND
        case datetime(), int():
            return _moved(left, right, -1)
        case _:
            return _reckoned("-", left, right, lambda a, b: a - b)


def times(_: Run, left: object, right: object) -> object:
    """The product of numbers."""
    return _reckoned("*", left, right, lambda a, b: a * b)


def over(_: Run, left: object, right: object) -> object:
    """The quotient; of whole numbers a whole one, its fraction cut off."""
    return _reckoned("/", left, right, _quotient)


def modulo(_: Run, left: object, right: object) -> object:
    """What is left of a whole number after division by another; it has the sign of the first."""
    if isinstance(left, float) or isinstance(right, float):
        raise _unfit("%", left, right)
    return _reckoned("%", left, right, lambda a, b: a - b * _quotient(a, b))


def negative(_: Run, value: object) -> object:
    """The number with its sign turned."""
    return _reckoned("-", 0, value, lambda _, number: -number)


def ordering(sign: str, holds: Callable[[Any, Any], bool]) -> Callable[[Run, Any, Any], bool]:
    """`<` and its like, of two numbers, two texts, two moments, or true and false."""

    def compare(run: Run, left: Any, right: Any) -> bool:
        kinds = {type(left), type(right)}
        if kinds not in ({str}, {bool}, {datetime}) and not (is_number(left) and is_number(right)):
            raise _unfit(sign, left, right)
        if kinds == {str}:
            run.spend_on_text(left)
        return holds(left, right)

    return compare


def same(run: Run, left: object, right: object, depth: int = 0) -> bool:
    """Equality, in depth; values of two kinds are not equal."""
    run.spend(3)
    if depth > _DEEPEST:
        raise Undecided("lists or objects are nested too deeply to compare")
    match left, right:
        case list(), list():
            pairs = zip(left, right, strict=False)
            return len(left) == len(right) and all(same(run, a, b, depth + 1) for a, b in pairs)
        case Mapping(), Mapping():
            run.spend(len(left))
            return left.keys() == right.keys() and all(
                same(run, value, right[key], depth + 1) for key, value in left.items()
            )
        case str(), str():
            run.spend_on_text(left)
            return left == right
        case (bool(), bool()) | (datetime(), datetime()):
            return left == right
        case _:
            return is_number(left) and is_number(right) and left == right


def is_number(value: object) -> TypeGuard[float]:
    """True for whole numbers and fractions; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def whole(value: int) -> int:
    """The number, when it fits into 64 bits. Raises Undecided otherwise."""
    if not -_LARGEST - 1 <= value <= _LARGEST:
        raise Undecided("a number grew too large")
    return value


def _reckoned(
    sign: str, left: object, right: object, reckon: Callable[[float, float], Any]
) -> float:
    if not is_number(left) or not is_number(right):
        raise _unfit(sign, left, right)
    try:
        result = reckon(left, right)
    except OverflowError:
        raise Undecided("a number grew too large") from None
    except ZeroDivisionError:
        raise Undecided("division by zero") from None
    return whole(result) if isinstance(result, int) else result


def _quotient(left: Any, right: Any) -> Any:
    if isinstance(left, float) or isinstance(right, float):
        return left / right
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) == (right < 0) else -quotient


def _moved(moment: datetime, seconds: int, sign: int) -> datetime:
    if isinstance(seconds, bool):
        raise _unfit("+" if sign > 0 else "-", moment, seconds)
    try:
        return moment + sign * timedelta(seconds=seconds)
    except OverflowError:
        raise Undecided("a moment left the calendar") from None


def _check_size(size: int, most: int, what: str) -> None:
    if size > most:
        raise Undecided(f"'+' would make {size} {what}; at most {most} are allowed")


def _unfit(sign: str, left: object, right: object) -> Undecided:
    message = f"'{sign}' does not work on {described(left)} and {described(right)}"
    if {datetime, str} == {type(left), type(right)}:
        message += "; write timestamp(…) around the text"
    return Undecided(message)
