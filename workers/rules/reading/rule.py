"""Reading one entry of `rules`. Performs no I/O."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import get_args

from workers.rules.findings import Findings
from workers.rules.flow import Flow
from workers.rules.model import ActionCall, Condition, Limits, Mode, OwnEvents, Rule
from workers.rules.reading import fields
from workers.rules.reading.calls import Calls
from workers.rules.reading.clauses import Clauses
from workers.rules.reading.defaults import Defaults
from workers.rules.reading.flow import flow
from workers.rules.reading.scope import Problem, Scope
from workers.rules.reading.start import start
from workers.rules.tree.nodes import MapNode, Node, plain
from workers.rules.vocabulary import Vocabulary

#: of the rule language
VERSION = 1

_KEYS = (
    "id",
    "about",
    "mode",
    "reason",
    "when",
    "for_each",
    "if",
    "flow",
    "do",
    "limits",
    "own_events",
)
_LIMITS = ("writes_per_run", "writes_per_hour")
_MODES: tuple[Mode, ...] = get_args(Mode)
_OWN_EVENTS: tuple[OwnEvents, ...] = get_args(OwnEvents)
_ID = re.compile(r"[a-z0-9-]+")


@dataclass(frozen=True)
class RuleReader:
    """Reads the rules of one file."""

    findings: Findings
    vocabulary: Vocabulary
    problem: Problem
    #: rule id -> where it stands; shared by all files of a set
    taken: dict[str, str]
    defaults: Defaults

    def read(self, node: Node) -> Rule:
        """One rule; where something is wrong with it, the findings say so."""
        table = fields.table(node, "a rule", _KEYS, self.findings)
        if isinstance(node, MapNode):
            self._require(node, table)
        rule_id = self._id(table)
        mode = self._mode(table)
        begin = start(table, node, self.findings)
        scope = Scope(begin.kinds, self.problem)
        return Rule(
            id=rule_id,
            about=self._text(table, "about"),
            mode=mode,
            reason=self._reason(table, mode),
            when=begin.when,
            conditions=self._conditions(table, scope),
            actions=self._actions(table, rule_id, scope),
            limits=self._limits(table),
            timezone=self.defaults.timezone,
            path=self.findings.path,
            line=node.line,
            flow=self._flow(table, scope, by_clock=bool(begin.cron)),
            cron=begin.cron,
            listing=begin.listing,
            own_events=self._own_events(table, by_clock=bool(begin.cron)),
            working_hours=self.defaults.hours,
            written=self._written(node),
        )

    def _written(self, node: Node) -> dict[str, object]:
        given = self.defaults.written
        head = {} if given is None else {"defaults": given}
        return {"version": VERSION, **head, "rules": [plain(node)]}

    def _require(self, node: Node, table: fields.Table) -> None:
        needed = {
            "id": "such as 'id: plan-client-work'",
            "when": "such as 'when: task_added'",
            "do": "a list of actions",
        }
        for key, what in needed.items():
            if key not in table:
                fields.require(node, key, "a rule", what, self.findings)

    def _text(self, table: fields.Table, key: str) -> str:
        return fields.text(table[key][1], key, self.findings) if key in table else ""

    def _id(self, table: fields.Table) -> str:
        if "id" not in table:
            return ""
        node = table["id"][1]
        rule_id = fields.text(node, "id", self.findings)
        if rule_id and not _ID.fullmatch(rule_id):
            message = (
                f"the id {fields.described(node)} does not fit; use lower-case letters, digits"
                " and '-'"
            )
            self.findings.refuse(node, message, "bad-id")
        elif rule_id:
            self._take(rule_id, node)
        return rule_id

    def _take(self, rule_id: str, node: Node) -> None:
        here = f"{self.findings.path}:{node.line}:{node.column}"
        first = self.taken.setdefault(rule_id, here)
        if first != here:
            message = f"the rule id '{rule_id}' is taken at {first}; choose another"
            self.findings.refuse(node, message, "duplicate-id")

    def _mode(self, table: fields.Table) -> Mode:
        if "mode" not in table:
            return "live"
        node = table["mode"][1]
        mode = fields.choice(node, "mode", _MODES, self.findings)
        if mode == "off" and "reason" not in table:
            what = "such as 'reason: until the fair is over'"
            fields.require(node, "reason", "mode off", what, self.findings)
        return mode

    def _reason(self, table: fields.Table, mode: Mode) -> str:
        if "reason" in table and mode != "off":
            message = f"'reason' says why a rule is off, and this one is {mode}; remove it"
            self.findings.warn(table["reason"][0], message, "ignored-key")
        return self._text(table, "reason")

    def _own_events(self, table: fields.Table, *, by_clock: bool) -> OwnEvents:
        if "own_events" not in table:
            return "ignore"
        if by_clock:
            message = "'own_events' is about events, and the clock starts this rule; remove it"
            self.findings.warn(table["own_events"][0], message, "ignored-key")
        return fields.choice(table["own_events"][1], "own_events", _OWN_EVENTS, self.findings)

    def _conditions(self, table: fields.Table, scope: Scope) -> tuple[Condition, ...]:
        if "if" not in table:
            return ()
        clauses = Clauses(self.findings, self.defaults.manner, scope)
        return clauses.conditions(table["if"][1], "if")

    def _flow(self, table: fields.Table, scope: Scope, *, by_clock: bool) -> Flow:
        if "flow" not in table:
            return Flow()
        return flow(table["flow"][1], scope, self.findings, by_clock=by_clock)

    def _actions(self, table: fields.Table, rule_id: str, scope: Scope) -> tuple[ActionCall, ...]:
        if "do" not in table:
            return ()
        calls = Calls(rule_id, self.vocabulary, self.findings, self.defaults, scope)
        return calls.read(table["do"][1])

    def _limits(self, table: fields.Table) -> Limits:
        if "limits" not in table:
            return Limits()
        given = fields.table(table["limits"][1], "'limits'", _LIMITS, self.findings)
        counts = {key: fields.count(node, key, self.findings) for key, (_, node) in given.items()}
        return Limits(**counts)
