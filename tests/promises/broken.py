"""What the table of promises is made of. Performs no I/O."""

from __future__ import annotations

from dataclasses import dataclass

CONTRACT = "tests/contract/test_"
UNIT = "tests/unit/"
HERE = "tests/promises/test_"
LUA = "webhooks/store/lua/"
#: the whole store, whatever is done in whatever order
MACHINE = HERE + "store_machine.py::test_whatever_is_done_nothing_is_lost_doubled_or_stuck"
MOMENTS = (
    HERE + "every_moment.py::test_at_whatever_moment_the_rest_is_done_once_by_whoever_comes_next"
)
NO_DEATH = HERE + "every_moment.py::test_where_nothing_dies_bells_are_all_it_takes"


@dataclass(frozen=True)
class Mutation:
    """One mechanism, taken out."""

    name: str
    file: str
    #: stands exactly once in the file, and is replaced by `new`
    old: str
    new: str
    #: the first one that fails is enough
    tests: tuple[str, ...]


@dataclass(frozen=True)
class Promise:
    """One line of the README's table."""

    number: int
    text: str
    #: what keeps it
    mechanism: str
    #: the broadest tests that try to break it
    tests: tuple[str, ...]
    mutations: tuple[Mutation, ...]
