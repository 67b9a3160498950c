"""A systemd unit as tests read it: sections, and what stands in them, in order."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
SYSTEMD = ROOT / "deploy" / "systemd"


@dataclass(frozen=True)
class Unit:
    """A unit file."""

    #: (section, name, value)
    lines: tuple[tuple[str, str, str], ...]

    @classmethod
    def read(cls, file: Path) -> Unit:
        section, found = "", []
        for line in file.read_text(encoding="utf-8").splitlines():
            if match := re.fullmatch(r"\[(\w+)\]", line):
                section = match[1]
            elif line and not line.startswith("#"):
                name, _, value = line.partition("=")
                found.append((section, name, value))
        return cls(tuple(found))

    def all(self, name: str) -> list[str]:
        """Every value of a name, in order."""
        return [value for _, found, value in self.lines if found == name]

    def one(self, name: str) -> str:
        """The value of a name that stands there once."""
        (value,) = self.all(name)
        return value

    def environ(self, places: Mapping[str, Path]) -> dict[str, str]:
        """`Environment=`. places: what specifiers such as %S stand for."""
        pairs = [pair for value in self.all("Environment") for pair in shlex.split(value)]
        return dict(put_in(pair, places).split("=", 1) for pair in pairs)


def put_in(value: str, places: Mapping[str, Path]) -> str:
    """A value with its specifiers put in."""
    return re.sub("%[a-zA-Z]", lambda match: str(places[match[0]]), value)


def settings_in(text: str) -> dict[str, str]:
    """An environment file, with the settings that are commented out."""
    lines = [line.removeprefix("#") for line in text.splitlines()]
    pairs = [line.split("=", 1) for line in lines if re.match(r"[A-Z_]+=", line)]
    return {name: value.strip('"') for name, value in pairs}
