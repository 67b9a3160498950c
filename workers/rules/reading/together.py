"""Which parameters of an action go with which. Performs no I/O."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from workers.rules.findings import Findings, Place
from workers.rules.vocabulary import Parameter


def check_together(
    action: str,
    declared: Mapping[str, Parameter],
    given: Mapping[str, Place],
    place: Place,
    findings: Findings,
) -> None:
    """Note what is missing beside what is given, and what cannot stand beside it.

    given: where the name of each given parameter stands. place: where the action's name stands.
    """
    wanted: set[str] = set()
    for name, needed in _unmet(declared, given):
        wanted.update(needed)
        findings.refuse(given[name], f"'{name}' needs {_either(needed)}", "missing-parameter")
    for name, other in _conflicts(declared, given):
        message = f"'{name}' and '{other}' exclude each other; keep one"
        findings.refuse(given[other], message, "parameters-exclude")
    for ways in _left_out(declared, given):
        # what another parameter asks for already is not asked for twice
        if not wanted.intersection(ways):
            findings.refuse(place, f"'{action}': give {_either(ways)}", "missing-parameter")


def _unmet(
    declared: Mapping[str, Parameter], given: Collection[str]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    for name, parameter in declared.items():
        if name in given and parameter.needs and not any(n in given for n in parameter.needs):
            yield name, parameter.needs


def _conflicts(
    declared: Mapping[str, Parameter], given: Collection[str]
) -> Iterator[tuple[str, str]]:
    for name, parameter in declared.items():
        yield from ((name, other) for other in parameter.excludes if {name, other} <= set(given))


def _left_out(
    declared: Mapping[str, Parameter], given: Collection[str]
) -> Iterator[tuple[str, ...]]:
    for name, parameter in declared.items():
        ways = (name, *parameter.unless)
        if parameter.unless and not any(way in given for way in ways):
            yield ways


def _either(names: tuple[str, ...]) -> str:
    return " or ".join(f"'{name}'" for name in names)
