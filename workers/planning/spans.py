"""Spans of time, and what is left of them. Performs no I/O."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True, order=True)
class Span:
    """From a moment until just before another.

    Aware moments of any zone; kept in UTC, since Python counts what lies between two moments of one
    zone by what its clock shows.
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        """Tell both in UTC."""
        for name, at in (("start", self.start), ("end", self.end)):
            if at.tzinfo is not UTC:
                object.__setattr__(self, name, at.astimezone(UTC))

    @property
    def seconds(self) -> int:
        """How long it lasts, in whole seconds."""
        return int((self.end - self.start).total_seconds())

    def within(self, other: Span) -> Span | None:
        """The part of it that the other covers; None when there is none."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Span(start, end) if start < end else None

    def seconds_within(self, other: Span) -> int:
        """How long both last together."""
        part = self.within(other)
        return part.seconds if part else 0


def without(span: Span, taken: Iterable[Span]) -> Iterator[Span]:
    """What is left of a span, in order. taken: in order of their starts; they may overlap."""
    begin = span.start
    for one in taken:
        if begin < min(one.start, span.end):
            yield Span(begin, min(one.start, span.end))
        begin = max(begin, one.end)
    if begin < span.end:
        yield Span(begin, span.end)


def first(seconds: int, spans: Iterable[Span]) -> Iterator[Span]:
    """The first so many seconds of some spans; fewer when they do not hold so many."""
    for span in spans:
        if seconds <= 0:
            return
        yield Span(span.start, min(span.end, span.start + timedelta(seconds=seconds)))
        seconds -= span.seconds
