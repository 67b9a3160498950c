"""The forms in which things are stored, as the last release has them: stored_forms.json.

`python -m tests.unit.storedforms` writes down today's; with each release, and only then.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import msgspec

from webhooks import event
from webhooks.store import journal, live, problems
from workers import circles, entries, holdings, mirrors, plan
from workers.actions import adjusted, steps, upkeep
from workers.undo import things

FILE = Path(__file__).with_name("stored_forms.json")

REQUIRED = "required "
#: field -> its type, and before that whether it must be there
Form = Mapping[str, str]

FORMS: Mapping[str, type[msgspec.Struct]] = {
    "event head": event._Head,
    "plan": plan.Plan,
    "plan: rule": plan.PlannedRule,
    "plan: action": plan.PlannedAction,
    "run": journal.Run,
    "run: rule": journal.RuleRun,
    "run: action": journal.ActionRun,
    "run: write": journal.Write,
    "run: attempt": journal.Attempt,
    "dropped": journal.Dropped,
    "ledger": entries.Entry,
    "ledger: sets": circles.Sets,
    "holding": holdings.Held,
    "promise": holdings._Promise,
    "mirror": mirrors.Mirror,
    "mirror: made": mirrors.Made,
    "decision: upkeep": upkeep.Decision,
    "decision: step": steps.Step,
    "decision: entry": adjusted.Decision,
    "decision: rest": adjusted.Rest,
    "undo: thing": things.Thing,
    "problem": problems.Problem,
    "live": live.Live,
    "live: write": live.LiveWrite,
}


def form(struct: type[msgspec.Struct]) -> Form:
    """What a struct is today."""
    fields = msgspec.structs.fields(struct)
    return {one.encode_name: f"{REQUIRED * one.required}{one.type}" for one in fields}


def released() -> Mapping[str, Form]:
    """What the last release has."""
    read: Mapping[str, Form] = json.loads(FILE.read_text(encoding="utf-8"))
    return read


if __name__ == "__main__":
    today = {name: form(struct) for name, struct in FORMS.items()}
    FILE.write_text(json.dumps(today, indent=1) + "\n", encoding="utf-8")
