"""Reading what a run left: effects in the sandbox, records in Redis, wishes that came true."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

import msgspec

from deploy.sandbox.refusals import Model
from deploy.sandbox.seed import stable_id
from deploy.sandbox.stamps import read_instant
from deploy.sandbox.world import World
from tests.chaos.driver import Sent
from tests.chaos.findings import Finding, Found, Told, Wrong, is_for, rule_of
from tests.chaos.rules import HOLDER
from tests.listener import Heard
from webhooks.store import journal, keys
from webhooks.store.client import Client
from webhooks.store.journal import Run
from webhooks.store.reply import text

_UNKNOWN = "no-answer"


def effects(
    world: World, workiva: Iterable[Model], heard: Iterable[Heard], told: Sequence[Told]
) -> Found:
    """What the rules have written. workiva: its tasks."""
    found = Found()
    for comment in world.comments.values():
        rule, name = rule_of(comment["message"])
        if rule:
            found.add(rule, comment["entityId"], name)
        if rule == "keyed":
            found.add("keyed in order", "", name)
    for entry in world.entries.values():
        if entry.get("note"):
            found.add("log", entry["taskId"], entry["note"].partition(" ")[0])
    _made(world, found, told)
    _made_in_workiva(workiva, found, told)
    letters = {h.headers["webhook-id"]: msgspec.json.decode(h.body)["name"] for h in heard}
    for name in letters.values():
        found.add("tell", "", name)
    return found


def _made(world: World, found: Found, told: Sequence[Told]) -> None:
    tasks = {one.edit.name: one.edit.entity_id for one in told}
    starts = {
        read_instant(one.edit.entity["startOn"]): one.edit.name
        for one in told
        if is_for("block", one.edit)
    }
    for task in world.tasks.values():
        if task["name"].startswith("follow "):
            name = task["name"].removeprefix("follow ")
            found.add("follow", tasks.get(name, ""), name)
        for tag in task.get("tags", []):
            if tag["name"] in tasks:
                found.add("tag", task["id"], tag["name"])
    for block in world.schedules.values():
        if block["userId"] == stable_id(HOLDER):
            start = str(block["startDate"])
            name = starts.get(read_instant(start), start)
            found.add("block", block["taskId"], name)


def _made_in_workiva(tasks: Iterable[Model], found: Found, told: Sequence[Told]) -> None:
    entities = {one.edit.name: one.edit.entity_id for one in told}
    for task in tasks:
        rule, _, name = task["title"].partition(" ")
        found.add(rule, entities.get(name, ""), name)


def records(client: Client, sent: Sequence[Sent]) -> tuple[dict[str, Run], list[Finding]]:
    """The record of each event, and those that are not settled as they should be."""
    runs, wrong = {}, []
    for one in sent:
        state, run = client.hmget(keys.UNNAMED.event(one.event_id), "state", "run")
        name = one.edit.name if one.edit else "own"
        if state != b"settled" or not isinstance(run, bytes):
            message = f"acknowledged, and its state is {state!r}"
            wrong.append(Finding("missing", "*", one.event_id, name, message))
            continue
        runs[one.event_id] = journal.decode(run)
        if one.other_id:
            wrong.append(Finding("doubled", "*", one.event_id, name, f"and {one.other_id}"))
    return runs, wrong


def every_run(client: Client) -> Iterator[Run]:
    """All records, those of turns among them."""
    for event_id in client.zrange(keys.UNNAMED.settled, 0, -1):
        run = client.hget(keys.UNNAMED.event(text(event_id)), "run")
        if isinstance(run, bytes):
            yield journal.decode(run)


def unknown_settled(runs: Iterable[Run]) -> Counter[str]:
    """Writes whose answer was lost: found again (adopted), or sent again after two looks."""
    counts = Counter[str]()
    for run in runs:
        writes = [w for rule in run.rules for action in rule.actions for w in action.writes]
        adopted = sum(write.outcome == "adopted" for write in writes)
        counts["adopted"] += adopted
        counts["sent again"] += not adopted and any(a.code == _UNKNOWN for a in run.attempts)
    return counts


def planned_wrong(world: World, told: Sequence[Told]) -> Iterator[Finding]:
    """Planned tasks whose blocks are not what was wished last."""
    for entity, last in _last(told, "plan").items():
        blocks = [b for b in world.schedules.values() if b["taskId"] == entity]
        of_people = [b for b in blocks if b["updatedBy"] != world.api_user_id]
        wish_s = last.edit.entity["plannedDuration"]
        least_s = sum(block["plannedDuration"] for block in of_people)
        is_s = sum(block["plannedDuration"] for block in blocks)
        if is_s != max(wish_s, least_s):
            message = f"{is_s} s in blocks of {entity}, wished {wish_s} s, people's {least_s} s"
            wrong: Wrong = "missing" if is_s < wish_s else "doubled"
            yield Finding(wrong, "plan", last.sent.event_id, last.edit.name, message)
    yield from _overlaps(world, {one.edit.entity_id for one in told if is_for("plan", one.edit)})


def _overlaps(world: World, planned: set[str]) -> Iterator[Finding]:
    by_user = defaultdict[str, list[Model]](list)
    for block in world.schedules.values():
        if block["taskId"] in planned and block["updatedBy"] == world.api_user_id:
            by_user[block["userId"]].append(block)
    for blocks in by_user.values():
        blocks.sort(key=lambda block: read_instant(block["startDate"]))
        for one, other in pairwise(blocks):
            if read_instant(other["startDate"]) < read_instant(one["endDate"]):
                message = f"blocks {one['id']} and {other['id']} overlap at {other['startDate']}"
                yield Finding("doubled", "plan", "", one["taskId"], message)


def booked_wrong(world: World, told: Sequence[Told]) -> Iterator[Finding]:
    """Projects whose booking is not the one that was wished last."""
    for entity, last in _last(told, "book").items():
        durations = [b["duration"] for b in world.bookings.values() if b["projectId"] == entity]
        wish_s = last.edit.entity["timeBudget"]
        if durations != [wish_s]:
            wrong: Wrong = "doubled" if len(durations) > 1 else "missing"
            message = f"bookings of {durations} s for {entity}, wished {wish_s} s"
            yield Finding(wrong, "book", last.sent.event_id, last.edit.name, message)


def set_wrong(world: World, told: Sequence[Told]) -> Iterator[Finding]:
    """Tasks that have not the status and priority that their last event asked for."""
    for entity, last in _last(told, "move").items():
        is_long = last.edit.entity["plannedDuration"] >= 7200
        task = world.tasks[entity]
        status = world.table("taskstatuses")[task["taskStatusId"]]["type"]
        wanted = ("review", True) if is_long else ("progress", False)
        if (status, task["isPrio"]) != wanted:
            message = f"is {status}, {task['isPrio']}; wished {wanted}"
            yield Finding("missing", "move", last.sent.event_id, last.edit.name, message)


def _last(told: Iterable[Told], rule: str) -> dict[str, Told]:
    newest = sorted((o for o in told if not o.is_stale), key=lambda one: one.edit.version)
    return {one.edit.entity_id: one for one in newest if is_for(rule, one.edit)}
