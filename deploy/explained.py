"""What `hookwork explain` prints: which rules match an event and why, and what they would send.

Everything told here was decided elsewhere; nothing is decided, read or written.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.text import Text

from deploy.reasons import FAILING, Step, because, found
from webhooks.store.journal import ActionRun, RuleRun, Run, Write

#: verdict -> its mark and colour
_MARKS = {
    "matched": ("✓", "green"),
    "not-matched": ("✗", "red"),
    "own-event": ("-", "yellow"),
    "skipped": ("-", "yellow"),
    "handed-on": ("✓", "green"),
    "failed": ("?", "red"),
    "off": ("-", "dim"),
    "met": ("✓", "green"),
    "not met": ("✗", "red"),
    "absent": ("?", "yellow"),
    "not known": ("?", "yellow"),
}
#: verdict of a rule -> in the summary, and beside the rule
_WORDS = {
    "matched": ("matching", "matches"),
    "not-matched": ("not matching", "does not match"),
    "own-event": ("left out", "is left out, our own API user caused this event"),
    "off": ("off", "is off"),
    "failed": ("undecided", "cannot be decided"),
    "skipped": ("left out", "is left out, though it matches"),
    "handed-on": ("waiting", "matches, and its run waits its turn"),
}
#: not evaluated, and what a later version may add
_NO_MARK = ("·", "dim")
#: outcome of an action -> its colour; of all others red
_COLOURS = {"shadow": "cyan", "done": "cyan", "skipped": "cyan", "not-known": "yellow"}
_ASCII = str.maketrans("✓✗·→…", "+x.>~")
#: characters; the values beside longer conditions stand out of line
_WIDEST = 60
#: characters of a request's body; `as_data` has all of it
_LONGEST_BODY = 300
_INDENT = "  "


@dataclass(frozen=True)
class Beside:
    """What is to be told beside the run itself."""

    #: about all of it, such as the moment it is judged for
    notes: tuple[str, ...] = ()
    #: id of a rule that matches -> when its run begins
    flows: Mapping[str, str] = field(default_factory=dict)


NOTHING_BESIDE = Beside()


def print_explanation(run: Run, console: Console, beside: Beside = NOTHING_BESIDE) -> None:
    """Tell people about each rule: does it match, because of what, and what would it send."""
    for line in _lines(run, beside):
        if console.options.ascii_only:
            line.plain = line.plain.translate(_ASCII)
        # soft_wrap: a pipe wants the line whole, and a terminal wraps it itself
        console.print(line, soft_wrap=True)


def as_data(run: Run, beside: Beside = NOTHING_BESIDE) -> dict[str, Any]:
    """The same for machines: plain values, every key always there, nothing cut."""
    return {
        "event": {"kind": run.kind, "entity_id": run.entity_id, "title": run.title},
        "rules_hash": run.rules_hash,
        "reason": run.reason,
        "message": run.message,
        "notes": list(beside.notes),
        "rules": [_rule_data(rule, beside) for rule in run.rules],
    }


def _lines(run: Run, beside: Beside) -> Iterator[Text]:
    yield Text(_clean(f"{run.kind}  {run.title}".rstrip()), "bold")
    yield Text(_summary(run))
    yield from (Text(_clean(note), "dim") for note in beside.notes)
    for rule in run.rules:
        yield Text()
        yield from _rule(rule, beside.flows.get(rule.rule, ""))


def _summary(run: Run) -> str:
    if not run.rules:
        return _clean(run.message or run.reason) or f"No rule listens to {_clean(run.kind)}."
    told = Counter(_words(rule)[0] for rule in run.rules)
    counts = ", ".join(f"{count} {words}" for words, count in told.items())
    listen = "1 rule listens" if len(run.rules) == 1 else f"{len(run.rules)} rules listen"
    return f"{listen} to it: {counts}."


def _words(rule: RuleRun) -> tuple[str, str]:
    return _WORDS.get(rule.verdict, (rule.verdict, rule.verdict))


def _rule(rule: RuleRun, flow: str) -> Iterator[Text]:
    mark, colour = _MARKS.get(rule.verdict, _NO_MARK)
    name = (_clean(rule.rule), "bold")
    yield Text.assemble((mark, colour), " ", name, "  ", (_clean(_verdict(rule)), colour))
    yield from _conditions(rule.trace, 1)
    if flow and rule.verdict == "matched":
        yield Text(_clean(f"{_INDENT}{flow}"), "dim")
    for action in rule.actions:
        yield from _action(action)


def _verdict(rule: RuleRun) -> str:
    words = _words(rule)[1]
    if rule.verdict == "matched" and rule.mode == "shadow":
        words = f"{words}, in shadow mode"
    why = because(rule.trace) if rule.verdict == "not-matched" else rule.message or rule.reason
    return f"{words}: {why}" if why else words


def _conditions(trace: Sequence[Step], outermost: int) -> Iterator[Text]:
    steps = list(_flat(trace, outermost))
    widths = [len(depth * _INDENT + step["text"]) for depth, step in steps]
    column = max((width for width in widths if width <= _WIDEST), default=0)
    for depth, step in steps:
        indent, written = depth * _INDENT, _clean(step["text"])
        told = _clean(found(step))
        if told:
            written = f"{written:<{column - len(indent)}}  "
        # what decided stands out
        tone = "" if step["verdict"] in FAILING else "dim"
        mark = _MARKS.get(step["verdict"], _NO_MARK)
        yield Text.assemble(indent, mark, " ", (written + told, tone))


def _flat(trace: Iterable[Step], depth: int) -> Iterator[tuple[int, Step]]:
    for step in trace:
        yield depth, step
        yield from _flat(step.get("children") or (), depth + 1)


def _action(action: ActionRun) -> Iterator[Text]:
    told = _clean(_outcome(action))
    colour = _COLOURS.get(action.outcome, "red")
    mark = "?" if action.outcome == "not-known" else "→"
    yield Text.assemble(_INDENT, (mark, colour), f" {_clean(_named(action))} ", (told, colour))
    yield from _conditions(action.trace, 3)
    for write in action.writes:
        yield from _write(write)


def _named(action: ActionRun) -> str:
    beside = [] if action.id == action.name else [action.id]
    beside += [f"for {action.item}"] if action.item else []
    return f"{action.name} ({', '.join(beside)})" if beside else action.name


def _outcome(action: ActionRun) -> str:
    if action.outcome == "not-known":
        return action.message
    words = {
        "shadow": "would send",
        "done": "sent",
        "skipped": "is left out",
        "not-started": "would not start: the action before it fails",
    }.get(action.outcome, action.outcome)
    if action.outcome in ("shadow", "done") and not action.writes:
        words = "has nothing to write"
    why = because(action.trace) or action.message or action.reason
    return f"{words}: {why}" if why else words


def _write(write: Write) -> Iterator[Text]:
    request = _clean(f"{write.method} {write.path}")
    yield Text.assemble(3 * _INDENT, request, (f"  {_clean(write.summary)}", "dim"))
    if write.body is not None:
        text = _clean(json.dumps(write.body, ensure_ascii=False))
        cut = text if len(text) <= _LONGEST_BODY else f"{text[: _LONGEST_BODY - 1]}…"
        yield Text(4 * _INDENT + cut, "dim")


def _rule_data(rule: RuleRun, beside: Beside) -> dict[str, Any]:
    return {
        "rule": rule.rule,
        "verdict": rule.verdict,
        "mode": rule.mode,
        "because": because(rule.trace),
        "reason": rule.reason,
        "message": rule.message,
        "flow": beside.flows.get(rule.rule, ""),
        "conditions": [_step_data(step) for step in rule.trace],
        "actions": [_action_data(action) for action in rule.actions],
    }


def _step_data(step: Step) -> dict[str, Any]:
    return {
        "text": step["text"],
        "verdict": step["verdict"],
        "value": step.get("value"),
        "note": step.get("note") or "",
        "children": [_step_data(child) for child in step.get("children") or ()],
    }


def _action_data(action: ActionRun) -> dict[str, Any]:
    return {
        "id": action.id,
        "action": action.name,
        "item": action.item,
        "outcome": action.outcome,
        "reason": action.reason,
        "message": action.message,
        "conditions": [_step_data(step) for step in action.trace],
        "requests": [
            {"method": w.method, "path": w.path, "body": w.body, "summary": w.summary}
            for w in action.writes
        ],
    }


def _clean(text: str) -> str:
    """Other people's text for the terminal: nothing in it steers the terminal."""
    return "".join(c if c.isprintable() else " " for c in text)
