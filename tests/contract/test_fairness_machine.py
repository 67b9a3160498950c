"""Whatever comes, in whatever order: a workspace with work waits no longer than one turn of each
other, and no event is claimed twice or left lying."""

from __future__ import annotations

from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.contract.turnsofseats import Process, pile
from webhooks.store.client import Client
from webhooks.store.inbox import Claim

NAMES = ("", "acme", "globex")
SLOTS = 4
#: three quarters of them
MOST = 3


class Fairness(RuleBasedStateMachine):
    """Two processes, three workspaces."""

    client: ClassVar[Client]

    def __init__(self) -> None:
        super().__init__()
        self.client.flushdb()
        self.processes = [Process(self.client, NAMES, SLOTS) for _ in range(2)]
        #: what the threads of each process are at
        self.held: list[list[tuple[str, list[Claim]]]] = [[], []]
        self.due = dict.fromkeys(NAMES, 0)
        self.stored = dict.fromkeys(NAMES, 0)
        self.claimed: set[str] = set()
        #: claims of each process that gave others a turn while a workspace had work and a slot
        self.passed = [dict.fromkeys(NAMES, 0) for _ in range(2)]

    @rule(name=st.sampled_from(NAMES), many=st.sampled_from([1, 2, 40]))
    def deliver(self, name: str, many: int) -> None:
        pile(self.client, name, many, first=self.stored[name])
        self.stored[name] += many
        self.due[name] += many

    @precondition(lambda self: any(len(held) < SLOTS for held in self.held))
    @rule(data=st.data())
    def claim(self, data: st.DataObject) -> None:
        free = [one for one in range(2) if len(self.held[one]) < SLOTS]
        which = data.draw(st.sampled_from(free))
        may = {name for name in NAMES if self.due[name] and self._holds(which, name) < MOST}

        name, claims = self.processes[which].claim()

        assert name in (may or {"nothing"})
        if claims:
            self._took(which, name, claims, may)

    @precondition(lambda self: any(self.held))
    @rule(data=st.data())
    def finish(self, data: st.DataObject) -> None:
        which = data.draw(st.sampled_from([one for one in range(2) if self.held[one]]))
        name, claims = self.held[which].pop(0)

        self.processes[which].finish(name, claims)

    @invariant()
    def nobody_waits_longer_than_one_turn_of_each_other(self) -> None:
        assert all(many < len(NAMES) for passed in self.passed for many in passed.values())

    @invariant()
    def nobody_has_more_than_its_share(self) -> None:
        assert all(self._holds(which, name) <= MOST for which in range(2) for name in NAMES)

    def teardown(self) -> None:
        for which in range(2):
            for name, claims in self.held[which]:
                self.processes[which].finish(name, claims)
        while True:
            name, claims = self.processes[0].claim()
            if not claims:
                break
            self._took(0, name, claims, {name})
            self.processes[0].finish(name, claims)
        assert len(self.claimed) == sum(self.stored.values())
        assert not any(self.client.of(name).zcard(self._waiting(name)) for name in NAMES)

    def _took(self, which: int, name: str, claims: list[Claim], may: set[str]) -> None:
        ids = {f"{name}/{one.id}" for one in claims}
        assert not ids & self.claimed
        self.claimed |= ids
        self.due[name] -= len(claims)
        self.held[which].append((name, claims))
        for other in NAMES:
            waits = other in may and other != name
            self.passed[which][other] = self.passed[which][other] + 1 if waits else 0

    def _holds(self, which: int, name: str) -> int:
        return sum(of == name for of, _ in self.held[which])

    def _waiting(self, name: str) -> str:
        return self.client.of(name).key.waiting


def _run(client: Client, examples: int, steps: int) -> None:
    Fairness.client = client
    run_state_machine_as_test(
        Fairness,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_no_order_of_events_claims_and_ends_starves_a_workspace(client: Client) -> None:
    _run(client, 12, 30)


@pytest.mark.nightly
def test_nor_does_any_of_very_many(client: Client) -> None:
    _run(client, 400, 80)
