"""Which placeholders of a text look at what is not there. Performs no I/O."""

from __future__ import annotations

from collections.abc import Iterator

from workers.rules import holes, template
from workers.rules.facts import Path
from workers.rules.findings import Flaw
from workers.rules.holes import Called, Hole, Literal
from workers.rules.reading.scope import Scope


def flaws(text: str, scope: Scope) -> Iterator[Flaw]:
    """What is wrong with the paths of a text that compiles, each with its placeholder."""
    told: set[str] = set()
    for source, hole in template.placeholders(text, scope.also):
        for flaw in _of_hole(hole, scope):
            if str(flaw) not in told:
                told.add(str(flaw))
                yield template.within(text, source, flaw)


def _of_hole(hole: Hole, scope: Scope) -> Iterator[Flaw]:
    match hole:
        case Called() if hole.function.of:
            yield from _of_object(hole, scope)
        case Called():
            for argument in hole.arguments:
                yield from _of_hole(argument, scope)
        case Literal():
            return
        case _:
            yield from _of_path(hole, scope)


def _of_path(path: Path, scope: Scope) -> Iterator[Flaw]:
    try:
        scope.check(path)
    except Flaw as flaw:
        yield flaw


def _of_object(call: Called, scope: Scope) -> Iterator[Flaw]:
    """The fields that a function takes of its object make one mistake, not one each."""
    [first, *_] = found = [path for argument in call.arguments for path in holes.paths_of(argument)]
    wrong = [flaw for path in found for flaw in _of_path(path, scope)]
    thing = first[:-1]
    meant = thing[:-1]
    if wrong and meant and all(scope.has((*meant, field)) for field in call.function.of):
        yield Flaw(
            f"'{call.name}' takes a task, not {holes.written(thing)}; write"
            f" {call.name}({holes.written(meant)})",
            "bad-arguments",
        )
    else:
        yield from wrong[:1]
