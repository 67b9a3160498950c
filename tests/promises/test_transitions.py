"""The life of an event: each script does the transitions that inbox.py tells, and no others."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources import files
from itertools import product

import pytest

from deploy.local.redis_server import RedisServer
from tests.promises.moments import Moments
from tests.promises.shelves import everything
from tests.promises.stage import watched
from tests.promises.steps import FENCED, OF_OTHERS, STEPS, Bench
from tests.worker import Clock
from webhooks.errors import LeaseLost
from webhooks.store import inbox, keys
from webhooks.store.inbox import LEASE_S

#: state -> what brings an event there
STATES = {
    "-": (),
    "quarantined": ("accept unreadable",),
    "due": ("accept",),
    "claimed": ("accept", "claim"),
    "waiting": ("accept", "claim", "defer"),
    "settled": ("accept", "claim", "finish"),
    "failed": ("accept", "claim", "finish failed"),
}
#: state, step -> the next state; every other step leaves it where it is
TRANSITIONS = {
    ("-", "accept"): "due",
    ("-", "enter"): "due",
    ("-", "accept unreadable"): "quarantined",
    ("due", "claim"): "claimed",
    ("claimed", "defer"): "waiting",
    ("claimed", "finish"): "settled",
    ("claimed", "finish failed"): "failed",
    ("settled", "replay"): "due",
    ("failed", "replay"): "due",
    ("failed", "drop"): "settled",
}
#: state -> what another worker does once a lease is over
AFTER = {
    "due": ("claim", "finish", "replay"),
    "claimed": ("claim",),
    "waiting": ("claim", "defer"),
    "settled": ("claim", "finish"),
    "failed": ("claim", "finish failed"),
}
#: step by which something becomes due at once -> what comes before it
RUNG_FOR = {
    "accept": (),
    "enter": (),
    "hand_on from it": STATES["claimed"],
    "replay": STATES["settled"],
    "undo": STATES["settled"],
}


@pytest.fixture
def bench(server: RedisServer) -> Iterator[Bench]:
    client = watched(server, Moments())
    client.clock = Clock()
    yield Bench(client, client.clock)
    client.close()


@pytest.mark.parametrize(("state", "step"), list(product(STATES, STEPS)))
def test_a_step_leads_where_the_table_says_and_nowhere_else(
    bench: Bench, state: str, step: str
) -> None:
    for before in STATES[state]:
        STEPS[before](bench)
    assert bench.state == state

    STEPS[step](bench)

    assert bench.state == TRANSITIONS.get((state, step), state)


@pytest.mark.parametrize(("state", "step"), list(product(AFTER, FENCED)))
def test_a_claim_that_is_not_in_force_changes_nothing(bench: Bench, state: str, step: str) -> None:
    STEPS["accept"](bench)
    STEPS["claim"](bench)
    old = bench.claim
    bench.clock.forward(seconds=LEASE_S)
    for then in AFTER[state]:
        STEPS[then](bench)
    assert bench.state == state
    bench.claim = old
    before = everything(bench.client)

    if step == "withdraw":
        FENCED[step](bench)
    else:
        with pytest.raises(LeaseLost):
            FENCED[step](bench)

    assert everything(bench.client) == before


@pytest.mark.parametrize("step", RUNG_FOR)
def test_what_becomes_due_at_once_is_rung_for(bench: Bench, step: str) -> None:
    for before in RUNG_FOR[step]:
        STEPS[before](bench)
    bench.client.set(keys.BELL, "@BELL@")

    STEPS[step](bench)

    assert bench.client.llen(keys.QUEUE) == 1


def test_what_waits_is_due_when_its_time_comes_and_a_lease_that_ends_is_a_new_claim(
    bench: Bench,
) -> None:
    for step in STATES["waiting"]:
        STEPS[step](bench)
    bench.clock.forward(seconds=30)
    states = [bench.state]
    for _ in range(2):
        STEPS["claim"](bench)
        states.append(f"{bench.state} {bench.claim.fence}")
        bench.clock.forward(seconds=LEASE_S)

    assert states == ["due", "claimed 2", "claimed 3"]


def test_what_was_undone_is_not_judged_once_more(bench: Bench) -> None:
    for step in (*STATES["settled"], "undo", "replay"):
        STEPS[step](bench)

    assert bench.state == "settled"


def test_every_script_is_in_one_table_or_the_other() -> None:
    folder = files("webhooks.store") / "lua"
    scripts = {file.name.removesuffix(".lua") for file in folder.iterdir()} - {"prelude"}

    assert {step.partition(" ")[0] for step in STEPS} | OF_OTHERS == scripts


def test_the_drawing_of_an_events_life_says_the_same() -> None:
    """Lines of the docstring: state, what happens, scripts, next state, condition."""
    told = [re.split(r" {2,}", line.strip()) for line in (inbox.__doc__ or "").splitlines()]
    rows = [row for row in told if len(row) > 3 and row[0] in STATES]
    drawn = {
        (state, script, following)
        for state, _, scripts, following, *_ in rows
        for script in scripts.split(", ")
        if following != state and script != "time"
    }

    tested = {(state, step.partition(" ")[0], to) for (state, step), to in TRANSITIONS.items()}
    assert drawn - {("-", "hand_on", "due"), ("-", "undo", "due")} == tested
