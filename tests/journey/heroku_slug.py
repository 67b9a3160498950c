"""What Heroku makes of this repository, on this machine: the slug, the Python that runs it, the
commands of the Procfile and the settings of app.json.

The Python has what requirements.txt lists and not hookwork itself, which the buildpack does not
install: a slug's processes find it because they run in the slug's root.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import sys
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
_LINE = re.compile(r"(?P<process>[A-Za-z0-9_-]+):\s+(?P<command>\S.*)")
#: never part of a slug: what git does not have, and the environment of this machine
_NOT_PUSHED = ("__pycache__", ".venv", ".hookwork", "*.egg-info", ".git", ".*_cache", ".hypothesis")


def procfile() -> dict[str, str]:
    """Process type -> command."""
    lines = (ROOT / "Procfile").read_text(encoding="utf-8").splitlines()
    found = [_LINE.fullmatch(line) for line in lines]
    return {match["process"]: match["command"] for match in found if match}


def app_json() -> dict[str, Any]:
    """All of app.json."""
    read: dict[str, Any] = json.loads((ROOT / "app.json").read_text(encoding="utf-8"))
    return read


def config_vars(given: Mapping[str, str]) -> dict[str, str]:
    """The variables of an app that was made from app.json. given: what a person typed in.

    Heroku makes up the secrets, and asks for what is required and has no value.
    """
    made = dict(given)
    for name, told in app_json()["env"].items():
        if name in made:
            continue
        if told.get("generator") == "secret":
            made[name] = secrets.token_hex(32)
        elif "value" in told:
            made[name] = told["value"]
        else:
            assert told.get("required") is False, f"Heroku asks for {name}"
    return made


@dataclass(frozen=True)
class Slug:
    """A folder as dynos have it."""

    folder: Path
    #: what PATH must begin with, so that `python` is the dyno's
    bin: Path
    #: what the buildpack has installed
    packages: Path

    @property
    def environ(self) -> dict[str, str]:
        """The variables that every command in it needs."""
        return {
            "PATH": f"{self.bin}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            "PYTHONPATH": str(self.packages),
            "PYTHONUNBUFFERED": "true",
            "HOME": str(self.folder),
        }


def compiled(folder: Path) -> Slug:
    """Make a slug in an empty folder."""
    slug = Slug(folder / "app", folder / "bin", folder / "packages")
    ignored = (ROOT / ".slugignore").read_text(encoding="utf-8").split()
    shutil.copytree(ROOT, slug.folder, ignore=shutil.ignore_patterns(*ignored, *_NOT_PUSHED))
    _install_requirements(slug.packages)
    _install_python(slug.bin)
    return slug


def _install_requirements(into: Path) -> None:
    """All packages of this Python but hookwork, and nothing that leads to this folder."""
    into.mkdir()
    for one in Path(sysconfig.get_path("purelib")).iterdir():
        if not one.name.startswith("hookwork-") and one.suffix != ".pth":
            (into / one.name).symlink_to(one)


def _install_python(into: Path) -> None:
    """A python that sees no other packages (-S), whatever is installed beside it."""
    into.mkdir()
    python = into / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S "$@"\n', encoding="utf-8")
    python.chmod(0o755)
