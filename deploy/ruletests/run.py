"""`hookwork test`: all of it, from the rules' folder to the exit code."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter
from typing import Literal

from deploy.ruletests import coverage as covering
from deploy.ruletests import files, judge, report
from deploy.ruletests.junit import as_junit
from deploy.ruletests.play import Stage
from deploy.ruletests.report import Result
from deploy.ruletests.scene import Case
from webhooks.errors import Mistake, RuleFilesRejected
from workers.actions import VOCABULARY
from workers.rehearse import rehearse
from workers.rules.load import load

Form = Literal["text", "json", "github"]


def run(
    path: Path,
    *,
    out: Callable[[str], object],
    only: str = "",
    junit: Path | None = None,
    coverage: bool = False,
    form: Form = "text",
) -> int:
    """Test the rules at a path.

    path: a folder of rules, a rule file with its tests beside it (`plan.yaml`, `plan.test.yaml`),
    or a test file, which is about the rules of its folder. out: takes what is printed. only: part
    of a test's name or of its rule's id. junit: a file to write. coverage: tell as well what no
    test reached.
    Returns the exit code: 0, or 1 when a test failed.
    Raises RuleFilesRejected for mistakes in rules or tests, and when there is no test to run;
    OSError when the JUnit file cannot be written.
    """
    began = perf_counter()
    rules = load(files.rules_of(path), VOCABULARY)
    cases = _chosen(files.gather(path, rules), only, path)
    stage = Stage(rules, rehearse)
    results = [played(stage, case) for case in cases]
    covered = covering.coverage(rules, (r for each in results for r in each.runs))
    told = covered if coverage else None
    if junit is not None:
        junit.write_bytes(as_junit(results))
    match form:
        case "json":
            out(report.as_json(results, told))
        case "github":
            for line in report.as_github(results, told):
                out(line)
        case "text":
            for line in report.as_text(results, perf_counter() - began, told):
                out(line)
    return int(any(result.failures for result in results))


def played(stage: Stage, case: Case) -> Result:
    """Run one test and judge it. One that fails is played again to the end, to explain it."""
    began = perf_counter()
    happened = stage.play(case)
    failures = judge.failures(case.test, happened, stage.rules)
    if failures:
        whole = judge.failures(case.test, stage.play(case, whole=True), stage.rules)
        failures = whole or failures
    return Result(case.test, tuple(failures), happened.runs, perf_counter() - began)


def _chosen(cases: Sequence[Case], only: str, path: Path) -> list[Case]:
    wanted = only.casefold()
    chosen = [c for c in cases if wanted in c.test.name.casefold() or wanted in c.test.rule]
    if not chosen:
        message = f"none of the {len(cases)} tests here has '{only}' in its name or rule"
        raise RuleFilesRejected([Mistake(str(path), 1, 1, message, "no-tests")])
    return chosen
