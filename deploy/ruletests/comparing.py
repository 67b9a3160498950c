"""Whether a value is what a test expects. Performs no I/O.

A duration compares with seconds, a moment as a moment, a day as a day, a short name or a name with
the id it stands for; of a map only what is named is compared, and the order of a list is not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from functools import cached_property

from deploy.ruletests.names import Names
from deploy.sandbox.world import World
from workers.rules.values import duration_s, moment
from workers.targets.directory import is_id

#: at the end of what we write; see Effects.marker
_MARKER = re.compile(r"\s*⟨hw:[0-9a-f]+⟩(?=$|\")")
_LONGEST = 300


@dataclass(frozen=True)
class Meaning:
    """What the words of one test stand for."""

    names: Names
    world: World
    #: of the rule
    zone: tzinfo

    def fits(self, expected: object, actual: object) -> bool:
        """True when a value is as expected. None: the value is not there."""
        match expected:
            case list():
                return isinstance(actual, list) and self._all_fit(expected, actual)
            case dict():
                return isinstance(actual, dict) and all(
                    self.fits(value, actual.get(name, actual.get(camel(name))))
                    for name, value in expected.items()
                )
            case str():
                return self._text_fits(expected, actual)
        if isinstance(expected, bool) or isinstance(actual, bool):
            return expected is actual
        return expected == actual

    def _all_fit(self, expected: Sequence[object], actual: Sequence[object]) -> bool:
        left = list(actual)
        for each in expected:
            found = next((i for i, one in enumerate(left) if self.fits(each, one)), None)
            if found is None:
                return False
            del left[found]
        return not left

    def _text_fits(self, expected: str, actual: object) -> bool:
        match actual:
            case bool():
                return False
            case int() | float():
                return _seconds(expected) == actual
            case dict():
                # An object goes by its id or its name.
                ident = actual.get("id") or actual.get("userId")
                return self._text_fits(expected, ident) or actual.get("name") == expected
            case str():
                text = _MARKER.sub("", actual)
                return (
                    expected in (actual, text, self.names.told(text))
                    or (is_id(actual) and actual.lower() in self._ids(expected))
                    or self._same_moment(expected, actual)
                )
        return False

    def _ids(self, name: str) -> set[str]:
        """The ids that a short name, or a name in this workspace, may stand for."""
        return {self.names.id(name)} | self._by_name.get(name.casefold(), set())

    @cached_property
    def _by_name(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for table in self.world.tables.values():
            for ident, model in table.items():
                person = f"{model.get('firstName', '')} {model.get('lastName', '')}".strip()
                found.setdefault(str(model.get("name") or person).casefold(), set()).add(ident)
        return found

    def _same_moment(self, expected: str, actual: str) -> bool:
        try:
            wanted, found = moment(expected, self.zone), moment(actual, self.zone)
        except ValueError:
            return False
        if isinstance(wanted, datetime) or not isinstance(found, datetime):
            return type(wanted) is type(found) and wanted == found
        return wanted in (found.astimezone(self.zone).date(), _midnight_day(found))


def camel(name: str) -> str:
    """What awork and Workiva mostly call what the rule language calls this: due_date, dueDate."""
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def told(value: object, names: Names) -> str:
    """A value for people: on one line, names for ids, our marker left out."""
    if value is None:
        return "nothing"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    text = names.told(_MARKER.sub("", text))
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def duration_text(seconds: int) -> str:
    """Seconds as an author writes them: 5400 is 1h30m."""
    parts = []
    for unit, size in (("h", 3600), ("m", 60), ("s", 1)):
        number, seconds = divmod(seconds, size)
        parts += [f"{number}{unit}"] if number else []
    return "".join(parts) or "0s"


def _midnight_day(found: datetime) -> date | None:
    """awork means a day by midnight UTC, in every zone."""
    utc = found.astimezone(UTC)
    return utc.date() if utc == utc.replace(hour=0, minute=0, second=0, microsecond=0) else None


def _seconds(text: str) -> int | None:
    try:
        return duration_s(text)
    except ValueError:
        return None
