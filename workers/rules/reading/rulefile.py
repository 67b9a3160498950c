"""Reading one rule file: from its tree to rules. Performs no I/O."""

from __future__ import annotations

from workers.rules.findings import Findings
from workers.rules.model import Rule
from workers.rules.reading import fields
from workers.rules.reading.defaults import Defaults, defaults
from workers.rules.reading.rule import VERSION, RuleReader
from workers.rules.reading.scope import Problem
from workers.rules.tree.nodes import MapNode, Node, ScalarNode
from workers.rules.vocabulary import Vocabulary

_FILE_KEYS = ("version", "defaults", "rules")


def read_file(
    root: Node,
    findings: Findings,
    vocabulary: Vocabulary,
    problem: Problem,
    taken: dict[str, str],
) -> list[Rule]:
    """Read the rules of a file, in order; mistakes and warnings go to the findings.

    problem: what is wrong with a path. taken: rule id -> where it stands; shared by all files of
    a set, and added to.
    """
    table = fields.table(root, "a rule file", _FILE_KEYS, findings)
    if not isinstance(root, MapNode):
        return []
    _check_version(root, table, findings)
    common = defaults(table["defaults"][1], findings) if "defaults" in table else Defaults()
    if "rules" not in table:
        fields.require(root, "rules", "a rule file", "a list of rules", findings)
        return []
    reader = RuleReader(findings, vocabulary, problem, taken, common)
    return [reader.read(node) for node in fields.listed(table["rules"][1], "rules", findings)]


def _check_version(root: Node, table: fields.Table, findings: Findings) -> None:
    if "version" not in table:
        fields.require(root, "version", "a rule file", f"such as 'version: {VERSION}'", findings)
        return
    node = table["version"][1]
    if not (isinstance(node, ScalarNode) and type(node.value) is int and node.value == VERSION):
        message = f"'version' is the number {VERSION}, not {fields.described(node)}"
        findings.refuse(node, message, "bad-version")
