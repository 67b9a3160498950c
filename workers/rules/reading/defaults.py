"""Reading `defaults`: what holds for all rules of a file. Performs no I/O."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo, available_timezones

from workers.rules.conditions.comparing import Manner
from workers.rules.findings import Findings, nearest
from workers.rules.hours import NO_HOURS, WorkingHours
from workers.rules.reading import fields
from workers.rules.reading.hours import working_hours
from workers.rules.tree.nodes import Node, plain
from workers.rules.values import quoted

_KEYS = ("timezone", "working_hours", "case")
_TIMEZONE = "UTC"
_MANNER = Manner(ZoneInfo(_TIMEZONE), fold=True)


@dataclass(frozen=True)
class Defaults:
    """What holds for all rules of a file."""

    #: IANA zone in which days are counted
    timezone: str = _TIMEZONE
    manner: Manner = _MANNER
    hours: WorkingHours = NO_HOURS
    #: as they are written, as plain values; None when the file has none
    written: object = None


def defaults(node: Node, findings: Findings) -> Defaults:
    """The defaults of a file that has some; mistakes go to the findings."""
    given = fields.table(node, "'defaults'", _KEYS, findings)
    zone, fold, hours = ZoneInfo(_TIMEZONE), True, NO_HOURS
    if "timezone" in given:
        zone = _timezone(given["timezone"][1], findings)
    if "working_hours" in given:
        hours = working_hours(given["working_hours"][1], findings)
    if "case" in given:
        fold = fields.choice(given["case"][1], "case", ("ignore", "exact"), findings) != "exact"
    return Defaults(str(zone), Manner(zone, fold), hours, plain(node))


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
