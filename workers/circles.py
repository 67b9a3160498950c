"""Rules that go round: one that answers its own events, two that undo each other. Pure.

    hop       how many writes of ours led to an event, each made in the course of the one before:
              0 when a person caused it, 1 when a write of ours for that event did, and so on
    undoing   two rules that set the same thing of one object to two values in turn

Either is stopped by pausing the rules; their events wait, and what is wrong is one problem.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

import msgspec

#: hops to which a rule still answers: no chain that anybody wants is so long
MOST_HOPS = 8
_UNDOING = ":undo-each-other"


class Sets(msgspec.Struct, frozen=True):
    """What a write sets, of which object, to which value."""

    #: what the object is, in words, and its id
    noun: str
    of: str
    #: such as priority
    what: str
    #: digest of the value
    to: str


@dataclass(frozen=True)
class Stop:
    """Rules that have to be paused, why, and the problem that this is."""

    cause: str
    message: str
    way_out: str
    #: rule -> why it is paused
    why: dict[str, str]


def sets(noun: str, of: str, what: str, value: Any) -> Sets:
    """Say what a write sets. value: plain; values that are equal must be the same however told."""
    told = msgspec.json.encode(value, order="sorted")
    return Sets(noun, of, what, hashlib.sha256(told).hexdigest()[:16])


def answering_itself(rule: str, about: str) -> Stop:
    """A rule went on answering events that only its own writes, or those of rules it starts, had
    caused. about: the event and the object it was about."""
    way_out = (
        f"leave 'own_events: handle' out of {rule}, or give it a condition that its own result does"
        f" not meet; then hookwork resume {rule}"
    )
    told = f"answers its own events in a circle, {MOST_HOPS} times in a row, at last {about}"
    return Stop(f"rule:{rule}:loop", f"{rule} {told}", way_out, {rule: f"it {told}; {way_out}"})


def undoing(rules: Collection[str], done: Sets) -> Stop:
    """Two rules set the same thing to different values, three times each, in turn. done: the last
    of these writes."""
    one, other = sorted(rules)
    did = f"set the {done.what} of {done.noun} {done.of} to different values in turn"
    way_out = "let their conditions exclude each other; then hookwork resume"
    why = {
        mine: f"it and {theirs} undo each other: they {did}; {way_out} {mine}"
        for mine, theirs in ((one, other), (other, one))
    }
    message = f"{one} and {other} undo each other: they {did}"
    return Stop(f"rules:{one}+{other}{_UNDOING}", message, f"{way_out} {one} and {other}", why)


def over(rule: str, causes: Iterable[str], paused: Collection[str]) -> list[str]:
    """Those of the causes that nothing is left of once a rule goes on.

    paused: the rules that stay so.
    """
    return [cause for cause in causes if rule in (at := _rules(cause)) and not at & set(paused)]


def _rules(cause: str) -> set[str]:
    """The rules that a problem of ours is about."""
    whose, _, rest = cause.partition(":")
    about, _, what = rest.partition(":")
    if (whose, what) == ("rule", "loop"):
        return {about}
    return set(about.split("+")) if whose == "rules" and f":{what}" == _UNDOING else set()
