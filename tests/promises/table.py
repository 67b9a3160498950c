"""The promises, what keeps each, and the tests that guard it; and each mechanism taken out.

`python -m tests.promises.table` prints the README's table; mutants.py takes the mechanisms out.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path

from tests.promises.broken import Mutation, Promise
from tests.promises.table_bounds import LOOPS, NOTHING_WRITTEN, ORDER
from tests.promises.table_once import ONCE, SETTLED, STORED
from tests.promises.table_outside import BUDGET, NOBODY, NONE_MISSING

ROOT = Path(__file__).parents[2]
PROMISES: tuple[Promise, ...] = (
    STORED,
    SETTLED,
    ONCE,
    NONE_MISSING,
    ORDER,
    LOOPS,
    NOTHING_WRITTEN,
    BUDGET,
    NOBODY,
)
MUTATIONS: tuple[Mutation, ...] = tuple(one for promise in PROMISES for one in promise.mutations)
#: every test that is named
TESTS: tuple[str, ...] = tuple(
    dict.fromkeys(
        [
            *(test for promise in PROMISES for test in promise.tests),
            *(test for mutation in MUTATIONS for test in mutation.tests),
        ]
    )
)


def times_found(mutation: Mutation, root: Path = ROOT) -> int:
    """How often the text stands in its file; it must be once."""
    return (root / mutation.file).read_text(encoding="utf-8").count(mutation.old)


def is_there(test: str) -> bool:
    """True when a node id names a file, or a test in it."""
    file, _, name = test.partition("::")
    if not (ROOT / file).is_file():
        return False
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    names = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    return not name or name.partition("[")[0] in names


def markdown() -> str:
    """The table as the README has it."""
    rows = [f"| {one.number} | {one.text} | {one.mechanism} | {_told(one)} |" for one in PROMISES]
    return "\n".join(
        ["| # | promise | kept by | a test that tries to break it |", "|---|---|---|---|", *rows]
    )


def _told(promise: Promise) -> str:
    file, _, name = promise.tests[0].partition("::")
    more = len({test for test in TESTS if test in _tests(promise)}) - 1
    return f"`{name}` in `{file}`" + (f", and {more} more" if more else "")


def _tests(promise: Promise) -> set[str]:
    return {*promise.tests, *(test for one in promise.mutations for test in one.tests)}


if __name__ == "__main__":
    sys.stdout.write(markdown() + "\n")
