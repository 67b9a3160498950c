"""Derives the models that rules are checked against from awork's contract.

    python -m deploy.contract_models      (make models)

Reads the vendor's OpenAPI file beside the sandbox and writes workers/rules/fields/models.json: the
models that a root of the language leads to, with what each field holds. To be run again whenever
the contract changes; a test compares the two.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from deploy.sandbox.contract import CONTRACT_FILE
from workers.rules.fields import shapes

MODELS_FILE = Path(shapes.__file__).with_name("models.json")

_ABOUT = (
    "Made by deploy/contract_models.py (make models) from the schemas of"
    " deploy/sandbox/contract/awork-openapi.json; not to be edited by hand. The words are explained"
    " in types.py; what the contract lacks stands in additions.py."
)
#: awork's durations are plain integers: names and descriptions tell them from counts
_NAMES_OF_DURATIONS = re.compile(r"[Dd]uration$")
_UNIT_OF_DURATIONS = re.compile(r"\bseconds\b")
_TEXTS = {"uuid": "id", "date-time": "moment", "date": "day"}

#: a schema of the contract, or a property of one
_Schema = Mapping[str, Any]


def main() -> None:
    """Write the file anew."""
    MODELS_FILE.write_text(written(), encoding="utf-8")


def written() -> str:
    """What the file holds, as text."""
    schemas = json.loads(CONTRACT_FILE.read_text(encoding="utf-8"))["components"]["schemas"]
    models = {name: _fields(schemas[name]) for name in _reached(schemas)}
    file = {"about": _ABOUT, "models": models}
    return json.dumps(file, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _reached(schemas: Mapping[str, _Schema]) -> set[str]:
    """Every model that a path can lead to, whatever its length."""
    roots = {*shapes.ENTITY_OF.values(), *shapes.ROOT_MODELS.values()}
    found: set[str] = set()
    waiting = [name for names in roots for name in names if name in schemas]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _referred(schemas[name])
    return found


def _referred(schema: _Schema) -> Iterable[str]:
    for field in schema["properties"].values():
        inner = field.get("items", field)
        if "$ref" in inner:
            yield _name(inner)


def _fields(schema: _Schema) -> dict[str, str]:
    return {name: _words(name, field) for name, field in schema["properties"].items()}


def _words(name: str, field: _Schema) -> str:
    if "$ref" in field:
        return _name(field)
    match field.get("type"):
        case "array":
            return f"list of {_words(name, field['items'])}"
        case "string":
            choices = f" ({' | '.join(field['enum'])})" if "enum" in field else ""
            return _TEXTS.get(field.get("format", ""), "text") + choices
        case "boolean":
            return "boolean"
        case "integer" | "number":
            return "duration" if _is_duration(name, field) else "number"
        case _:
            return "any"


def _is_duration(name: str, field: _Schema) -> bool:
    described = _UNIT_OF_DURATIONS.search(field.get("description", ""))
    return bool(described or _NAMES_OF_DURATIONS.search(name))


def _name(reference: _Schema) -> str:
    return str(reference["$ref"]).rpartition("/")[2]


if __name__ == "__main__":
    main()
