"""Reading the operands of conditions, and refusing those that do not fit. Performs no I/O."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn, TypeVar

from workers.rules.conditions.comparing import (
    Equal,
    Manner,
    Order,
    equal_to,
    order_by_any,
    order_by_time,
)
from workers.rules.findings import Flaw, unknown
from workers.rules.values import duration_s, quoted

_Read = TypeVar("_Read")

_AMOUNT = "a number, a duration such as 1h30m, or a day such as 2026-03-27"
_TIME = "now, today, a day such as 2026-03-27, or a moment such as 2026-03-27T18:00"
_WINDOW = "a duration such as 48h, {next: 48h} or {last: 48h}"


def single(operand: object, operator: str, *, instead: str) -> str | float | bool:
    """One text, number, true or false. instead: the operator for several."""
    if isinstance(operand, list):
        _refuse(operator, "one value", operand, f"for several write {instead}")
    if operand is None:
        _refuse(operator, "a value", operand, "to ask for absence write {exists: false}")
    if not isinstance(operand, str | int | float):
        _refuse(operator, "text, a number, true or false", operand)
    return _fixed(operand, operator)


def several(operand: object, operator: str, manner: Manner) -> tuple[Equal, ...]:
    """A list of at least one text, number, true or false."""
    if not isinstance(operand, list) or not operand:
        _refuse(operator, "a list of at least one value, such as [a, b]", operand)
    for item in operand:
        if not isinstance(item, str | int | float):
            _refuse(operator, "a list of texts, numbers, true or false", item)
    return tuple(equal_to(_fixed(item, operator), manner) for item in operand)


def fragment(operand: object, operator: str) -> str:
    """Text with something in it."""
    if isinstance(operand, int | float):
        _refuse(operator, "text", operand, "put it in quotes")
    if not isinstance(operand, str) or not operand:
        _refuse(operator, "text of at least one character", operand)
    _fixed(operand, operator)
    return operand


def yes_or_no(operand: object, operator: str) -> bool:
    """True or false, as YAML 1.2 writes them."""
    if not isinstance(operand, bool):
        _refuse(operator, "true or false", operand)
    return operand


def amount(operand: object, operator: str, manner: Manner) -> Order:
    """Anything with an order: a number, a duration, a day, a moment."""
    return _ordered(operand, operator, _AMOUNT, lambda: order_by_any(operand, manner))


def time(operand: object, operator: str, manner: Manner) -> Order:
    """A day or a moment."""
    return _ordered(operand, operator, _TIME, lambda: order_by_time(_text(operand), manner))


def window_s(operand: object) -> tuple[float, float]:
    """How far the window of `within` reaches into the past and into the future, in seconds."""
    if not isinstance(operand, dict):
        reach = _reach_s(operand)
        return reach, reach
    if len(operand) != 1:
        _refuse("within", _WINDOW, operand)
    [(side, text)] = operand.items()
    if side not in ("next", "last"):
        raise Flaw(unknown("side of 'within':", side, ("next", "last")), "wrong-operand")
    # the other side ends at now itself
    return (0, _reach_s(text)) if side == "next" else (_reach_s(text), 0)


def _reach_s(operand: object) -> int:
    return _ordered(operand, "within", _WINDOW, lambda: duration_s(_text(operand)))


def _ordered(operand: object, operator: str, expected: str, read: Callable[[], _Read]) -> _Read:
    if isinstance(operand, str):
        _fixed(operand, operator)
    try:
        return read()
    except ValueError:
        _refuse(operator, expected, operand)


def _text(operand: object) -> str:
    if not isinstance(operand, str):
        raise ValueError("not text")  # noqa: TRY004 -- _ordered turns it into the one message
    return operand


def _fixed(operand: str | float, operator: str) -> str | float:
    if isinstance(operand, str) and "${" in operand:
        raise Flaw(
            f"'{operator}' compares with a fixed value, not {quoted(operand)}; ${{…}} is filled in"
            " only in 'do'",
            "template-in-condition",
        )
    return operand


def _refuse(operator: str, expected: str, operand: object, way_out: str = "") -> NoReturn:
    message = f"'{operator}' expects {expected}, not {_described(operand)}"
    raise Flaw(f"{message}; {way_out}" if way_out else message, "wrong-operand")


def _described(operand: object) -> str:
    match operand:
        case bool():
            return "true" if operand else "false"
        case None:
            return "nothing"
        case list():
            return "a list" if operand else "an empty list"
        case dict():
            return "a map"
        case _:
            return quoted(operand)
