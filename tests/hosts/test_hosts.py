"""Hosts that are cut off and come back: real processes in network namespaces."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.hosts import network

_LONGEST_S = 420
#: for what ends at once
_PATIENCE_S = 10

pytestmark = pytest.mark.usefixtures("namespaces")


@pytest.fixture(scope="module")
def namespaces() -> None:
    if why := network.why_not():
        pytest.skip(f"no hosts of their own here: {why}")


def run(*words: str) -> str:
    command = [sys.executable, "-m", "tests.hosts", *words]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=_LONGEST_S, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def test_while_one_host_is_away_the_other_does_it_all_and_then_both_do() -> None:
    told = run("short", "--seed", "3")

    assert "missing 0, doubled 0, out of order 0" in told


@pytest.mark.nightly
def test_each_host_is_cut_off_once_and_nothing_is_missing_or_doubled() -> None:
    told = run("cuts", "--seed", "3")

    assert "missing 0, doubled 0, out of order 0" in told


@pytest.mark.nightly
def test_a_worker_whose_bell_could_not_be_acknowledged_hears_the_next() -> None:
    told = run("lost-bells", "--seed", "3")

    assert "heard 0 bells" not in told


def test_what_runs_on_hosts_ends_with_the_command_that_is_killed() -> None:
    """Its output ends when the last process that holds it has ended."""
    command = network.command("sh", "-c", "sleep 300 & echo up; sleep 300")
    with subprocess.Popen(command, stdout=subprocess.PIPE) as running:
        assert running.stdout is not None
        first = running.stdout.readline()

        running.kill()

        assert (first, running.communicate(timeout=_PATIENCE_S)[0]) == (b"up\n", b"")
