"""What Kubernetes lets in: its own schemas, of each version, and ours for what KEDA and the
Prometheus operator add to it.

Kubernetes's come with kubernetes-validate, in their strict form: a field that is not known is a
mistake. The others are written from their documentation, and name only what can be used here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, ValidationError
from referencing import Registry, Resource

from tests.deploy.kube_files import Document

_OURS = Path(__file__).parent / "schemas"
_THEIRS = files("kubernetes_validate") / "kubernetes-json-schema"
#: the first that has what is used here (preStop: sleep), to the last there are schemas of
OLDEST = (1, 30)
_FOLDER = re.compile(r"v(\d+)\.(\d+)\.\d+-local-strict")


def versions() -> list[str]:
    """The versions of Kubernetes that are looked at: `1.30` and all after it."""
    found = (_FOLDER.fullmatch(folder.name) for folder in _THEIRS.iterdir())
    numbers = sorted((int(match[1]), int(match[2])) for match in found if match)
    return [f"{major}.{minor}" for major, minor in numbers if (major, minor) >= OLDEST]


def mistakes(document: Document, version: str, *, partial: bool = False) -> list[str]:
    """What is wrong with an object: its place and the reason.

    partial: what is not there may come from elsewhere, as it does to a patch.
    """
    validator = _validator(document["apiVersion"], document["kind"], version)
    found = _innermost(validator.iter_errors(document))
    return [
        f"{'.'.join(map(str, error.absolute_path))}: {error.message}"
        for error in found
        if not (partial and error.validator == "required")
    ]


def _innermost(errors: Iterable[ValidationError]) -> Iterable[ValidationError]:
    for error in errors:
        yield from _innermost(error.context) if error.context else [error]


@cache
def _validator(api_version: str, kind: str, version: str) -> Draft202012Validator:
    group, _, number = api_version.rpartition("/")
    if group.endswith((".sh", ".com")):
        schema = json.loads((_OURS / f"{kind.lower()}.json").read_text(encoding="utf-8"))
        return Draft202012Validator(schema)
    # as in apps/v1 -> deployment-apps-v1.json, and networking.k8s.io/v1 -> …-networking-v1.json
    parts = [kind.lower(), *([group.split(".")[0]] if group else []), number]
    schema = _read(version, f"{'-'.join(parts)}.json")
    return Draft202012Validator(schema, registry=_definitions(version))


@cache
def _definitions(version: str) -> Registry[Any]:
    resource: Resource[Any] = Resource.from_contents(_read(version, "_definitions.json"))
    registry: Registry[Any] = Registry()
    return resource @ registry


def _read(version: str, name: str) -> Any:
    return json.loads((_THEIRS / f"v{version}.0-local-strict" / name).read_text("utf-8"))
