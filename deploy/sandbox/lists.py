"""Lists as awork gives them: filtered, ordered, one page at a time, with counts in headers.

Source: https://developers.awork.com/pagination
"""

from __future__ import annotations

from collections.abc import Sequence

from deploy.sandbox.ask import Answer, Ask
from deploy.sandbox.filters import Meaning, matcher, ordered
from deploy.sandbox.refusals import Model, invalid

DEFAULT_PAGE_SIZE = 10
MAX_PAGE_SIZE = 1000


def listed(ask: Ask, models: Sequence[Model]) -> Answer:
    """The page of these models that the query asks for.

    Raises refusals of a filter or order that cannot be read, or names no property of the list.
    """
    words = Meaning(ask.world.api_user_id, ask.world.clock())
    matches = matcher(ask.query.get("filterby", ""), ask.operation.item_property, words)
    found = [model for model in models if matches(model)]
    found = ordered(found, ask.query.get("orderby", ""), ask.operation.item_property)
    page, size = _whole(ask, "page", 1), _whole(ask, "pageSize", DEFAULT_PAGE_SIZE)
    if size > MAX_PAGE_SIZE:
        raise invalid("pageSize", f"must not be above {MAX_PAGE_SIZE}: {size}")
    shown = found[(page - 1) * size : page * size]
    headers = {
        "aw-page": str(page),
        "aw-pagesize": str(size),
        "aw-items": str(len(shown)),
        "aw-totalitems": str(len(found)),
    }
    return Answer(body=shown, headers=headers)


def current(ask: Ask, table: str) -> list[Model]:
    """The models of a table; archived ones only with `showArchived=true`."""
    models = ask.world.table(table).values()
    return [m for m in models if wants_archived(ask) or not m.get("isArchived")]


def wants_archived(ask: Ask) -> bool:
    return ask.query.get("showArchived", "").lower() == "true"


def _whole(ask: Ask, name: str, default: int) -> int:
    text = ask.query.get(name, str(default))
    if not text.isdecimal() or int(text) < 1:
        raise invalid(name, f"must be a whole number above 0: {text}")
    return int(text)
