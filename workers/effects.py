"""Making a write happen once: enter it, send it, record it; after a lost answer, look first.

This is the only place that sends writes. Actions say what to write and how to find it again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec.structs import replace

from webhooks.errors import RunFailed, RunHeld, TargetBusy, TargetGone, TargetRefused, TargetUnknown
from webhooks.store.journal import Write
from workers import circles, entries, written
from workers.circles import Sets, Stop
from workers.entries import Entry, Ledger
from workers.retry import LOOK_APART_S, STILL_AT_IT_S
from workers.targets.http import Answer, Request, Target
from workers.trail import Finder, Trail

#: seconds between two tries of a rule that is held
HELD_RETRY_S = 60.0


@dataclass
class Allowance:
    """How many more writes a run may make; shared by its actions."""

    left: int


@dataclass
class Effects:
    """The writes of one action of one run."""

    ledger: Ledger
    #: by the name that a request has for where it goes
    targets: Mapping[str, Target]
    event_id: str
    rule: str
    action_id: str
    writes_per_hour: int
    allowance: Allowance
    shadow: bool
    #: milliseconds since 1970 UTC
    now_ms: Callable[[], int]
    #: true once the process was told to end: what is begun is finished, nothing more is begun
    stopping: Callable[[], bool]
    #: how many writes of ours led to the event, each answering the one before
    hop: int = 0
    #: the event and what it is about, for people
    about: str = ""
    made: list[Write] = field(default_factory=list)
    #: what people should know beside the writes: why there are none, say
    notes: list[str] = field(default_factory=list)

    def once(
        self,
        item: str,
        request: Request,
        *,
        find: Finder | None,
        summary: str,
        guard: Callable[[], None] = lambda: None,
        sets: Sets | None = None,
    ) -> dict[str, Any]:
        """Make one write exist exactly once, and return the target's answer to it.

        item: names the write within its action. find: how our own effect is found again; None
        when repeating the write changes nothing. summary: one line for people. guard: raises
        when the write may not be made any more; not asked for one that may have been made.
        sets: what it sets, so that another rule that sets it back and forth is noticed.
        Raises what the target raised, LeaseLost, or RunHeld when the rule may not write.
        """
        if self.shadow:
            guard()
            self._note(item, request, "shadow", summary)
            return {}
        if self.stopping():
            raise RunHeld("worker-ends", "this worker was told to end; another goes on", 0.0)
        effect = self._effect(item)
        intent = Entry(
            method=request.method,
            path=request.path,
            body=request.json,
            target=request.target,
            begun_ms=self.now_ms(),
            hop=self.hop,
            sets=sets,
        )
        begun = self.ledger.begin(
            effect, intent, rule=self.rule, writes_per_hour=self.writes_per_hour
        )
        if isinstance(begun, entries.Fresh):
            self._allow(effect, intent, guard)
            return self._send(item, intent, summary, fresh=True)
        return self._go_on(item, request, begun, find, summary)

    def _go_on(
        self,
        item: str,
        request: Request,
        begun: entries.Known,
        find: Finder | None,
        summary: str,
    ) -> dict[str, Any]:
        """A write that is not made for the first time, or not allowed."""
        match begun:
            case entries.Done(entry):
                self._note(item, request, "repeated-nothing", summary, entry)
                return written.result(entry.result)
            case entries.Refused(entry):
                raise TargetRefused(entry.refusal, code=entry.code, trace_id=entry.trace_id)
            case entries.Unknown(entry):
                return self._settle(item, entry, find, summary)
            case entries.Paused(why):
                raise RunHeld("rule-paused", f"rule {self.rule} is paused: {why}", HELD_RETRY_S)
        raise self._pause(f"{self.writes_per_hour} writes in one hour (writes_per_hour)")

    def decided(self, name: str, decide: Callable[[], Any]) -> Any:
        """What was decided in an earlier try, or now: plain values, kept before the first write.

        What has to be worked out from how things are in awork would come out otherwise once the
        first of several writes is made. Raises LeaseLost.
        """
        kept = None if self.shadow else self.ledger.decided(self._effect(name))
        return self.decided_anew(name, decide()) if kept is None else msgspec.json.decode(kept)

    def decided_anew(self, name: str, decision: Any) -> Any:
        """Keep a decision in place of one that was made before. Raises LeaseLost."""
        value = msgspec.json.encode(decision)
        if not self.shadow:
            self.ledger.decide(self._effect(name), value)
        return msgspec.json.decode(value)

    def marker(self, item: str) -> str:
        """A short text that marks a write as this one of ours, to stand at the end of a note."""
        digest = hashlib.sha256(f"{self.event_id}/{self._effect(item)}".encode()).hexdigest()
        return f"⟨hw:{digest[:12]}⟩"

    def _effect(self, item: str) -> str:
        return f"{self.rule}/{self.action_id}/{item}"

    def _settle(self, item: str, entry: Entry, find: Finder | None, summary: str) -> dict[str, Any]:
        """A write was begun and its answer is not known: adopt it, or write it if it is not there.

        A read may not show a write at once, and the target may still be at it: so "not there"
        takes two looks some seconds apart.
        """
        if find is None:
            return self._send(item, entry, summary, fresh=False)
        since = datetime.fromtimestamp(entry.begun_ms / 1000 - 120, UTC)
        waited_ms = self.now_ms() - entry.looked_ms - STILL_AT_IT_S.get(entry.target, 0.0) * 1000
        is_last = entry.looked_ms > 0 and waited_ms >= LOOK_APART_S * 1000
        found = find(Trail(entry.body, since, self.ledger.is_ours_already, is_last))
        if found is not None and self._adopt(item, entry, found, summary):
            return found
        if is_last:
            return self._send(item, entry, summary, fresh=False)
        if not entry.looked_ms:
            entry = replace(entry, looked_ms=self.now_ms())
            self.ledger.looked(self._effect(item), entry)
        raise written.unknown(entry, "no answer came; not found yet, looking again", "no-answer")

    def _send(self, item: str, entry: Entry, summary: str, *, fresh: bool) -> dict[str, Any]:
        effect, request = self._effect(item), written.request(entry)
        if not fresh:
            # From here on it may be there, whatever was looked for before; whoever finds it begun
            # looks twice again. Looking took a while, so the lease is lengthened, too.
            self.ledger.looked(effect, replace(entry, looked_ms=0))
            self.ledger.hold()
        try:
            answer = self.targets[request.target].send(request)
        except (TargetBusy, TargetGone):
            # Certainly not applied. What was unknown before stays so: it is looked for again.
            if fresh:
                self.ledger.withdraw(effect, entry, rule=self.rule)
            else:
                self.ledger.looked(effect, entry)
            raise
        except TargetUnknown:
            # Stays begun, with no look yet: the next try looks before it writes.
            self.ledger.looked(effect, replace(entry, looked_ms=0))
            raise
        except TargetRefused as refused:
            entry = replace(
                entry, refusal=str(refused), code=refused.code, trace_id=refused.trace_id
            )
            self.ledger.refused(effect, entry)
            self._note(item, request, "refused", summary, entry)
            raise
        return self._record(item, entry, answer, summary)

    def _record(self, item: str, entry: Entry, answer: Answer, summary: str) -> dict[str, Any]:
        result = written.result(answer.json)
        done = replace(
            entry,
            result=result,
            made=written.made(entry, result),
            trace_id=answer.trace_id,
            done_ms=self.now_ms(),
        )
        undoes = self.ledger.done(self._effect(item), done)
        if undoes and done.sets:
            self._stop(circles.undoing((self.rule, undoes), done.sets))
        self._note(item, written.request(entry), "done", summary, done)
        return result

    def _adopt(self, item: str, entry: Entry, found: dict[str, Any], summary: str) -> bool:
        """Take what was found for this write's; False when another write of ours has it."""
        done = replace(entry, result=found, made=written.made(entry, found), done_ms=self.now_ms())
        if not self.ledger.adopt(self._effect(item), done):
            return False
        self._note(item, written.request(entry), "adopted", summary, done)
        return True

    def _allow(self, effect: str, intent: Entry, guard: Callable[[], None]) -> None:
        """Count a fresh write against the run's allowance, and ask whether it may be made."""
        try:
            guard()
            if self.hop > circles.MOST_HOPS:
                raise self._stop(circles.answering_itself(self.rule, self.about))
            if self.allowance.left <= 0:
                raise self._pause("more writes in one run than writes_per_run allows")
        except (RunFailed, RunHeld):
            self.ledger.withdraw(effect, intent, rule=self.rule)
            raise
        self.allowance.left -= 1

    def _pause(self, why: str) -> RunHeld:
        self.ledger.pause(self.rule, why)
        return RunHeld("rule-paused", f"rule {self.rule} paused itself: {why}", HELD_RETRY_S)

    def _stop(self, stop: Stop) -> RunHeld:
        """Pause rules that go round, before more is written."""
        self.ledger.alarm(stop.cause, stop.message, stop.way_out)
        for rule, why in stop.why.items():
            self.ledger.pause(rule, why)
        told = f"rule {self.rule} is paused: {stop.why[self.rule]}"
        return RunHeld("rule-paused", told, HELD_RETRY_S)

    def _note(
        self, item: str, request: Request, outcome: str, summary: str, entry: Entry | None = None
    ) -> None:
        self.made.append(written.told(item, request, outcome, summary, entry))
