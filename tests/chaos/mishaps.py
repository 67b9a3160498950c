"""What befalls a chaos run, and when: all chosen by the seed.

How it meets the processes is not: two runs of one seed have the same mishaps, not the same
interleaving.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from math import inf
from pathlib import Path
from random import Random

from deploy.sandbox.faults import Fault, Kind
from deploy.sandbox.server import Sandbox
from tests.chaos import rules
from tests.chaos.house import House

#: Seconds: a lease is a minute, and what dies later than this before the end would only be worked
#: off much later than the rest.
_LAST_DEATH_S = 25.0
#: mishap, role -> how often
_MISHAPS = {
    ("kill", "worker"): 34,
    ("kill", "edge"): 14,
    ("kill", "redis"): 12,
    ("freeze", "worker"): 14,
    ("freeze", "redis"): 8,
    ("end", "worker"): 10,
    ("end", "edge"): 8,
}
_DEADLY = {("kill", "worker"), ("kill", "redis")}
#: kind of fault -> part of all calls
_FAULTS: dict[Kind, float] = {
    "drop_after": 0.02,
    "drop_before": 0.015,
    "fail_after": 0.015,
    "refuse": 0.015,
    "rate_limit": 0.002,
}
#: of each call: shortest, longest
_LATENCY_S = (0.01, 0.24)

_REVOKED_S = 2.0

#: each time it is asked for the next, does what is due; gives the time of the one after
Times = Iterator[float]


def strikes(house: House, seed: int, began: float, seconds: float) -> Times:
    """Processes that are killed, frozen or told to end."""
    chance, at = Random(f"{seed} mishaps"), began + 3.0
    last_death = began + max(seconds * 0.6, seconds - _LAST_DEATH_S)
    while True:
        yield at
        (which,) = chance.choices([*_MISHAPS], [*_MISHAPS.values()])
        pause_s = chance.choice([0.0, 0.0, 0.5, 2.0])
        if which[0] == "freeze":
            # Shorter than a lease: longer is what the README names as able to write twice.
            pause_s = chance.uniform(0.5, 3.0) * (1 if which[1] == "redis" else 3)
        member = chance.randrange(6)
        if which not in _DEADLY or at < last_death:
            house.strike(*which, member, pause_s=pause_s)
        at += chance.uniform(1.5, 4.0)


class RuleFile:
    """The rule file of the run, which somebody keeps on editing."""

    def __init__(self, path: Path, notify_url: str) -> None:
        self.path = path
        self.written = 0
        self._notify_url = notify_url

    def write(self, chance: Random | None = None) -> None:
        """Write it anew; with a chance in another order, by one of two ways of saving."""
        text = rules.text(self._notify_url, chance)
        self.written += 1
        if chance and chance.random() < 0.5:
            # As some editors do: in place, so that it is half written for a moment.
            self.path.write_text(text, encoding="utf-8")
        else:
            new = self.path.with_suffix(".new")
            new.write_text(text, encoding="utf-8")
            new.replace(self.path)

    def edits(self, seed: int, began: float) -> Times:
        """Edits that mean nothing, and now and then a mistake, mended a moment later."""
        chance, at = Random(f"{seed} rules"), began + 2.0
        for _ in count():
            yield at
            self.write(chance)
            at += chance.uniform(2.5, 8.0)
            if chance.random() < 0.25:
                yield at
                with self.path.open("a", encoding="utf-8") as file:
                    file.write(rules.BROKEN)
                at += chance.uniform(1.5, 4.0)


def raise_faults(sandbox: Sandbox, seed: int) -> list[Fault]:
    """From now on awork and Workiva are slow and unreliable, and awork's lists lag."""
    chance = Random(f"{seed} awork")
    sandbox.world.list_lag_s = chance.choice([1.0, 1.5, 2.0])
    sandbox.faults.random, sandbox.workiva.faults.random = chance, Random(f"{seed} workiva")
    raised = []
    for faults in (sandbox.faults, sandbox.workiva.faults):
        faults.latency_s = _LATENCY_S
        raised += [
            faults.add(kind, times=None, chance=part, status=503 if kind == "refuse" else 500)
            for kind, part in _FAULTS.items()
        ]
    return raised


def revocations(sandbox: Sandbox, began: float, seconds: float) -> Times:
    """Workiva's grant is taken away, and given back a moment later."""
    for at in (began + seconds / 4, began + seconds / 2):
        yield at
        sandbox.workiva.revoke()
        yield at + _REVOKED_S
        sandbox.workiva.grant()
    yield inf


def end_faults(sandbox: Sandbox) -> None:
    """From now on both are as one would wish."""
    for faults in (sandbox.faults, sandbox.workiva.faults):
        faults.clear()
        faults.latency_s = (0.0, 0.0)
    sandbox.workiva.grant()
    # What a person did in the last moment shall be seen when the last wish is worked out.
    sandbox.world.list_lag_s = 0.0


def play(times: Times, now: Callable[[], float]) -> Callable[[], None]:
    """What does each mishap when its time has come; to be called all the time."""
    due = next(times)

    def look() -> None:
        nonlocal due
        if now() >= due:
            due = next(times)

    return look
