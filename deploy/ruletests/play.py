"""One test, run: the rules against its event, in an awork and a Workiva of its own. Nothing is
judged here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

from deploy.ruletests import workiva as workivas
from deploy.ruletests.inprocess import BASE_URL, TOKEN, InProcess, Notified, Sent
from deploy.ruletests.scene import Case, Scene, scene
from deploy.sandbox.refusals import Refusal
from webhooks.errors import HookworkError
from webhooks.sources.kinds import ALIASES
from webhooks.store.journal import Run
from workers.facts.listing import listing
from workers.holdings import Holdings
from workers.rules.model import Rule, RuleSet
from workers.rules.subjects import CRON
from workers.rules.testing.model import RuleTest
from workers.targets import notify
from workers.targets.awork import Awork, Connection
from workers.targets.directory import Directory
from workers.targets.http import Target
from workers.targets.workiva import Connection as WorkivaConnection

#: body of a delivery, and its kind
_Delivery = tuple[dict[str, Any], str]


class Rehearse(Protocol):
    """Runs rules against one event; `workers.rehearse.rehearse` is the one."""

    def __call__(
        self,
        payload: dict[str, Any],
        kind: str,
        rules: RuleSet,
        /,
        *,
        connection: Connection,
        now: datetime,
        whole: bool,
        targets: Mapping[str, Target],
        workiva: WorkivaConnection,
        holdings: Holdings,
    ) -> Run: ...


@dataclass(frozen=True)
class Played:
    """What happened in one test."""

    #: None when it could not be set up
    scene: Scene | None
    #: one for the event; of a rule of the clock, one for each item of its list
    runs: tuple[Run, ...] = ()
    #: every write that was made, in order
    sent: tuple[Sent, ...] = ()
    #: requests that awork's contract does not allow, each with the reason
    not_allowed: tuple[str, ...] = ()
    #: what kept the rules from being asked; empty: nothing
    trouble: str = ""


@dataclass(frozen=True)
class Stage:
    """A set of rules, ready for any number of tests."""

    rules: RuleSet
    rehearse: Rehearse
    _sets: dict[tuple[str, bool], RuleSet] = field(default_factory=dict, repr=False)

    def play(self, case: Case, *, whole: bool = False) -> Played:
        """Run one test. whole: every condition is evaluated, for an explanation."""
        try:
            there = scene(case)
        except (Refusal, ValueError) as error:
            what = error.description if isinstance(error, Refusal) else error
            return Played(None, trouble=f"awork cannot be like this: {what}")
        awork = InProcess(there.world)
        connection = Connection(BASE_URL, TOKEN, transport=awork)
        targets = {notify.NAME: Notified(awork.sent)}
        workiva = workivas.connection(there.workiva, awork.sent)
        runs: list[Run] = []
        trouble = ""
        try:
            for payload, kind in self._deliveries(case.test, there, connection):
                rules = self._rules(case.test)
                run = self.rehearse(
                    payload,
                    kind,
                    rules,
                    connection=connection,
                    now=there.now,
                    whole=whole,
                    targets=targets,
                    workiva=workiva,
                    holdings=there.holdings,
                )
                runs.append(run)
        except HookworkError as error:
            trouble = f"{error} [{error.reason}]"
        finally:
            connection.close()
            workiva.close()
        return Played(there, tuple(runs), tuple(awork.sent), tuple(awork.not_allowed), trouble)

    def _deliveries(
        self, test: RuleTest, there: Scene, connection: Connection
    ) -> Iterator[_Delivery]:
        if there.payload is not None:
            kind = str(there.payload.get("eventType"))
            yield there.payload, ALIASES.get(kind, kind)
            return
        rule = self.rules.named(test.rule)
        if rule is None or rule.listing is None:
            return
        today = there.now.astimezone(rule.zone).date()
        items = listing(rule.listing, Awork(connection), Directory(), today, zone=rule.zone)
        for item in items:
            yield {"eventType": "cron", "entity": item}, f"{CRON}{rule.listing.name}"

    def _rules(self, test: RuleTest) -> RuleSet:
        """The rules a test is about. One in shadow mode is tested as if it were live; `because:
        shadow` asks whether it really writes nothing."""
        wanted = (test.rule, test.expect.because != "shadow")
        if wanted not in self._sets:
            self._sets[wanted] = self._made(*wanted)
        return self._sets[wanted]

    def _made(self, only: str, live: bool) -> RuleSet:
        rules = [rule for rule in self.rules.rules if only in ("", rule.id)]
        return replace(self.rules, rules=tuple(_played(rule, live=live) for rule in rules))


def _played(rule: Rule, *, live: bool) -> Rule:
    mode = "live" if live and rule.mode == "shadow" else rule.mode
    when = frozenset({f"{CRON}{rule.listing.name}"}) if rule.listing else rule.when
    return replace(rule, mode=mode, when=when)
