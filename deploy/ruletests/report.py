"""What people and machines are told about tests of rules. Performs no I/O."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from deploy.annotations import annotation
from deploy.ruletests.coverage import Coverage
from webhooks.store.journal import Run
from workers.rules.testing.model import RuleTest


@dataclass(frozen=True)
class Result:
    """One test that has run."""

    test: RuleTest
    #: why it failed, in lines; none: it passed
    failures: tuple[str, ...]
    runs: tuple[Run, ...]
    seconds: float

    @property
    def place(self) -> str:
        """File and line, for people and terminals."""
        return f"{self.test.path}:{self.test.line}"


def as_text(results: Sequence[Result], seconds: float, coverage: Coverage | None) -> Iterator[str]:
    """For people: each failing test with its reasons, then one line about all."""
    for result in results:
        if result.failures:
            yield f"FAILED {result.test.name}"
            yield f"  {result.place}"
            yield from (f"    {line}" for line in result.failures)
            yield ""
    yield from _coverage(coverage)
    yield f"{_summary(results)} in {seconds:.2f} s"


def as_github(results: Sequence[Result], coverage: Coverage | None) -> Iterator[str]:
    """Annotations for the lines of a pull request."""
    for result in results:
        if result.failures:
            place = {"file": result.test.path, "line": result.test.line, "title": result.test.name}
            yield annotation("error", place, "\n".join(result.failures))
    for missed in coverage.missed if coverage else ():
        place = {"file": missed.path, "line": missed.line, "title": "not tested"}
        yield annotation("notice", place, missed.message)


def as_json(results: Sequence[Result], coverage: Coverage | None) -> str:
    """For programs; every key is always there."""
    told = {
        "tests": [
            {
                "name": result.test.name,
                "rule": result.test.rule,
                "path": result.test.path,
                "line": result.test.line,
                "outcome": "failed" if result.failures else "passed",
                "failures": list(result.failures),
                "seconds": round(result.seconds, 6),
            }
            for result in results
        ],
        "coverage": None
        if coverage is None
        else {
            "percent": coverage.percent,
            "parts": coverage.all,
            "missed": [vars(missed) for missed in coverage.missed],
        },
    }
    return json.dumps(told, indent=2, ensure_ascii=False)


def _coverage(coverage: Coverage | None) -> Iterator[str]:
    if coverage is not None:
        yield str(coverage)
        yield from (f"  {missed}" for missed in coverage.missed)
        yield ""


def _summary(results: Sequence[Result]) -> str:
    failed = sum(bool(result.failures) for result in results)
    if failed:
        return f"{failed} of {_tests(len(results))} failed"
    return f"{_tests(len(results))} passed"


def _tests(number: int) -> str:
    return f"{number} test{'' if number == 1 else 's'}"
