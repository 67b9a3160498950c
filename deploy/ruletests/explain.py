"""Why nothing happened, for people, and as the reasons a test may name. Performs no I/O."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from deploy.reasons import FAILING, Step, because, found
from webhooks.store.journal import ActionRun, RuleRun, Run
from workers.rules.model import RuleSet

#: outcomes of an action that did not do what it is there for
_FAILED = ("failed", "gone", "later")
_INDENT = "  "
#: characters; values beside longer conditions stand out of line
_WIDEST = 75


def failed(runs: Iterable[Run]) -> dict[str, str]:
    """What went wrong: slug -> message, with the action it went wrong in."""
    found = {}
    for run in runs:
        if run.outcome in _FAILED and not run.rules:
            found[run.reason] = run.message
        for rule in run.rules:
            if rule.verdict == "failed":
                found[rule.reason] = f"{rule.rule}: {rule.message}"
            for action in rule.actions:
                if action.outcome in _FAILED:
                    found[action.reason or action.outcome] = (
                        f"{rule.rule}: {_named(action)}: {action.message}"
                    )
    return found


def reasons(runs: Sequence[Run]) -> frozenset[str]:
    """Slugs of everything that kept something from being written."""
    rules = [rule for run in runs for rule in run.rules]
    return frozenset(one for rule in rules for one in _of_rule(rule)) or frozenset({"no-rule"})


def is_ruled_out_by(path: str, runs: Iterable[Run]) -> bool:
    """True when a condition on this path kept a rule from matching, or an action from running.

    path: as it is written in the condition; more of the condition may follow.
    """
    traces = [
        trace
        for run in runs
        for rule in run.rules
        for trace in (rule.trace, *(action.trace for action in rule.actions))
    ]
    return any(_mentions(s, path) for trace in traces for s in trace if s["verdict"] in FAILING)


def why_nothing(runs: Sequence[Run], rules: RuleSet) -> list[str]:
    """For each rule that wrote nothing, what it was asked and what it found."""
    asked = [rule for run in runs for rule in run.rules]
    if not asked and not runs:
        return ["there was nothing in the list the rule runs over"]
    if not asked:
        return [f"no rule listens to {runs[0].kind}"]
    silent = [rule for rule in asked if not any(action.writes for action in rule.actions)]
    return [line for rule in silent for line in _told(rule, rules)]


def _of_rule(rule: RuleRun) -> Iterator[str]:
    if rule.verdict != "matched":
        yield rule.verdict
        yield from ("absent" for step in rule.trace if step["verdict"] == "absent")
        return
    if rule.outcome == "shadow":
        yield "shadow"
    if not any(action.writes for action in rule.actions):
        skipped = all(action.outcome == "skipped" for action in rule.actions)
        yield "skipped" if skipped else "unchanged"


def _mentions(step: Step, path: str) -> bool:
    parts = step.get("children") or ()
    own = step["text"] == path or str(step["text"]).startswith(f"{path} ")
    return own or any(_mentions(part, path) for part in parts)


def _told(rule: RuleRun, rules: RuleSet) -> Iterator[str]:
    written = rules.named(rule.rule)
    where = f" ({written.path}:{written.line})" if written else ""
    yield f"{rule.rule}{where} {_verdict(rule, written.reason if written else '')}"
    yield from _steps(rule.trace)
    if rule.verdict == "matched":
        for action in rule.actions:
            yield f"{_INDENT}{action.name}: {_outcome(action)}"
            yield from (f"{_INDENT}{line}" for line in _steps(action.trace))


def _verdict(rule: RuleRun, reason: str) -> str:
    match rule.verdict:
        case "matched":
            return "matched and wrote nothing"
        case "not-matched":
            return f"did not match: {because(rule.trace)}"
        case "own-event":
            return "was not asked: our own API user caused this event"
        case "off":
            return f"is off: {reason}"
    return f"{rule.verdict}: {rule.message}"


def _outcome(action: ActionRun) -> str:
    if action.outcome == "done":
        return "nothing was to be written"
    return f"{action.outcome}{f': {action.message}' if action.message else ''}"


def _named(action: ActionRun) -> str:
    return action.name if action.id == action.name else f"{action.name} ({action.id})"


def _steps(trace: Sequence[Step]) -> Iterator[str]:
    """The conditions, one a line: verdict, condition, value."""
    lines = [
        (f"{depth * _INDENT}{step['verdict']:<13} {step['text']}", step)
        for depth, step in _flat(trace, 1)
    ]
    column = max((len(line) for line, _ in lines if len(line) <= _WIDEST), default=0)
    for line, step in lines:
        yield f"{line:<{column}}  {found(step)}".rstrip()


def _flat(trace: Iterable[Step], depth: int) -> Iterator[tuple[int, Mapping[str, object]]]:
    for step in trace:
        yield depth, step
        yield from _flat(step.get("children") or (), depth + 1)
