"""The next version of hookwork, as much of it as today's can tell: `python -m
tests.journey.nextversion webhooks` is its edge, `... workers` its worker.

It writes the heads of new projects in another form, and its rules may say `shout`.
"""

from __future__ import annotations

import json
import sys
from types import SimpleNamespace
from typing import Any, cast

from webhooks import event as events
from webhooks.event import Event

TOMORROW = events.WIRE_VERSION + 1
#: the kind of event that has the new form
NEW_FORM = "project_added"
NEW_ACTION = "shout"


def speak() -> None:
    """Let what is imported from here on write and read events as the next version does."""
    to_head, from_wire = events.to_head, events.from_wire

    def to_head_of_tomorrow(event: Event) -> bytes:
        head = to_head(event)
        if event.kind != NEW_FORM or event.rule:
            return head
        return json.dumps({"v": TOMORROW, "told": json.loads(head)}).encode()

    def from_wire_of_tomorrow(head: bytes, body: bytes) -> Event:
        read = json.loads(head)
        return from_wire(json.dumps(read["told"]).encode() if read["v"] == TOMORROW else head, body)

    events.to_head, events.from_wire = to_head_of_tomorrow, from_wire_of_tomorrow


def learn() -> None:
    """Let rules say more than they may today."""
    from workers import actions, plan
    from workers.actions import create_task

    action = SimpleNamespace(
        NAME=NEW_ACTION, PARAMETERS=create_task.PARAMETERS, run=create_task.run
    )
    cast("dict[str, Any]", actions.ACTIONS)[NEW_ACTION] = action
    cast("dict[str, Any]", actions.VOCABULARY)[NEW_ACTION] = action.PARAMETERS
    plan.LANGUAGE += 1


def edge() -> None:
    """As `python -m webhooks`."""
    speak()
    from webhooks.__main__ import main

    main()


def worker() -> None:
    """As `python -m workers`."""
    speak()
    learn()
    from workers.__main__ import main

    main()


if __name__ == "__main__":
    {"webhooks": edge, "workers": worker}[sys.argv[1]]()
