"""Reading tests of rules (`NAME.test.yaml`) into data. Performs no I/O and runs nothing.

    tests:
      - name: half a day off is respected
        rule: plan-client-work              # left out: all rules run
        now: "2026-03-27T16:00 Europe/Berlin"  # left out: the moment of the event
        event: fixtures/added.json          # a file, an event name (its sample), a map of what is
                                            # not as in the sample, or `cron` (needs rule and now)
        given:                              # what awork would answer; ids may be short names, and
          tasks: {t1: {plannedDuration: 6h}}  # `us` is the user of our API token
          absences: [{userId: u1, startOn: "2026-03-30"}]
        expect:                             # actions in order; or `nothing` or `failed`, then
          - plan_task: {total: 6h}          # perhaps with `because`, a slug or a condition's path

What is expected of an action names fields of its requests, by awork's names or the parameters of
the rule language, and sums them up: `total` (time), `count` (requests), `on` (exactly these days),
`none_on` (none of these days). A list has the fields of each request, one after the other. What
is made during a test goes by `new-1`, `new-2` and so on.

An event that gives an `entity` has changed nothing but what it lists: write `changes: [{property:
DueOn, old: …, new: …}]` for a rule that asks for `changed`. Only an event without an `entity` has
the changes of its sample. The `now` of `cron` is a moment at which the clock starts the rule.

A fixture is only named here; whoever reads files says when it is not there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime

from webhooks.sources.kinds import ALIASES, KINDS
from workers.rules.findings import Findings, Spot, unknown
from workers.rules.reading import fields
from workers.rules.testing import expectation, given
from workers.rules.testing.model import Known, RuleTest, Source
from workers.rules.tree import nodes
from workers.rules.tree.nodes import MapNode, Node, ScalarNode
from workers.rules.values import instant, quoted

_KEYS = ("name", "rule", "now", "event", "given", "expect", "because")
#: what a test cannot do without, and what it looks like
_NEEDED = {
    "name": "such as 'name: half a day off is respected'",
    "event": "a file such as fixtures/added.json, an event name, or a map with 'eventType'",
    "expect": "a list of actions, or 'nothing'",
}
_NOW = "a moment such as '2026-03-27T16:00 Europe/Berlin' or 2026-03-27T15:00:00Z"
_GERMAN = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?:[ T,]+(\d{1,2}:\d\d))?")
_ENVELOPE = (
    "eventType",
    "timestamp",
    "entity",
    "entityId",
    "entityType",
    "entityLink",
    "changes",
    "traceId",
    "triggeredBy",
)


def read(text: str, findings: Findings, known: Known) -> list[RuleTest]:
    """Read the tests of a file, in order; mistakes go to the findings."""
    if all(not line.strip() or line.lstrip().startswith("#") for line in findings.lines):
        findings.refuse(Spot(), "the file is empty; it begins with 'tests:'", "empty-file")
        return []
    root = nodes.read(text, findings)
    if root is None:
        return []
    table = fields.table(root, "a test file", ("tests",), findings)
    if isinstance(root, MapNode) and "tests" not in table:
        fields.require(root, "tests", "a test file", "a list of tests", findings)
    if "tests" not in table:
        return []
    reader = _Reader(findings, known)
    return [reader.read(node) for node in fields.listed(table["tests"][1], "tests", findings)]


@dataclass(frozen=True)
class _Reader:
    """Reads the tests of one file."""

    findings: Findings
    known: Known
    #: name -> line of the test that has it
    taken: dict[str, int] = field(default_factory=dict)

    def read(self, node: Node) -> RuleTest:
        """One test; where something is wrong with it, the findings say so."""
        table = fields.table(node, "a test", _KEYS, self.findings)
        for key, what in _NEEDED.items():
            if isinstance(node, MapNode) and key not in table:
                fields.require(node, key, "a test", what, self.findings)
        event = self._event(table, node)
        if event.how == "cron":
            self._require_clock(table, node)
        return RuleTest(
            name=self._name(table),
            rule=self._rule(table, event),
            now=self._now(table),
            event=event,
            given=given.read(table, self.findings, self.known),
            expect=expectation.read(table, self.findings, self.known.actions),
            path=self.findings.path,
            line=node.line,
            column=node.column,
        )

    def _require_clock(self, table: fields.Table, test: Node) -> None:
        needed = {"rule": "the cron rule it tests", "now": "the moment the clock strikes"}
        for key, what in needed.items():
            if key not in table:
                fields.require(test, key, "a test with 'event: cron'", what, self.findings)

    def _name(self, table: fields.Table) -> str:
        if "name" not in table:
            return ""
        node = table["name"][1]
        name = fields.text(node, "name", self.findings)
        first = self.taken.setdefault(name, node.line)
        if name and first != node.line:
            message = f"the name {quoted(name)} stands in line {first} already; choose another"
            self.findings.refuse(node, message, "duplicate-name")
        return name

    def _rule(self, table: fields.Table, event: Source) -> str:
        if "rule" not in table:
            return ""
        node = table["rule"][1]
        rule = fields.text(node, "rule", self.findings)
        if rule and rule not in self.known.rules:
            self.findings.refuse(node, unknown("rule", rule, self.known.rules), "unknown-rule")
        elif rule and self.known.rules[rule] and event.how != "cron":
            message = f"the clock starts the rule '{rule}'; write 'event: cron'"
            self.findings.refuse(event.place, message, "wrong-event")
        elif rule and event.how == "cron" and not self.known.rules[rule]:
            message = (
                f"the rule '{rule}' listens to events; 'event: cron' is for rules of the clock"
            )
            self.findings.refuse(event.place, message, "wrong-event")
        return rule

    def _now(self, table: fields.Table) -> datetime | None:
        if "now" not in table:
            return None
        node = table["now"][1]
        moment, _, zone = fields.text(node, "now", self.findings, _NOW).partition(" ")
        try:
            return instant(moment, zone.strip() or None) if moment else None
        except (ValueError, KeyError, OSError):
            # ZoneInfoNotFoundError is a KeyError; "Europe" alone is a folder
            message = f"'now' is {_NOW}, not {fields.described(node)}{_as_iso(node)}"
            self.findings.refuse(node, message, "bad-now")
            return None

    def _event(self, table: fields.Table, test: Node) -> Source:
        if "event" not in table:
            return Source("inline", "", {}, Spot(test.line, test.column))
        node = table["event"][1]
        spot = Spot(node.line, node.column)
        if isinstance(node, MapNode):
            return self._inline(node, spot)
        written = fields.text(node, "event", self.findings, _NEEDED["event"])
        if written == "cron":
            return Source("cron", "", {}, spot)
        kind = ALIASES.get(written, written)
        if "." in kind:
            return Source("fixture", kind, {}, spot)
        # without an ending it is no file
        if kind and kind not in KINDS:
            self.findings.refuse(node, unknown("event", kind, (*KINDS, "cron")), "unknown-event")
        return Source("inline", kind, {"eventType": kind}, spot)

    def _inline(self, node: MapNode, spot: Spot) -> Source:
        parts = fields.table(node, "'event'", _ENVELOPE, self.findings)
        if "eventType" not in parts:
            fields.require(node, "eventType", "'event'", "such as task_added", self.findings)
            return Source("inline", "", {}, spot)
        named = parts["eventType"][1]
        kind = fields.text(named, "eventType", self.findings, "an event name")
        kind = ALIASES.get(kind, kind)
        if kind and kind not in KINDS:
            self.findings.refuse(named, unknown("event", kind, KINDS), "unknown-event")
        told = {key: nodes.plain(value) for key, (_, value) in parts.items()}
        return Source("inline", kind, {**told, "eventType": kind}, spot)


def _as_iso(node: Node) -> str:
    """How a moment that begins with a day such as 27.03.2026 is written here."""
    found = _GERMAN.match(node.text) if isinstance(node, ScalarNode) else None
    if found is None:
        return ""
    day, month, year, time = found.groups()
    return f"; write '{year}-{month:0>2}-{day:0>2}T{time or '09:00':0>5} Europe/Berlin'"
