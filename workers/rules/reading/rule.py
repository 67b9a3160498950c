"""Reading one entry of `rules`. Performs no I/O."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import get_args

from webhooks.sources.kinds import ALIASES, KINDS
from workers.rules.conditions.comparing import Manner
from workers.rules.findings import Findings, unknown
from workers.rules.model import ActionCall, Condition, Limits, Mode, Rule, Vocabulary
from workers.rules.reading import fields
from workers.rules.reading.calls import Calls
from workers.rules.reading.clauses import Clauses
from workers.rules.tree.nodes import ListNode, MapNode, Node

_KEYS = ("id", "about", "mode", "reason", "when", "if", "do", "limits")
_LIMITS = ("writes_per_run", "writes_per_hour")
_MODES: tuple[Mode, ...] = get_args(Mode)
_ID = re.compile(r"[a-z0-9-]+")


@dataclass(frozen=True)
class RuleReader:
    """Reads the rules of one file."""

    findings: Findings
    vocabulary: Vocabulary
    #: rule id -> where it stands; shared by all files of a set
    taken: dict[str, str]
    timezone: str
    manner: Manner

    def read(self, node: Node) -> Rule:
        """One rule; where something is wrong with it, the findings say so."""
        table = fields.table(node, "a rule", _KEYS, self.findings)
        if isinstance(node, MapNode):
            self._require(node, table)
        rule_id = self._id(table)
        mode = self._mode(table)
        return Rule(
            id=rule_id,
            about=self._text(table, "about"),
            mode=mode,
            reason=self._text(table, "reason"),
            when=self._when(table),
            conditions=self._conditions(table),
            actions=self._actions(table, rule_id),
            limits=self._limits(table),
            timezone=self.timezone,
            path=self.findings.path,
            line=node.line,
        )

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
            fields.require(
                node,
                "reason",
                "mode off",
                "such as 'reason: until the fair is over'",
                self.findings,
            )
        return mode

    def _when(self, table: fields.Table) -> frozenset[str]:
        if "when" not in table:
            return frozenset()
        node = table["when"][1]
        if isinstance(node, MapNode):
            message = "'when' is an event name or a list of them, not a map"
            self.findings.refuse(node, message, "wrong-type")
            return frozenset()
        names = (
            fields.listed(node, "when", self.findings) if isinstance(node, ListNode) else (node,)
        )
        return frozenset(self._kinds(names))

    def _kinds(self, names: tuple[Node, ...]) -> Iterator[str]:
        for node in names:
            name = fields.text(node, "when", self.findings, "an event name")
            if name in ALIASES:
                message = f"'{name}' is an old name; awork says '{ALIASES[name]}' now"
                self.findings.warn(node, message, "old-name")
            elif name and name not in KINDS:
                self.findings.refuse(node, unknown("event", name, KINDS), "unknown-event")
            yield ALIASES.get(name, name)

    def _conditions(self, table: fields.Table) -> tuple[Condition, ...]:
        if "if" not in table:
            return ()
        return Clauses(self.findings, self.manner).conditions(table["if"][1], "if")

    def _actions(self, table: fields.Table, rule_id: str) -> tuple[ActionCall, ...]:
        if "do" not in table:
            return ()
        return Calls(rule_id, self.vocabulary, self.findings).read(table["do"][1])

    def _limits(self, table: fields.Table) -> Limits:
        if "limits" not in table:
            return Limits()
        given = fields.table(table["limits"][1], "'limits'", _LIMITS, self.findings)
        counts = {key: fields.count(node, key, self.findings) for key, (_, node) in given.items()}
        return Limits(**counts)
