"""Rule sets to lint, and what is said of them."""

from __future__ import annotations

from tests.unit.workers.rules.vocabulary import VOCABULARY
from webhooks.errors import Mistake
from workers.rules.lint import lint
from workers.rules.load import load_text
from workers.rules.model import RuleSet
from workers.rules.vocabulary import Parameter, ParameterKind

DO = "    do: [{add_comment: {task: t, message: m}}]\n"
REFERENCE = Parameter(ParameterKind.REFERENCE, required=True)
#: with actions that set something
WIDER = {
    **VOCABULARY,
    "change_status": {"task": REFERENCE, "status": REFERENCE},
    "create_task": {
        **VOCABULARY["create_task"],
        "private_for": Parameter(ParameterKind.REFERENCE),
    },
    "plan_task": {"task": REFERENCE},
    "unplan_task": {"task": REFERENCE},
}


def told(found: tuple[Mistake, ...]) -> list[str]:
    return [f"{one.line}:{one.column}: {one.message} [{one.code}]" for one in found]


def set_of(rules: str, head: str = "version: 1\nrules:\n") -> RuleSet:
    return load_text(head + rules, WIDER)


def with_if(*conditions: str, head: str = "version: 1\nrules:\n") -> RuleSet:
    """A rule for task_updated; its first condition is in line 6."""
    items = "".join(f"      - {condition}\n" for condition in conditions)
    return set_of(f"  - id: a\n    when: task_updated\n    if:\n{items}{DO}", head)


def said(*conditions: str, when: str = "task_updated", more: str = "") -> list[str]:
    """Of a rule for these events; its first condition is in line 6, or in 7 with `more`."""
    items = "".join(f"      - {condition}\n" for condition in conditions)
    rest = f"    {more}\n" if more else ""
    return told(lint(set_of(f"  - id: a\n    when: {when}\n{rest}    if:\n{items}{DO}")))


def never(*conditions: str, head: str = "version: 1\nrules:\n") -> list[str]:
    return [f"{one.line}: {one.message}" for one in lint(with_if(*conditions, head=head))]
