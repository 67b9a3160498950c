"""Reading `do`: from the tree of a rule file to the calls of actions. Performs no I/O."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from workers.rules.findings import Findings, unknown
from workers.rules.model import ActionCall, Vocabulary
from workers.rules.reading.fields import described, listed
from workers.rules.reading.parameters import Parameters
from workers.rules.tree.nodes import MapNode, Node, ScalarNode
from workers.rules.values import quoted

_ID = re.compile(r"[a-z0-9_-]+")


@dataclass
class Calls:
    """Reads the actions of one rule."""

    rule_id: str
    vocabulary: Vocabulary
    findings: Findings
    #: action id -> line of the action that has it
    _taken: dict[str, int] = field(default_factory=dict)

    def read(self, node: Node) -> tuple[ActionCall, ...]:
        """The actions in order; those with a mistake in their name are left out."""
        calls = (self._call(item) for item in listed(node, "do", self.findings))
        return tuple(call for call in calls if call)

    def _call(self, node: Node) -> ActionCall | None:
        named = self._named(node)
        if named is None:
            return None
        name, parameters = named
        given = self._given_id(node)
        self._take(given or name, has_id=given is not None)
        action_id = (given or name).text
        where = f"rule '{self.rule_id}', action '{action_id}'"
        reader = Parameters(name.text, self.vocabulary[name.text], where, self.findings)
        return ActionCall(
            id=action_id,
            name=name.text,
            parameters=reader.read(parameters, name),
            path=self.findings.path,
            line=name.line,
            column=name.column,
        )

    def _named(self, node: Node) -> tuple[ScalarNode, Node] | None:
        pairs = node.pairs if isinstance(node, MapNode) else ()
        others = [(key, value) for key, value in pairs if key.text != "id"]
        if not others:
            message = f"an action is a map such as 'add_comment: {{…}}', not {described(node)}"
            if pairs:
                message = "'id' stands here without an action"
            self.findings.refuse(node, message, "wrong-type")
            return None
        known = [(key, value) for key, value in others if key.text in self.vocabulary]
        action = (known or others)[0]
        for key, _ in others:
            if key is not action[0]:
                self._refuse_neighbour(key, action[0])
        if not known:
            message = unknown("action", action[0].text, self.vocabulary)
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
            message = unknown("key beside an action:", key.text, ("id",))
            self.findings.refuse(key, message, "unknown-key")

    def _given_id(self, node: Node) -> ScalarNode | None:
        pairs = node.pairs if isinstance(node, MapNode) else ()
        for key, value in pairs:
            if key.text == "id":
                if isinstance(value, ScalarNode) and _ID.fullmatch(value.text):
                    return value
                message = (
                    f"the id {described(value)} does not fit; use lower-case letters, digits,"
                    " '-' and '_'"
                )
                self.findings.refuse(value, message, "bad-id")
        return None

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
