"""Whenever a process dies or an answer is lost, the next process finishes what was begun, once."""

from __future__ import annotations

import pytest

from deploy.local.redis_server import RedisServer
from tests.promises.jobs import JOBS, Job
from tests.promises.moments import How, Moments
from tests.promises.stage import Stage
from webhooks.store import keys
from webhooks.store.reply import raw, text

EACH = pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
#: more than any job has; one that comes to it never ends
_MOST = 300


@EACH
def test_where_nothing_dies_bells_are_all_it_takes(job: Job, server: RedisServer) -> None:
    with job.begun(server, Moments()) as stage:
        job.carried_out(stage)

        assert_done(job, stage)
        assert bool(stage.sweeps) == job.waits


@EACH
@pytest.mark.parametrize(
    "how",
    [
        "before",
        *(pytest.param(how, marks=pytest.mark.nightly) for how in ("after", "lost", "twice")),
    ],
)
def test_at_whatever_moment_the_rest_is_done_once_by_whoever_comes_next(
    job: Job, how: How, server: RedisServer, subtests: pytest.Subtests
) -> None:
    for at in range(1, _MOST):
        moments = Moments(at, how)
        with subtests.test(at=at), job.begun(server, moments) as stage:
            job.carried_out(stage)

            assert_done(job, stage)
        if not moments.struck:
            return
    raise AssertionError("it never ends")


def assert_done(job: Job, stage: Stage) -> None:
    """Everything is there once, everything is settled, and nothing is left lying."""
    client = stage.client
    assert job.found(stage) == job.wanted, stage.moments.seen
    assert [
        client.zcard(key) for key in (keys.UNNAMED.waiting, keys.UNNAMED.due, keys.UNNAMED.failed)
    ] == [0, 0, 0]
    assert client.keys(keys.UNNAMED.lane("*")) == []
    events = [key for key in client.keys(keys.UNNAMED.event("*")) if client.type(key) == b"hash"]
    assert events
    assert {client.hget(event, "state") for event in events} == {b"settled"}
    assert {text(client.hget(event, "outcome")) for event in events} <= {"done", "handed-on"}
    written = [
        raw(entry) for key in client.keys(keys.UNNAMED.ledger("*")) for entry in client.hvals(key)
    ]
    assert written
    assert {entry[:1] for entry in written} == {b"d"}
