"""`hookwork backfill`: everything awork has to say since a moment, step by step.

What awork could not deliver comes first: its log has the real events, and what is made of an object
afterwards knows less. Stopped anywhere and begun again, nothing is fed in twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from webhooks.errors import TargetRefused
from workers.targets.subscriptions import Gate, subscriptions, undelivered
from workers.watching.asking import Asking
from workers.watching.changed import changed
from workers.watching.comparing import Compared, Comparing
from workers.watching.families import Family

LOG = "delivery log"


@dataclass(frozen=True)
class Span:
    """What is looked at."""

    since: datetime
    #: what is younger may still be delivered
    until: datetime


@dataclass(frozen=True)
class Step:
    """A part that is done."""

    #: "delivery log", or a family's name
    of: str
    compared: Compared
    #: everything before this moment has been looked at
    reached: datetime
    #: why it could not be looked at; empty when it could
    refused: str = ""


def backfill(
    asking: Asking, comparing: Comparing, gate: Gate, families: Sequence[Family], span: Span
) -> Iterator[Step]:
    """Feed in what is missing, a page at a time.

    Raises TargetFailed and Ended; what was yielded before is done.
    """
    yield _log(asking, comparing, gate, span)
    for family in families:
        for page in changed(asking, family, span.since, span.until):
            compared = comparing.changed(family, page.items, since=span.since)
            yield Step(family.name, compared, page.reached)


def _log(asking: Asking, comparing: Comparing, gate: Gate, span: Span) -> Step:
    try:
        found = asking.ask(lambda awork: subscriptions(awork, gate))
        failed = [
            one
            for ours in found.ours
            for one in asking.ask(partial(undelivered, subscription=ours, since=span.since))
        ]
    except TargetRefused as refused:
        # Tasks and time entries can be compared without that permission.
        return Step(LOG, Compared(), span.since, str(refused))
    due = [one.message for one in failed if one.at < span.until]
    return Step(LOG, comparing.logged(due), span.until)
