"""Working off what is due: claim, process, settle, until nothing is due or the time is over.

Errors end here: whatever happens to one event, its neighbours are worked on, and the event itself
is settled, tried again, or due again when its lease ends.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import Empty

import msgspec
import structlog
from redis.exceptions import RedisError, ResponseError

from webhooks.errors import LeaseLost, RunFailed
from webhooks.event import Event, NewerWire, from_wire
from webhooks.store import journal
from webhooks.store.inbox import LEASE_S, Claim
from webhooks.store.live import announcement
from webhooks.store.trouble import trouble
from workers import apart
from workers.deps import Deps
from workers.process import Later, Settled, process, undecided
from workers.safekeeping import wrong_keys
from workers.shift import Shift

log = structlog.get_logger()

#: events claimed at once, at the most
BATCH = 16
#: Seconds one task works before it makes room for another: well under the visibility timeout of
#: its message (300 s).
LONGEST_S = 15.0
#: workers that one event may take with it before it is put into the failed list
DEADLY_CLAIMS = 10
#: seconds until an event that a newer edge wrote is offered again, for a newer worker
NEWER_WIRE_S = 30.0


@dataclass(frozen=True)
class Pace:
    """How much to take, and for how long."""

    #: tasks this worker runs at a time
    slots: int
    #: seconds that only go forward
    clock: Callable[[], float] = time.monotonic


def drain(shift: Shift, pace: Pace) -> None:
    """Work off what is due, a batch of one workspace after that of another."""
    began = pace.clock()
    while not shift.stopping and pace.clock() - began < LONGEST_S:
        claimed_at = pace.clock()
        place, claims = shift.claim(BATCH, pace.slots)
        if not claims:
            return
        try:
            _work_off(claims, shift.deps[place], pace, claimed_at)
        finally:
            shift.seats.leave(place)


def _work_off(claims: Sequence[Claim], deps: Deps, pace: Pace, claimed_at: float) -> None:
    for claim in claims:
        late = pace.clock() - claimed_at > LEASE_S / 4
        if deps.stopping() or late:
            _give_back(claim, deps)
        else:
            work_on(claim, deps)


def work_on(claim: Claim, deps: Deps) -> None:
    """Process one event and obey what comes of it."""
    structlog.contextvars.bind_contextvars(event_id=claim.id)
    if workspace := deps.redis.key.workspace:
        structlog.contextvars.bind_contextvars(workspace=workspace)
    try:
        _settle(claim, _processed(claim, deps), deps)
    except NewerWire as newer:
        _give_back(claim, deps, NEWER_WIRE_S)
        apart.tell(newer, deps)
    except LeaseLost:
        # Another worker has it and settles it.
        log.warning("lease_lost")
    except (RedisError, OSError) as error:
        # The lease ends by itself; whoever claims the event then finds what was done on record.
        why = trouble(error)
        log.warning("storage_unavailable", cause=why.cause, problem=why.message)
        if why.is_passing:
            deps.unsettled.put(claim)
    finally:
        structlog.contextvars.clear_contextvars()


def _processed(claim: Claim, deps: Deps) -> Settled | Later:
    try:
        return _understood(claim, deps)
    except NewerWire as newer:
        if not apart.has_waited_too_long(claim, deps):
            raise
        nobody = RunFailed("newer-version", f"no worker of a newer version came for it: {newer}")
        return undecided(claim, _remains(claim), nobody, Counter(), deps)


def _understood(claim: Claim, deps: Deps) -> Settled | Later:
    if claim.orphaned >= DEADLY_CLAIMS:
        died = f"{claim.orphaned} workers in a row died while they worked on it"
        return undecided(claim, _remains(claim), RunFailed("worker-died", died), Counter(), deps)
    try:
        event = from_wire(claim.head, claim.body)
        apart.heed(event)
    except msgspec.DecodeError as error:
        damaged = RunFailed("damaged", f"its record cannot be read: {error}")
        return undecided(claim, _remains(claim), damaged, Counter(), deps)
    # A turn that others joined has the head of the newest.
    event = msgspec.structs.replace(event, id=claim.id)
    try:
        return process(claim, event, deps)
    except ResponseError as error:
        if trouble(error).cause != "redis:wrong-type" or wrong_keys(deps.redis):
            raise
        # A key of this event alone, which nobody puts right; its neighbours are well.
        damaged = RunFailed("damaged", f"what is on record of it cannot be used: {error}")
        return undecided(claim, event, damaged, Counter(), deps)
    except (LeaseLost, NewerWire, RedisError, OSError):
        raise
    except Exception as error:
        # The shell: a mistake of ours must not stop the rest. A few tries, then the failed list.
        log.exception("unforeseen_error")
        return undecided(claim, event, error, Counter(), deps)


def _remains(claim: Claim) -> Event:
    """What is known of an event without reading it."""
    source, _, entity_id = claim.lane.partition(":")
    return Event(
        id=claim.id,
        source=source,
        kind="unknown",
        entity_id=entity_id,
        occurred_us=0,
        received_ms=0,
        identity="",
    )


def _settle(claim: Claim, result: Settled | Later, deps: Deps) -> None:
    run = journal.encode(result.run)
    if isinstance(result, Later):
        deps.inbox.defer(
            claim,
            delay_s=result.retry.seconds,
            counts_as_try=result.counts_as_try,
            run=run,
            counts=result.counts,
        )
        log.info(
            "event_deferred",
            kind=result.run.kind,
            reason=result.run.reason,
            retry_in_s=round(result.retry.seconds, 1),
        )
        return
    deps.inbox.finish(
        claim,
        outcome=result.run.outcome,
        run=run,
        live=announcement(result.run),
        before=result.before,
        handled=result.handled,
        seen=result.seen,
        seen_of=claim.lane,
        counts=result.counts,
    )
    level = log.warning if result.run.outcome == "failed" else log.info
    level(
        "event_settled",
        kind=result.run.kind,
        outcome=result.run.outcome,
        reason=result.run.reason or None,
    )


def _give_back(claim: Claim, deps: Deps, delay_s: float = 0.0) -> None:
    """Let another worker have it, now or later."""
    try:
        deps.inbox.defer(claim, delay_s=delay_s, counts_as_try=False)
    except (LeaseLost, RedisError, OSError) as error:
        # The lease ends by itself.
        log.warning("not_given_back", problem=str(error))


def give_back_unsettled(deps: Deps) -> None:
    """Give back what Redis did not let us settle, rather than wait until the leases end.

    Raises RedisError or OSError while it still does not; what is left is given back later.
    """
    while True:
        try:
            claim = deps.unsettled.get_nowait()
        except Empty:
            return
        try:
            deps.inbox.defer(claim, delay_s=0, counts_as_try=False)
        except LeaseLost:
            # Another worker has it by now, and settles it.
            continue
        except (RedisError, OSError):
            deps.unsettled.put(claim)
            raise
