"""The Lua scripts, as text. Redis runs each as one indivisible step."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def text(name: str) -> str:
    """The script with the part that all of them share in front."""
    folder = files("webhooks.store") / "lua"
    prelude = (folder / "prelude.lua").read_text(encoding="utf-8")
    return prelude + (folder / f"{name}.lua").read_text(encoding="utf-8")
