"""The ledger: what has been written to other systems, so that no write is made twice.

One entry for each intended write, named by event, rule, action and item; never by a position in
a file, because people edit rules while events wait.

    none ──begin──> begun ──record──> done | refused
      ^               │
      └───withdraw────┘   (certainly not sent)

`begun` without an answer is *unknown*: the write may have happened. The next try looks for it
before writing again. Each step is one script in Redis; keys.py has the keys.
"""

from __future__ import annotations

from typing import Any, NoReturn

import msgspec
import structlog
from msgspec.structs import replace

from webhooks.errors import LeaseLost, RunHeld
from webhooks.store import scripts
from webhooks.store.client import Client
from webhooks.store.inbox import LEASE_S, Claim
from webhooks.store.problems import Problems
from webhooks.store.reply import raw, text
from workers import own, written
from workers.entries import Begun, Done, Entry, Fresh, LimitReached, Paused, Refused, Unknown
from workers.lasting import Lasting

log = structlog.get_logger()

_HOUR_MS = 3_600_000
_HELD, _DONE, _REFUSED = b"b", b"d", b"r"

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Entry).decode


class StoredLedger:
    """The ledger of one event that this worker holds, in Redis."""

    def __init__(
        self,
        client: Client,
        claim: Claim,
        *,
        retention_s: int,
        lease_s: int = LEASE_S,
    ) -> None:
        self._client = client
        self._claim = claim
        self._retention_s = retention_s
        self._lease_s = lease_s
        self._lasting = Lasting(client)

    def begin(self, effect: str, intent: Entry, *, rule: str, writes_per_hour: int) -> Begun:
        """Enter a write before it is sent, and lengthen the lease.

        effect: name of the write, unique within the event.
        Raises LeaseLost when another worker has the event, and RunHeld when a failover of Redis
        could undo the entry: send nothing.
        """
        self._lasting.begin()
        word, *rest = self._run(
            "begin",
            self._claim.id,
            self._claim.lane,
            self._claim.fence,
            self._lease_s * 1000,
            effect,
            _HELD + _encode(intent),
            rule,
            writes_per_hour,
            intent.begun_ms // _HOUR_MS,
        )
        match text(word):
            case "fresh":
                self._lasting.begun(int(rest[0]))
                self._make_last(effect, intent, rule)
                return Fresh()
            case "known":
                self._lasting.begun(int(rest[1]))
                return _known(raw(rest[0]))
            case "paused":
                return Paused(text(rest[0]))
            case "limit":
                return LimitReached()
        raise LeaseLost(f"event {self._claim.id}: another worker has it")

    def left(self, rule: str, writes_per_run: int) -> int:
        """How many more writes a rule may make in this run, over all tries of it."""
        claim = self._claim
        if not (claim.run or claim.orphaned or claim.replays):
            return writes_per_run
        effects = self._client.hkeys(self._client.key.ledger(claim.id))
        return writes_per_run - sum(text(name).startswith(f"{rule}/") for name in effects)

    def done(self, effect: str, entry: Entry) -> str:
        """Record that a write happened. Allowed to a worker whose lease ended: it did happen.

        Returns the rule with which its rule goes on setting one thing back and forth, or nothing.
        Raises TargetUnknown when another write has adopted what this one made: its own is still to
        be found, or to be made.
        """
        marks = (*own.shown(entry), *own.hops(entry), *self._sets(effect, entry))
        word, *rest = self._record(effect, _DONE + _encode(entry), "done", entry.made, *marks)
        if word == "undoing":
            return text(rest[0])
        if word == "taken":
            self._begin_anew(effect, entry, int(rest[0]))
        if word == "done" and (other := _decode(rest[0][1:])).made != entry.made:
            # A process that was frozen between its last check and the sending can do this.
            log.error("write_doubled", effect=effect, made=entry.made, before=other.made)
        return ""

    def adopt(self, effect: str, entry: Entry) -> bool:
        """Record that an object found in the target is this write's.

        Returns False when another write of ours has it: then this one was not found after all.
        Raises LeaseLost when another worker has the event.
        """
        # What it shows may be a person's doing since; which events are ours it does not tell.
        marks = ("", "", *own.hops(entry))
        word: str = self._record(effect, _DONE + _encode(entry), "adopt", entry.made, *marks)[0]
        return word != "taken"

    def refused(self, effect: str, entry: Entry) -> None:
        """Record that the target refused a write for good. Raises LeaseLost as adopt does."""
        self._record(effect, _REFUSED + _encode(entry), "note")

    def looked(self, effect: str, entry: Entry) -> None:
        """Record that we looked for a write of ours in vain. Raises LeaseLost as adopt does."""
        self._record(effect, _HELD + _encode(entry), "note")

    def hold(self) -> None:
        """Lengthen the lease before a write is sent again.

        Raises LeaseLost when another worker has the event, and RunHeld as begin does: send nothing.
        """
        claim = self._claim
        told = (claim.id, claim.lane, claim.fence, self._lease_s * 1000, "")
        if not self._lasting.run("renew", *told):
            raise LeaseLost(f"event {claim.id}: another worker has it")

    def withdraw(self, effect: str, intent: Entry, *, rule: str) -> None:
        """Forget a write that was begun and certainly not sent; it does not count for its rule."""
        hour = intent.begun_ms // _HOUR_MS
        self._run("withdraw", self._claim.id, self._claim.fence, effect, rule, hour)

    def is_ours_already(self, made: str) -> bool:
        """True when an object of the target is on record as made by some write of ours."""
        return bool(self._client.exists(self._client.key.made(made)))

    def touched_ms(self, awork_id: str) -> int:
        """When a write of ours to an object was recorded last, within a day; 0 when none was."""
        return int(text(self._client.get(self._client.key.touched(awork_id.lower()))) or 0)

    def pause(self, rule: str, why: str) -> None:
        """Stop a rule from writing until someone resumes it."""
        self._client.hset(self._client.key.paused, rule, why)

    def alarm(self, cause: str, message: str, way_out: str) -> None:
        """Tell people what is wrong: in the console and, when it is news, in the log."""
        if Problems(self._client).raised(cause, message, way_out=way_out):
            log.error("problem", cause=cause, problem=message, way_out=way_out)

    def decided(self, name: str) -> bytes | None:
        """What was decided under a name; None when nothing was yet."""
        stored = self._client.hget(self._client.key.event(self._claim.id), self._decision(name))
        return None if stored is None else raw(stored)

    def decide(self, name: str, value: bytes) -> None:
        """Keep what was decided under a name, in place of what was before.

        An event that is replayed decides anew. Raises LeaseLost when another worker has it.
        """
        claim = self._claim
        (word,) = self._run("decide", claim.id, claim.fence, self._decision(name), value)
        if text(word) == "lost":
            raise LeaseLost(f"event {claim.id}: another worker has it")

    def _decision(self, name: str) -> str:
        return f"decided:{self._claim.replays}:{name}"

    def _begin_anew(self, effect: str, entry: Entry, since_ms: int) -> NoReturn:
        """As if no answer had come. The other's own object may be there as well, and is this one's
        then: it is looked for since when the other was."""
        log.warning("write_taken", effect=effect, made=entry.made)
        since_ms = min(entry.begun_ms, since_ms)
        begun = replace(entry, begun_ms=since_ms, looked_ms=0)
        self.looked(effect, replace(begun, done_ms=0, result=None, made="", trace_id=""))
        raise written.unknown(
            entry,
            f"it made {entry.made}, which another write of the same, whose answer was lost, has"
            " adopted; looking for what that one made, to adopt it",
            "taken",
        )

    def _record(
        self, effect: str, stored: bytes, how: str, made: str = "", *marks: str | int
    ) -> tuple[Any, ...]:
        told = (self._claim.id, self._claim.fence, effect, stored, made, self._retention_s, how)
        word, *rest = self._run("record", *told, *marks)
        if text(word) == "lost":
            raise LeaseLost(f"event {self._claim.id}: another worker has it")
        return (text(word), *rest)

    def _sets(self, effect: str, entry: Entry) -> tuple[str, str, str]:
        if entry.sets is None:
            return "", "", ""
        key = self._client.key.sets(entry.sets.of, entry.sets.what)
        return key, effect.partition("/")[0], entry.sets.to

    def _make_last(self, effect: str, intent: Entry, rule: str) -> None:
        """Raises RunHeld, and forgets the entry, when a failover could undo it."""
        if self._lasting.is_there:
            return
        told = (self._claim.id, self._claim.fence, effect, _HELD + _encode(intent), "")
        try:
            # Entered again: after a failover meanwhile it is not there.
            word, *_ = self._lasting.run("record", *told, self._retention_s, "note")
        except RunHeld:
            self.withdraw(effect, intent, rule=rule)
            raise
        if text(word) == "lost":
            raise LeaseLost(f"event {self._claim.id}: another worker has it")

    def _run(self, name: str, *arguments: str | bytes | int) -> Any:
        return scripts.run(self._client, name, "", *arguments)


def on_record(client: Client, event_id: str) -> dict[str, Begun]:
    """Every write of an event: what the ledger says of it, by its name."""
    stored = client.hgetall(client.key.ledger(event_id))
    return {text(effect): _known(raw(entry)) for effect, entry in stored.items()}


def _known(stored: bytes) -> Begun:
    state, entry = stored[:1], _decode(stored[1:])
    if state == _DONE:
        return Done(entry)
    return Refused(entry) if state == _REFUSED else Unknown(entry)
