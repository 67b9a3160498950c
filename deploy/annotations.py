"""Lines that GitHub Actions shows beside a file of a pull request. Performs no I/O.

Source: https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations

from collections.abc import Mapping


def annotation(level: str, place: Mapping[str, object], message: str) -> str:
    """One line. level: error, warning or notice. place: file, line, col, title."""
    properties = ",".join(f"{name}={_property(value)}" for name, value in place.items())
    return f"::{level} {properties}::{_data(message)}"


def _data(text: object) -> str:
    return str(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: object) -> str:
    return _data(value).replace(":", "%3A").replace(",", "%2C")
