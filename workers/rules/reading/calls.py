"""Reading `do`: from the tree of a rule file to the calls of actions. Performs no I/O."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from workers.rules.facts import Path
from workers.rules.findings import Findings, Flaw, unknown
from workers.rules.model import ActionCall, Condition
from workers.rules.reading.clauses import Clauses
from workers.rules.reading.defaults import Defaults
from workers.rules.reading.fields import described, listed, refuse, text
from workers.rules.reading.parameters import Parameters
from workers.rules.reading.scope import Scope
from workers.rules.tree.nodes import MapNode, Node, ScalarNode
from workers.rules.values import quoted
from workers.rules.vocabulary import Vocabulary

#: what stands beside an action's name, by its key
Beside = dict[str, Node]

_ID = re.compile(r"[a-z0-9_-]+")
#: an action does something: one that is only somewhat alike is none to suggest
_CUTOFF = 0.75
#: what may stand beside the action's name
_BESIDE = ("id", "if", "for_each")


@dataclass
class Calls:
    """Reads the actions of one rule."""

    rule_id: str
    vocabulary: Vocabulary
    findings: Findings
    defaults: Defaults
    #: of the rule
    scope: Scope
    #: action id -> line of the action that has it
    _taken: dict[str, int] = field(default_factory=dict)

    def read(self, node: Node) -> tuple[ActionCall, ...]:
        """The actions in order; those with a mistake in their name are left out."""
        nodes = listed(node, "do", self.findings)
        ids = [self._id_of(one) for one in nodes]
        calls = (self._call(one, tuple(ids[at:])) for at, one in enumerate(nodes, 1))
        return tuple(call for call in calls if call)

    def _id_of(self, node: Node) -> str:
        """What an action goes by, as far as that can be seen; no mistake is noted."""
        given = _beside(node).get("id")
        if isinstance(given, ScalarNode):
            return given.text
        names = [key.text for key, _ in node.pairs] if isinstance(node, MapNode) else []
        return next((name for name in names if name in self.vocabulary), "")

    def _call(self, node: Node, later: tuple[str, ...]) -> ActionCall | None:
        beside = _beside(node)
        named = self._named(node)
        if named is None:
            self._remember(beside)
            return None
        name, parameters = named
        given = self._given_id(beside)
        action_id = (given or name).text
        has_item = "for_each" in beside
        scope = self.scope.in_action(tuple(self._taken), later, has_item=has_item)
        where = f"rule '{self.rule_id}', action '{action_id}'"
        declared, hours = self.vocabulary[name.text], self.defaults.hours
        reader = Parameters(name.text, declared, where, self.findings, scope, hours)
        call = ActionCall(
            id=action_id,
            name=name.text,
            parameters=reader.read(parameters, name),
            path=self.findings.path,
            line=name.line,
            column=name.column,
            conditions=self._conditions(beside, scope),
            for_each=self._for_each(beside, scope),
        )
        self._take(given or name, has_id=given is not None)
        return replace(call, is_late=_is_late(call, reader.paths))

    def _conditions(self, beside: Beside, scope: Scope) -> tuple[Condition, ...]:
        if "if" not in beside:
            return ()
        return Clauses(self.findings, self.defaults.manner, scope).conditions(beside["if"], "if")

    def _for_each(self, beside: Beside, scope: Scope) -> Path | None:
        if "for_each" not in beside:
            return None
        node = beside["for_each"]
        written = text(node, "for_each", self.findings, "a path to a list, such as task.assignees")
        try:
            # the list is found before there is an item of it
            return replace(scope, has_item=False).parse(written) if written else None
        except Flaw as flaw:
            refuse(node, flaw, self.findings)
            return None

    def _named(self, node: Node) -> tuple[ScalarNode, Node] | None:
        pairs = node.pairs if isinstance(node, MapNode) else ()
        others = [(key, value) for key, value in pairs if key.text not in _BESIDE]
        if not others:
            message = f"an action is a map such as 'add_comment: {{…}}', not {described(node)}"
            if pairs:
                message = f"'{pairs[0][0].text}' stands here without an action"
            self.findings.refuse(node, message, "wrong-type")
            return None
        known = [(key, value) for key, value in others if key.text in self.vocabulary]
        action = (known or others)[0]
        for key, _ in others:
            if key is not action[0]:
                self._refuse_neighbour(key, action[0])
        if not known:
            message = unknown("action", action[0].text, self.vocabulary, cutoff=_CUTOFF)
            self.findings.refuse(action[0], message, "unknown-action")
            return None
        return action

    def _refuse_neighbour(self, key: ScalarNode, action: ScalarNode) -> None:
        if key.text in self.vocabulary:
            message = (
                f"'{key.text}' and '{action.text}' stand in one entry; begin each action with '- '"
            )
            self.findings.refuse(key, message, "two-actions")
        else:
            message = unknown("key beside an action:", key.text, _BESIDE)
            self.findings.refuse(key, message, "unknown-key")

    def _given_id(self, beside: Beside) -> ScalarNode | None:
        value = beside.get("id")
        if value is None or (isinstance(value, ScalarNode) and _ID.fullmatch(value.text)):
            return value
        message = (
            f"the id {described(value)} does not fit; use lower-case letters, digits, '-' and '_'"
        )
        self.findings.refuse(value, message, "bad-id")
        return None

    def _remember(self, beside: Beside) -> None:
        """An action that cannot be read has a mistake; who refers to its id has none."""
        given = beside.get("id")
        if isinstance(given, ScalarNode):
            self._taken.setdefault(given.text, given.line)

    def _take(self, place: ScalarNode, *, has_id: bool) -> None:
        first = self._taken.setdefault(place.text, place.line)
        if first == place.line:
            return
        message = (
            f"the action id {quoted(place.text)} is taken in line {first}; choose another"
            if has_id
            else f"'{place.text}' is used in line {first} already; give this one an 'id' beside it"
        )
        self.findings.refuse(place, message, "duplicate-id")


def _beside(node: Node) -> Beside:
    pairs = node.pairs if isinstance(node, MapNode) else ()
    return {key.text: value for key, value in pairs if key.text in _BESIDE}


def _is_late(call: ActionCall, in_parameters: Iterable[Path]) -> bool:
    looked_at = {path for condition in call.conditions for path in condition.paths}
    looked_at.update(in_parameters)
    if call.for_each:
        looked_at.add(call.for_each)
    return any(path[0] == "done" for path in looked_at)
