"""awork's models as rules see them: those of the contract, completed by additions.py.

Reads models.json, which is part of the package, once and only when first asked.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from workers.rules.fields.additions import ADDITIONS, ONLY_VALUES
from workers.rules.fields.types import FieldType, field_type


@dataclass(frozen=True)
class Model:
    """One kind of object."""

    #: awork's name of it, or that of an addition
    name: str
    fields: Mapping[str, FieldType]


def model(name: str) -> Model:
    """The model of this name. Raises KeyError when there is none: names come from our own data."""
    return _models()[name]


@cache
def _models() -> Mapping[str, Model]:
    written: dict[str, dict[str, str]] = json.loads(
        (files(__package__) / "models.json").read_text(encoding="utf-8")
    )["models"]
    for name, addition in ADDITIONS.items():
        written[name] = {**written.get(name, {}), **addition.fields}
    for name, values in ONLY_VALUES.items():
        written[name] |= values
    return {
        name: Model(name, {field: field_type(words) for field, words in fields.items()})
        for name, fields in written.items()
    }
