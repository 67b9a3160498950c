"""Rules and their tests in a folder, run as `hookwork test` does."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

from deploy.ruletests.run import run
from webhooks.errors import RuleFilesRejected

#: what most tests here are about
PLAN = """
  - id: plan
    when: [task_added, taskassignment_added]
    if:
      - entity.dueOn: {exists: true}
      - entity.plannedDuration: {at_least: 1h}
      - not: {entity.taskStatus.type: [done, stuck]}
    do:
      - create_schedule:
          task: "${entity.id}"
          user: "${entity.assignees.0.id}"
          start: "${entity.startOn}"
          end: "${entity.dueOn}"
"""
#: an event that PLAN matches: eight hours in Berlin, from nine to five
ASSIGNED = (
    "{eventType: task_added, entity: {id: t1, assignees: [u1], plannedDuration: 8h,"
    ' startOn: "2026-11-23T08:00:00Z", dueOn: "2026-11-23T16:00:00Z"}}'
)


@dataclass(frozen=True)
class Outcome:
    """How a run ended."""

    code: int
    printed: str

    @property
    def reasons(self) -> list[str]:
        """What is printed below the failing tests, without its indentation."""
        lines = self.printed.splitlines()
        return [line.strip() for line in lines if line.startswith("    ")]


@dataclass(frozen=True)
class Folder:
    """A folder with one file of rules."""

    path: Path

    def rules(self, rules: str = PLAN) -> Folder:
        """Write the rules, for days in Berlin."""
        head = "version: 1\ndefaults: {timezone: Europe/Berlin}\nrules:\n"
        self.path.joinpath("rules.yaml").write_text(head + rules, encoding="utf-8")
        return self

    def test(self, *tests: str, **options: Any) -> Outcome:
        """Run tests, each the keys of one; those without a name get one."""
        written = "".join(_item(number, each) for number, each in enumerate(tests, 1))
        self.path.joinpath("a.test.yaml").write_text(f"tests:\n{written}", encoding="utf-8")
        return self.run(**options)

    def run(self, **options: Any) -> Outcome:
        """Run what is there."""
        lines: list[str] = []
        code = run(self.path, out=lines.append, **options)
        return Outcome(code, "\n".join(lines))

    def mistakes(self, *tests: str, **options: Any) -> list[str]:
        """What is wrong with tests that cannot run."""
        try:
            self.test(*tests, **options)
        except RuleFilesRejected as rejected:
            return [str(mistake).replace(f"{self.path}/", "") for mistake in rejected.mistakes]
        return []


def _item(number: int, keys: str) -> str:
    written = dedent(keys).strip()
    named = written if written.startswith("name:") else f"name: test {number}\n{written}"
    return f"  - {indent(named, '    ').strip()}\n"
