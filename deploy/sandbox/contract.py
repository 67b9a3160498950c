"""What awork's API promises: which calls exist, what they take and what they answer.

Reads the vendor's own OpenAPI file, kept beside this module; performs no network I/O.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, ValidationError

from deploy.sandbox.formats import FORMATS
from deploy.sandbox.refusals import Flaw, Model

CONTRACT_FILE = Path(__file__).parent / "contract" / "awork-openapi.json"

#: HTTP's status of an answer that has no body
NO_CONTENT = 204

_SCHEMAS = "#/components/schemas/"


@dataclass(frozen=True)
class Operation:
    """One method on one path of the contract."""

    #: upper case
    method: str
    #: path below the base, with its parameters in braces
    template: str
    #: the operation's own part of the OpenAPI file
    spec: Model
    contract: Contract

    def documents(self, status: int) -> bool:
        return str(status) in self.spec["responses"]

    def body_flaws(self, body: object) -> list[Flaw]:
        """What the contract does not allow in a request body; empty when it fits."""
        schema = _json_schema(self.spec.get("requestBody", {}))
        return self.contract.flaws(schema, body) if schema is not None else []

    def takes_body(self) -> bool:
        return "requestBody" in self.spec

    def needs_body(self) -> bool:
        return bool(self.spec.get("requestBody", {}).get("required"))

    def is_list(self) -> bool:
        """Whether it answers a list: those may lag behind what was written."""
        schema = _json_schema(self.spec["responses"].get("200", {})) or {}
        return self.method == "GET" and schema.get("type") == "array"

    def path_flaws(self, path: Mapping[str, str]) -> list[Flaw]:
        """Path parameters that are not what the contract says, such as ids that are no GUID."""
        parameters = [self.contract.resolve(p) for p in self.spec.get("parameters", [])]
        return [
            Flaw(p["name"], flaw.message)
            for p in parameters
            if p["in"] == "path"
            for flaw in self.contract.flaws(p["schema"], path[p["name"]])
        ]

    def answer_flaws(self, status: int, body: object) -> list[Flaw]:
        """What the contract does not allow in an answer.

        body: the decoded JSON, or None for an empty answer.
        """
        if not self.documents(status):
            return [Flaw("", f"{self.method} {self.template} documents no {status}")]
        schema = _json_schema(self.spec["responses"][str(status)])
        # Where the file gives a 204 a body, HTTP does not.
        if schema is None or status == NO_CONTENT:
            return [] if body is None else [Flaw("", f"{status} has no body in the contract")]
        return self.contract.flaws(schema, body)

    def is_paged(self) -> bool:
        parameters = [self.contract.resolve(p) for p in self.spec.get("parameters", [])]
        return any(p["name"] == "pageSize" for p in parameters)

    def item_property(self, path: str) -> tuple[str, ...] | None:
        """The properties a filter path names, in the contract's spelling.

        path: `a/b`, in any case. Returns None when the answer's items have no such property.
        """
        schema = _json_schema(self.spec["responses"]["200"]) or {}
        return self.contract.spell(schema.get("items", schema), path.split("/"))


class Contract:
    """The whole file: finds operations and judges values against its schemas."""

    def __init__(self, document: Model) -> None:
        self._document = document
        self._components = {"components": _as_json_schema(document["components"])}
        self._operations = [
            (_pattern(template), Operation(method.upper(), template, spec, self))
            for template, methods in sorted(document["paths"].items(), key=_literal_first)
            for method, spec in methods.items()
        ]

    def find(self, method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
        """The operation a request means, with its path parameters; None if there is none."""
        for pattern, operation in self._operations:
            match = pattern.fullmatch(path)
            if match and operation.method == method:
                return operation, match.groupdict()
        return None

    def operation(self, method: str, template: str) -> Operation:
        """The operation with exactly this template; KeyError when there is none."""
        for _, operation in self._operations:
            if (operation.method, operation.template) == (method, template):
                return operation
        raise KeyError(f"{method} {template}")

    def schema(self, name: str) -> Model:
        return {"$ref": _SCHEMAS + name}

    def flaws(self, schema: Model, value: object) -> list[Flaw]:
        """Everything in the value that the schema does not allow."""
        whole = {**_as_json_schema(schema), **self._components}
        validator = Draft202012Validator(whole, format_checker=FORMATS)
        return [flaw for error in validator.iter_errors(value) for flaw in _flaws_of(error)]

    def resolve(self, part: Model) -> Model:
        """The part a `$ref` points to, or the part itself."""
        if "$ref" not in part:
            return part
        found: Any = self._document
        for step in part["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        return self.resolve(found)

    def spell(self, schema: Model, path: list[str]) -> tuple[str, ...] | None:
        """The properties a path names, with `*` after each list that it leads through."""
        if not path:
            return ()
        properties = self.resolve(schema).get("properties", {})
        for name, sub in properties.items():
            if name.lower() == path[0].lower():
                items = self.resolve(sub).get("items")
                rest = self.spell(items or sub, path[1:])
                each = ("*",) if items and path[1:] else ()
                return None if rest is None else (name, *each, *rest)
        return None


@cache
def the_contract() -> Contract:
    """The contract beside this module, read once."""
    return Contract(json.loads(CONTRACT_FILE.read_text("utf-8")))


def _json_schema(part: Model) -> Model | None:
    content = part.get("content", {}).get("application/json")
    return content["schema"] if content else None


def _literal_first(item: tuple[str, Model]) -> tuple[int, str]:
    # `/users/projecttimebookings` must win over `/users/{userId}`.
    return item[0].count("{"), item[0]


def _pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", template)
    names = [f"(?P<{part}>[^/]+)" if i % 2 else re.escape(part) for i, part in enumerate(parts)]
    # The vendor's pages mix setAssignees and setassignees, so case does not count.
    return re.compile("".join(names), re.IGNORECASE)


def _as_json_schema(part: Any) -> Any:
    """OpenAPI 3.0 as JSON Schema: the one difference that matters here is `nullable`."""
    if isinstance(part, list):
        return [_as_json_schema(item) for item in part]
    if not isinstance(part, dict):
        return part
    schema = {key: _as_json_schema(value) for key, value in part.items()}
    if schema.pop("nullable", False) is True and isinstance(schema.get("type"), str):
        schema["type"] = [schema["type"], "null"]
        if "enum" in schema:
            schema["enum"] = [*schema["enum"], None]
    return schema


def _flaws_of(error: ValidationError) -> Iterator[Flaw]:
    where = ".".join(str(step) for step in error.absolute_path)
    prefix = f"{where}." if where else ""
    schema: Any = error.schema
    if error.validator == "additionalProperties" and isinstance(error.instance, dict):
        for name in sorted(set(error.instance) - set(schema["properties"])):
            yield Flaw(prefix + name, "is not a property of this body")
    elif error.validator == "required":
        yield Flaw(prefix + error.message.split("'")[1], "is required")
    else:
        yield Flaw(where, error.message)
