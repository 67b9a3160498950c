"""Draws a planned week as SVG. Performs no I/O.

A card of its own colour, so that it reads on a white page and on a dark one. Every number in it
comes from the example and its plan.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from xml.sax.saxutils import escape, quoteattr

from deploy.pictures import example
from deploy.pictures.example import HOUR, ZONE, Column
from workers.planning.spans import Span

WIDTH, HEIGHT = 880, 596
_LEFT, _TOP, _DAY, _GAP = 64, 106, 156, 8
_FIRST_HOUR, _LAST_HOUR, _PER_HOUR = 8, 18, 42

_INK, _SOFT, _LINE, _CARD = "#1f2937", "#6b7280", "#e5e7eb", "#ffffff"
_WINDOW, _BUSY, _PLANNED, _EDGE, _DUE = "#e2f0e8", "#c4c9d1", "#2f7d5b", "#1f5c42", "#b4420f"
_OFF = "url(#off)"

_PATTERN = (
    '<defs><pattern id="off" width="8" height="8" patternUnits="userSpaceOnUse"'
    ' patternTransform="rotate(45)"><rect width="8" height="8" fill="#f3f4f6"/>'
    '<rect width="3" height="8" fill="#d6dae0"/></pattern></defs>'
)


def drawn() -> str:
    """The picture, as the text of a file."""
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"'
        f' width="{WIDTH}" height="{HEIGHT}" role="img" font-family="system-ui, -apple-system,'
        ' Segoe UI, Helvetica, Arial, sans-serif">',
        f"<title>{escape(_told())}</title>",
        _PATTERN,
        _rect(0.5, 0.5, WIDTH - 1, HEIGHT - 1, _CARD, edge=_LINE, round_=10),
        *_head(),
        *_hours(),
        *(line for place, each in enumerate(example.columns()) for line in _column(place, each)),
        *_legend(),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _told() -> str:
    days = [
        f"{span.start.astimezone(ZONE):%a %H:%M}-{span.end.astimezone(ZONE):%H:%M}"
        for span in example.planned().spans
    ]
    return f"{example.TASK}, {_hours_of(example.WISH.effort_s)}: {', '.join(days)}"


def _head() -> Iterator[str]:
    wish, block = example.WISH, example.WISH.block
    lengths = f"blocks of {_hours_of(block.min_s)} to {_hours_of(block.max_s or 0)}"
    due = f"{wish.until.astimezone(ZONE):%a %H:%M}" if wish.until else "open"
    about = f"{_hours_of(wish.effort_s)} until {due}, place: {wish.place}, {lengths}"
    yield _text(24, 36, example.TASK, size=19, bold=True)
    yield _text(24, 57, about, size=13, fill=_SOFT)


def _hours() -> Iterator[str]:
    for hour in range(_FIRST_HOUR, _LAST_HOUR + 1):
        y = _TOP + (hour - _FIRST_HOUR) * _PER_HOUR
        right = _LEFT + 5 * _DAY
        yield f'<path d="M{_LEFT} {y}H{right}" stroke="{_LINE}"/>'
        yield _text(_LEFT - 8, y + 4, f"{hour:02}:00", size=11, fill=_SOFT, anchor="end")


def _column(place: int, day: Column) -> Iterator[str]:
    x, middle = _LEFT + place * _DAY + _GAP / 2, _LEFT + (place + 0.5) * _DAY
    given_s = sum(span.seconds for span in day.planned)
    share = (
        f"{_hours_of(given_s)} of {_hours_of(day.free_s)} free" if day.free_s else "nothing free"
    )
    yield _text(middle, 82, f"{day.on:%a %d %b}", size=13, bold=True, anchor="middle")
    yield _text(middle, 98, share, size=11, fill=_SOFT, anchor="middle")
    yield from (_block(x, span, _WINDOW) for span in day.windows)
    if day.off:
        name, spans = day.off
        yield from (_block(x, span, _OFF) for span in spans)
        yield from (_label(x, span, name, _INK) for span in spans[:1])
    for name, span in day.busy.items():
        yield _block(x, span, _BUSY)
        yield _label(x, span, name, _INK)
    for span in day.planned:
        yield _block(x, span, _PLANNED, edge=_EDGE)
        yield _label(x, span, _clock(span), _CARD, bold=True)
    yield from _due(x, day)


def _due(x: float, day: Column) -> Iterator[str]:
    until = example.WISH.until
    if until and until.astimezone(ZONE).date() == day.on:
        y = _y(until)
        yield f'<path d="M{_n(x)} {y}h{_DAY - _GAP}" stroke="{_DUE}" stroke-width="2.5"/>'
        yield _text(x + _DAY - _GAP, y - 6, "due", size=11, fill=_DUE, bold=True, anchor="end")


def _legend() -> Iterator[str]:
    kinds = (
        (_WINDOW, _LINE, "working hours"),
        (_PLANNED, _EDGE, "planned for the task"),
        (_BUSY, _BUSY, "in the calendar already"),
        (_OFF, _LINE, "away"),
    )
    x, y = _LEFT + _GAP // 2, HEIGHT - 40
    for fill, edge, name in kinds:
        yield _rect(x, y, 16, 16, fill, edge=edge, round_=3)
        yield _text(x + 24, y + 12, name, size=12)
        x += 200


def _block(x: float, span: Span, fill: str, edge: str = "none") -> str:
    top, bottom = _y(span.start), _y(span.end)
    return _rect(x, top + 1, _DAY - _GAP, bottom - top - 2, fill, edge=edge, round_=5)


def _label(x: float, span: Span, text: str, fill: str, *, bold: bool = False) -> str:
    return _text(x + 10, _y(span.start) + 20, text, size=12, fill=fill, bold=bold)


def _y(at: datetime) -> float:
    clock = at.astimezone(ZONE)
    return _TOP + (clock.hour + clock.minute / 60 - _FIRST_HOUR) * _PER_HOUR


def _clock(span: Span) -> str:
    begin, end = span.start.astimezone(ZONE), span.end.astimezone(ZONE)
    return f"{begin:%H:%M}-{end:%H:%M}, {_hours_of(span.seconds)}"


def _hours_of(seconds: int) -> str:
    return f"{seconds / HOUR:g} h"


def _rect(
    x: float, y: float, width: float, height: float, fill: str, *, edge: str, round_: int
) -> str:
    return (
        f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}" rx="{round_}"'
        f' fill="{fill}" stroke="{edge}"/>'
    )


def _text(
    x: float,
    y: float,
    text: str,
    *,
    size: int,
    fill: str = _INK,
    bold: bool = False,
    anchor: str = "start",
) -> str:
    weight = 600 if bold else 400
    return (
        f'<text x="{_n(x)}" y="{_n(y)}" font-size="{size}" font-weight="{weight}"'
        f' fill={quoteattr(fill)} text-anchor="{anchor}">{escape(text)}</text>'
    )


def _n(number: float) -> str:
    return f"{number:g}"
