"""The type of work that time is logged as. Reads what is kept, and awork for an id not in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from webhooks.errors import RunFailed, TargetGone
from workers.actions.base import Context


def usable(reference: object, context: Context, *, what: str) -> str:
    """The id of a type of work, given by id or name.

    what: what it is called in a message. Raises RunFailed for a name that there is not, and for a
    type that is archived.
    """
    ident = context.directory.type_of_work(context.awork, reference)
    kept = context.directory.types_of_work(context.awork)
    if any(one["id"] == ident for one in kept):
        return ident
    # What is kept lacks the archived ones, and one that was made a moment ago.
    there = _one(ident, context, what=what)
    if there.get("isArchived"):
        names = ", ".join(sorted(str(one.get("name")) for one in kept))
        raise RunFailed(
            "archived-type-of-work",
            f"{what} {there.get('name')!r} is archived in awork; log it as one of: {names}",
        )
    return ident


def _one(ident: str, context: Context, *, what: str) -> Mapping[str, Any]:
    try:
        return context.awork.one(f"/typeofwork/{ident}")
    except TargetGone:
        # Not the object of the event, which would settle it: the rule is what has to be mended.
        raise RunFailed("unknown-name", f"{what} {ident}: awork has no such type of work") from None
