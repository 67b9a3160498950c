"""Reading one rule file: from its tree to rules. Performs no I/O."""

from __future__ import annotations

from zoneinfo import ZoneInfo, available_timezones

from workers.rules.conditions.comparing import Manner
from workers.rules.findings import Findings, nearest
from workers.rules.model import Rule, Vocabulary
from workers.rules.reading import fields
from workers.rules.reading.rule import RuleReader
from workers.rules.tree.nodes import MapNode, Node, ScalarNode
from workers.rules.values import quoted

_VERSION = 1
_FILE_KEYS = ("version", "defaults", "rules")
_DEFAULT_KEYS = ("timezone", "case")
_TIMEZONE = "UTC"


def read_file(
    root: Node, findings: Findings, vocabulary: Vocabulary, taken: dict[str, str]
) -> list[Rule]:
    """Read the rules of a file, in order; mistakes and warnings go to the findings.

    taken: rule id -> where it stands; shared by all files of a set, and added to.
    """
    table = fields.table(root, "a rule file", _FILE_KEYS, findings)
    if not isinstance(root, MapNode):
        return []
    _check_version(root, table, findings)
    timezone, manner = _defaults(table, findings)
    if "rules" not in table:
        fields.require(root, "rules", "a rule file", "a list of rules", findings)
        return []
    reader = RuleReader(findings, vocabulary, taken, timezone, manner)
    return [reader.read(node) for node in fields.listed(table["rules"][1], "rules", findings)]


def _check_version(root: Node, table: fields.Table, findings: Findings) -> None:
    if "version" not in table:
        fields.require(root, "version", "a rule file", f"such as 'version: {_VERSION}'", findings)
        return
    node = table["version"][1]
    if not (isinstance(node, ScalarNode) and type(node.value) is int and node.value == _VERSION):
        message = f"'version' is the number {_VERSION}, not {fields.described(node)}"
        findings.refuse(node, message, "bad-version")


def _defaults(table: fields.Table, findings: Findings) -> tuple[str, Manner]:
    node = table["defaults"][1] if "defaults" in table else MapNode(1, 1, ())
    defaults = fields.table(node, "'defaults'", _DEFAULT_KEYS, findings)
    zone, fold = ZoneInfo(_TIMEZONE), True
    if "timezone" in defaults:
        zone = _timezone(defaults["timezone"][1], findings)
    if "case" in defaults:
        fold = fields.choice(defaults["case"][1], "case", ("ignore", "exact"), findings) != "exact"
    return str(zone), Manner(zone, fold)


def _timezone(node: Node, findings: Findings) -> ZoneInfo:
    name = fields.text(node, "timezone", findings)
    try:
        return ZoneInfo(name or _TIMEZONE)
    except (KeyError, ValueError, OSError):
        # ZoneInfoNotFoundError is a KeyError; "Europe" alone is a folder, "../x" no name at all
        near = nearest(name, available_timezones(), cutoff=0.8)
        rest = f"did you mean '{near}'?" if near else "write an IANA name such as Europe/Berlin"
        findings.refuse(node, f"unknown timezone {quoted(name)}; {rest}", "unknown-timezone")
        return ZoneInfo(_TIMEZONE)
