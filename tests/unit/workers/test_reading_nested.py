"""The promise under which nested objects are believed: awork's contract says the same of their
plain values as of the whole object's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from deploy.sandbox.contract import the_contract

#: the model inside an event's entity, and the one that reading gives
PAIRS = [
    ("NestedProjectModelForTasks", "Project"),
    ("ProjectModelForTimeTrackings", "Project"),
    ("TaskModelForTimeTrackings", "TaskModel"),
    ("UserModelForTimeTrackings", "User"),
]


def fields(model: dict[str, Any], *way: str) -> Iterator[tuple[str, tuple[Any, Any]]]:
    """The plain values of a model and of the objects in it: dotted name, (type, format)."""
    for name, part in the_contract().resolve(model).get("properties", {}).items():
        found = the_contract().resolve(part)
        if "properties" in found:
            yield from fields(found, *way, name)
        elif found.get("type") != "array":
            yield ".".join([*way, name]), (found.get("type"), found.get("format"))


@pytest.mark.parametrize(("nested", "whole"), PAIRS)
def test_a_plain_value_of_a_nested_object_is_one_of_the_whole(nested: str, whole: str) -> None:
    inside = dict(fields(the_contract().schema(nested)))
    outside = dict(fields(the_contract().schema(whole)))

    differing = {name for name, kind in inside.items() if outside.get(name) != kind}

    assert "id" in inside
    # A status of a nested task may have a description; no rule can name it, the whole has none.
    assert differing <= {"taskStatus.description"}
