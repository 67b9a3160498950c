"""The store and the ledger: nothing is lost, doubled or stuck, whatever is done in any order."""

from __future__ import annotations

import os
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from deploy.local.redis_server import RedisServer
from tests.promises.store_machine import StoreMachine


def run(server: RedisServer, **how: Any) -> None:
    # Who only wants to know whether it fails need not wait for the shortest way to it.
    phases = [Phase.generate] if "NO_SHRINKING" in os.environ else list(Phase)
    machine = type("Machine", (StoreMachine,), {"server": server})
    run_state_machine_as_test(
        machine,
        settings=settings(
            deadline=None,
            database=None,
            phases=phases,
            suppress_health_check=list(HealthCheck),
            **how,
        ),
    )


def test_whatever_is_done_nothing_is_lost_doubled_or_stuck(server: RedisServer) -> None:
    run(server, max_examples=60, stateful_step_count=40, derandomize=True)


@pytest.mark.nightly
def test_the_same_for_longer(server: RedisServer) -> None:
    run(server, max_examples=1000, stateful_step_count=80, print_blob=True)
