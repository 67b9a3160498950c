"""What lies in deploy/docker, read the way Docker reads it. Performs no I/O but reading files."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).parent.parent.parent
DOCKER = ROOT / "deploy" / "docker"
COMPOSE = DOCKER / "compose.yaml"
EXAMPLE = (DOCKER / "example.env").read_text(encoding="utf-8")

#: ${NAME:-default}
_VARIABLE = re.compile(r"\$\{([A-Z_]+):-([^}]*)\}")


def compose() -> dict[str, Any]:
    """compose.yaml, with its anchors put in."""
    read: dict[str, Any] = YAML(typ="safe").load(COMPOSE)
    return read


def services() -> dict[str, dict[str, Any]]:
    """Name of each service -> what it says."""
    found: dict[str, dict[str, Any]] = compose()["services"]
    return found


def substituted(text: str) -> str:
    """A text with its variables at their defaults."""
    return _VARIABLE.sub(lambda match: match[2], text)


def variables() -> set[str]:
    """What compose.yaml itself takes from .env."""
    return {match[1] for match in _VARIABLE.finditer(COMPOSE.read_text(encoding="utf-8"))}


def mounted(service: dict[str, Any]) -> dict[str, str]:
    """Where in a container -> what of the host is there; volumes by their names."""
    found = {}
    for one in service.get("volumes", ()):
        if isinstance(one, str):
            source, target, *_ = one.split(":")
            found[target] = source
        else:
            found[one["target"]] = substituted(one["source"])
    return found


def settings(text: str = EXAMPLE, *, commented: bool = False) -> dict[str, str]:
    """The lines NAME=value of an env file; commented: those that begin with # as well."""
    start = r"^(?:# )?" if commented else "^"
    return dict(re.findall(start + r"([A-Z][A-Z0-9_]*)=(\S*)$", text, re.MULTILINE))


def megabytes(text: str) -> int:
    """Of 512m, as Docker writes it, or 512mb, as Redis does."""
    match = re.fullmatch(r"(\d+)mb?", text)
    assert match, text
    return int(match[1])


def sent(paths: Iterable[str]) -> set[str]:
    """Those paths below the root that a build is sent, by .dockerignore: the last line that names
    a path, or a folder it lies in, decides."""
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    return {path for path in paths if not _ignored(path, rules)}


def _ignored(path: str, rules: Iterable[str]) -> bool:
    ignored = False
    for rule in rules:
        if _names(rule.removeprefix("!"), path):
            ignored = not rule.startswith("!")
    return ignored


def _names(pattern: str, path: str) -> bool:
    whole = PurePosixPath(path)
    folders = [str(one) for one in (whole, *whole.parents)]
    if pattern.startswith("**/"):
        return any(fnmatchcase(PurePosixPath(one).name, pattern[3:]) for one in folders)
    return any(
        fnmatchcase(one, pattern) and one.count("/") == pattern.count("/") for one in folders
    )
