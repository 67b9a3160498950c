"""Why an object that a run has created is left as it is. Reads awork; writes nothing.

What was created in Workiva is compared with what that answered our last write.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from workers.actions import values
from workers.actions.adjusted import obstacle
from workers.actions.base import Context
from workers.actions.workiva_alike import modified
from workers.rules.values import instant
from workers.undo.things import KINDS, Thing

Item = Mapping[str, Any]

_OBSTACLES = {
    "billed": "it is billed",
    "running": "its timer has not ended",
    "closed": "HOOKWORK_CLOSED_BEFORE closes its day",
    "ownerless": "the person it is of was deleted in awork",
}
#: what people put on a task: count in awork's answer -> one of it, for people
_COUNTS = {
    "commentCount": "comment",
    "numberOfSubtasks": "subtask",
    "taskSchedulesCount": "block in a calendar",
    "checklistItemsCount": "item in its checklist",
}


def why_left(there: Item, thing: Thing, wrote: Item, context: Context) -> str:
    """Why it must not be removed, for people; empty when it may be.

    there: as it is now. wrote: as we wrote it last. Raises what awork raises.
    """
    if thing.kind == "workiva":
        return _changed_in_workiva(there, wrote)
    return _changed(there, thing, wrote, context) or _ON_IT.get(thing.kind, _nothing)(
        there, thing, context
    )


def _changed(there: Item, thing: Thing, wrote: Item, context: Context) -> str:
    """By awork's version, or its word about who did it. A later write of ours hides who came
    before it: so what no rule changes is compared as well."""
    content = KINDS[thing.kind].content
    me = context.directory.me(context.awork)
    same = content(there) == content(wrote)
    by = there.get("updatedBy")
    if same and (_version(there) == _version(thing.answer) or by == me):
        return ""
    at = _when(there.get("updatedOn"))
    if by in (None, me):
        return f"it is not as it was written any more, changed{at}"
    return f"changed by {context.directory.name_of(context.awork, str(by))}{at}"


def _changed_in_workiva(there: Item, wrote: Item) -> str:
    """By when it was changed, and by its status. wrote: a mirror, or an answer; both have these."""
    act = there.get("modified")
    user = act.get("user") if isinstance(act, Mapping) else None
    name = user.get("displayName") if isinstance(user, Mapping) else ""
    at = _when(act.get("dateTime")) if isinstance(act, Mapping) else ""
    by = f" by {name}" if name else ""
    if there.get("status") != wrote.get("status"):
        return f"its status is {there.get('status')} now, set{by}{at}"
    if modified(there) != modified(wrote):
        return f"changed{by}{at}"
    return ""


def _version(item: Item) -> object:
    return item.get("resourceVersion") or item.get("updatedOn")


def _when(told: object) -> str:
    try:
        return f" on {instant(told):%d %b %Y %H:%M} UTC"
    except ValueError:
        return ""


def _nothing(_there: Item, _thing: Thing, _context: Context) -> str:
    return ""


def _on_entry(there: Item, _thing: Thing, context: Context) -> str:
    """Time that was invoiced, or is of a closed month, is nobody's to remove."""
    because = obstacle(there, context.open_from)
    return _OBSTACLES.get(because, because)


def _on_task(there: Item, thing: Thing, _context: Context) -> str:
    """What people have done with a task would go with it, or lose its task."""
    found = list(_added(there, thing.answer))
    return f"there is something of others on it: {', '.join(found)}" if found else ""


def _added(there: Item, before: Item) -> Iterator[str]:
    tracked_s = int(there.get("totalTrackedDuration") or 0)
    if tracked_s:
        yield f"{values.hours(tracked_s)} tracked"
    for name, noun in _COUNTS.items():
        more = int(there.get(name) or 0) - int(before.get(name) or 0)
        if more > 0:
            first, _, rest = noun.partition(" ")
            yield f"{more} {first}{'s' if more > 1 else ''} {rest}".rstrip()
    if there.get("hasAttachment") and not before.get("hasAttachment"):
        yield "files"


def _on_comment(there: Item, thing: Thing, context: Context) -> str:
    """awork removes the answers to a comment with it."""
    me = context.directory.me(context.awork)
    for one in context.awork.list(thing.path):
        if one.get("inReplyToCommentId") == thing.id:
            who = context.directory.name_of(context.awork, str(one.get("userId")))
            return f"{who} has answered it"
    liked = [one for one in there.get("reactions") or [] if one.get("userId") != me]
    return "people have reacted to it" if liked else ""


_ON_IT: Mapping[str, Callable[[Item, Thing, Context], str]] = {
    "entry": _on_entry,
    "task": _on_task,
    "comment": _on_comment,
}
