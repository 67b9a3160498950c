"""Putting values on top of each other: maps merge, everything else replaces. Performs no I/O."""

from __future__ import annotations

from collections.abc import Mapping

from deploy.sandbox.refusals import Model

#: property with a nested object -> property with its id
Nested = Mapping[str, str]


def merged(base: Model, patch: Mapping[str, object]) -> Model:
    """A new map: the base with the patch on top. Null takes a property away."""
    found = dict(base)
    for name, value in patch.items():
        below = found.get(name)
        if value is None:
            found.pop(name, None)
        elif isinstance(value, dict):
            found[name] = merged(below if isinstance(below, dict) else {}, value)
        else:
            found[name] = value
    return found


def overlaid(base: Model, patch: Model, nested: Nested) -> Model:
    """As `merged`, and an object stays one with its id: whoever refers to another project has
    another project, and nothing of the one in the base."""
    found = merged(base, patch)
    for name, id_name in nested.items():
        inner = patch.get(name, {})
        if inner is None or patch.get(id_name, "") is None:
            found.pop(name, None)
            found.pop(id_name, None)
            continue
        ident = inner.get("id") or patch.get(id_name)
        if ident and ident != base.get(id_name):
            found |= {id_name: ident, name: {**inner, "id": ident}}
    return found


def completed(known: Model, more: Model) -> Model:
    """A new map: what is known, and beneath it whatever more there is."""
    found = {**more, **known}
    for name in known.keys() & more.keys():
        if isinstance(known[name], dict) and isinstance(more[name], dict):
            found[name] = completed(known[name], more[name])
    return found
