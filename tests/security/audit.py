"""Known holes in what we depend on: `python -m tests.security.audit requirements.txt …`.

Asks osv.dev, which has PyPI's own advisories, about every locked version in one request. Where it
cannot be reached nothing is audited, and that is said: a check that fails without a network would
soon be left out.
Source: https://google.github.io/osv.dev/post-v1-querybatch/
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

SERVICE = "https://api.osv.dev/v1/querybatch"
#: advisories that do not concern us -> why not; each is looked at again when its package changes
ACCEPTED: Mapping[str, str] = {}
_TIMEOUT_S = 20.0
_LOCKED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^\s;\\]+)", re.MULTILINE)


@dataclass(frozen=True, order=True)
class Locked:
    """One package at one version."""

    name: str
    version: str


@dataclass(frozen=True)
class Verdict:
    """What the step says, and how it ends."""

    lines: tuple[str, ...]
    #: 1 when something was found
    exit_code: int


def locked(texts: Iterable[str]) -> list[Locked]:
    """The versions that requirement files lock, each once, in order."""
    found = {Locked(*match) for text in texts for match in _LOCKED.findall(text)}
    return sorted(found)


def decide(
    packages: Sequence[Locked],
    answer: Sequence[Mapping[str, Any]] | None,
    accepted: Mapping[str, str] = ACCEPTED,
) -> Verdict:
    """What becomes of an answer. Performs no I/O.

    answer: for each package, in order, {"vulns": [{"id": …}]} or {}; None when there was none.
    """
    if answer is None:
        return Verdict(("not audited: the service cannot be reached",), 0)
    if not packages or len(answer) != len(packages):
        return Verdict((f"not audited: {len(answer)} answers for {len(packages)} packages",), 1)
    found = [
        (package, str(known["id"]))
        for package, told in zip(packages, answer, strict=True)
        for known in told.get("vulns", [])
    ]
    lines = [_line(package, known, accepted) for package, known in found]
    if not lines:
        lines = [f"audited: {len(packages)} packages, no known holes"]
    return Verdict(tuple(lines), int(any(known not in accepted for _, known in found)))


def _line(package: Locked, known: str, accepted: Mapping[str, str]) -> str:
    where = f"{package.name} {package.version}: {known}"
    if known in accepted:
        return f"{where}, accepted: {accepted[known]}"
    return (
        f"{where}, see https://osv.dev/vulnerability/{known}; raise it in pyproject.toml and run"
        " `make lock`, or put it into ACCEPTED with the reason"
    )


def ask(packages: Sequence[Locked], transport: httpx.BaseTransport) -> list[Any] | None:
    """What is known of the packages; None when the service does not say."""
    queries = [
        {"package": {"name": one.name, "ecosystem": "PyPI"}, "version": one.version}
        for one in packages
    ]
    try:
        with httpx.Client(transport=transport, timeout=_TIMEOUT_S) as client:
            answer = client.post(SERVICE, json={"queries": queries})
            results: list[Any] = answer.raise_for_status().json()["results"]
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        # Nobody there, or somebody else: the step says that nothing was audited.
        return None
    return results


def main(files: Sequence[str]) -> int:
    """Audit what these files lock, tell it, and return the exit code."""
    packages = locked(Path(file).read_text(encoding="utf-8") for file in files)
    verdict = decide(packages, ask(packages, httpx.HTTPTransport()))
    sys.stdout.write("\n".join(verdict.lines) + "\n")
    return verdict.exit_code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
