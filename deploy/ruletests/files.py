"""Finding and reading test files and their fixtures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from deploy.ruletests import fitting
from deploy.ruletests.scene import Case
from deploy.ruletests.tables import OTHER_NAMES, fields_of_tables
from deploy.sandbox.refusals import Model
from webhooks.errors import Mistake, RuleFilesRejected
from webhooks.sources.kinds import ALIASES, KINDS
from workers.actions import ACTIONS
from workers.rules.findings import Findings, Spot, nearest, unknown
from workers.rules.model import RuleSet
from workers.rules.testing import testfile
from workers.rules.testing.model import Known, RuleTest
from workers.rules.values import quoted

_ENDINGS = (".test.yaml", ".test.yml")


def is_test_file(path: Path) -> bool:
    """True for the name of a file with tests of rules."""
    return path.name.lower().endswith(_ENDINGS)


def rules_of(path: Path) -> Path:
    """Where the rules are that the tests at a path are about: those beside a test file."""
    return path.parent if is_test_file(path) else path


def gather(path: Path, rules: RuleSet) -> list[Case]:
    """All tests at a path: a test file, a folder of them, or the one beside a rule file.

    Raises RuleFilesRejected with every mistake of every file, or when there is no test.
    """
    known = Known(
        rules={rule.id: bool(rule.cron) for rule in rules.rules},
        actions=list(dict.fromkeys([*ACTIONS, *(c.id for r in rules.rules for c in r.actions)])),
        tables=fields_of_tables(),
        table_names=OTHER_NAMES,
    )
    gathered = _Gathered(known, rules)
    for file in files_at(path):
        gathered.read(file)
    if gathered.mistakes:
        raise RuleFilesRejected(gathered.mistakes)
    if not gathered.cases:
        message = "no tests of rules here; they stand in files that end in .test.yaml"
        raise RuleFilesRejected([Mistake(str(path), 1, 1, message, "no-tests")])
    return gathered.cases


def files_at(path: Path) -> list[Path]:
    """The test files at a path, in the order of their names."""
    if path.is_dir():
        found = (file for file in path.rglob("*") if is_test_file(file) and file.is_file())
        return sorted(file for file in found if not _is_hidden(file.relative_to(path)))
    beside = path if is_test_file(path) else path.with_name(f"{path.stem}.test.yaml")
    return [beside] if beside.is_file() else []


@dataclass
class _Gathered:
    """What was read so far."""

    known: Known
    rules: RuleSet
    cases: list[Case] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)

    def read(self, file: Path) -> None:
        """Read one test file, and the fixtures it names."""
        try:
            text = file.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            message = f"cannot be read: {getattr(error, 'strerror', None) or 'it is not UTF-8'}"
            self.mistakes.append(Mistake(str(file), 1, 1, message, "unreadable-file"))
            return
        findings = Findings.of_text(str(file), text)
        tests = testfile.read(text, findings, self.known)
        self.cases += [Case(test, _fixture(test, file.parent, findings)) for test in tests]
        if not findings.mistakes:
            for test in tests:
                fitting.check(test, findings)
                fitting.check_clock(test, self.rules.named(test.rule), findings)
        self.mistakes += findings.mistakes


def _fixture(test: RuleTest, folder: Path, findings: Findings) -> Model | None:
    if test.event.how != "fixture" or not test.event.text:
        return None
    place, named = test.event.place, quoted(test.event.text)
    try:
        decoded = msgspec.json.decode((folder / test.event.text).read_bytes())
    except OSError:
        near = nearest(test.event.text, _fixtures(folder))
        way_out = (
            f"did you mean '{near}'?"
            if near
            else f"its path is relative to the test file, in {_shown(folder)}"
        )
        findings.refuse(place, f"there is no file {named}; {way_out}", "no-such-fixture")
        return None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        findings.refuse(place, f"{named} is not JSON: {error}", "bad-fixture")
        return None
    if not isinstance(decoded, dict) or not isinstance(decoded.get("eventType"), str):
        message = f"{named} is no event of awork: it has no 'eventType'"
        findings.refuse(place, message, "bad-fixture")
        return None
    _check(decoded, test, findings, place)
    fitting.check_fixture(decoded, place, findings)
    return decoded


def _check(payload: Model, test: RuleTest, findings: Findings, place: Spot) -> None:
    kind = str(payload["eventType"])
    kind = ALIASES.get(kind, kind)
    if kind not in KINDS:
        message = f"{quoted(test.event.text)}: {unknown('event', kind, KINDS)}"
        findings.refuse(place, message, "unknown-event")
    if test.now is None and not payload.get("timestamp"):
        message = f"{quoted(test.event.text)} has no 'timestamp'; give the test a 'now'"
        findings.refuse(place, message, "missing-now")


def _shown(folder: Path) -> str:
    return "the folder you are in" if folder == Path() else str(folder)


def _fixtures(folder: Path) -> Iterator[str]:
    for file in sorted(folder.rglob("*.json")):
        yield file.relative_to(folder).as_posix()


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)
