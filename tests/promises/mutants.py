"""Take out each mechanism that keeps a promise, and see that the tests named for it fail.

`python -m tests.promises.mutants [NAME...]`, or `make mutants`. The tree is copied; nothing is
changed in place. Exit 1 unless every mutation is killed.
"""

from __future__ import annotations

import os
import queue
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from tests.promises.broken import Mutation
from tests.promises.table import MUTATIONS, ROOT, times_found

AT_ONCE = 2
#: far longer than any named test takes
_LONGEST_S = 900
#: pytest's exit codes
_PASSED, _FAILED = 0, 1


def main(names: Sequence[str]) -> int:
    """Returns the exit code."""
    chosen = [one for one in MUTATIONS if not names or one.name in names]
    if unknown := set(names) - {one.name for one in chosen}:
        known = ", ".join(one.name for one in MUTATIONS)
        sys.stdout.write(f"no such mutation: {', '.join(sorted(unknown))}; there are {known}\n")
        return 2
    with _copies() as copies:
        if not _pass_unmutated(chosen, copies):
            return 1
        with ThreadPoolExecutor(AT_ONCE) as pool:
            results = list(pool.map(lambda one: _tried(one, copies), chosen))
    killed = results.count("killed")
    sys.stdout.write(f"{killed} of {len(results)} killed\n")
    return 0 if killed == len(results) else 1


@contextmanager
def _copies() -> Iterator[queue.Queue[Path]]:
    """One tree for each that runs at a time."""
    with tempfile.TemporaryDirectory(prefix="hookwork-mutants-") as folder:
        copies: queue.Queue[Path] = queue.Queue()
        for number in range(AT_ONCE):
            copies.put(_copied(Path(folder) / str(number)))
        yield copies


def _copied(to: Path) -> Path:
    """What git tracks, and what it does not know yet and does not ignore."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    ).stdout
    for name in filter(None, listed.decode().split("\0")):
        if (ROOT / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, to / name)
    return to


def _pass_unmutated(chosen: Sequence[Mutation], copies: queue.Queue[Path]) -> bool:
    """A test that fails anyway kills nothing."""
    tests = list(dict.fromkeys(test for one in chosen for test in one.tests))
    sys.stdout.write(f"{len(tests)} tests pass while nothing is taken out? ")
    sys.stdout.flush()
    with _taken(copies) as tree:
        code, told = _pytest(tree, tests)
    sys.stdout.write("yes\n" if code == _PASSED else f"no (pytest: {code})\n{told}\n")
    return code == _PASSED


def _tried(mutation: Mutation, copies: queue.Queue[Path]) -> str:
    """Take one mechanism out, run its tests, and put it back."""
    with _taken(copies) as tree:
        file = tree / mutation.file
        if times_found(mutation, tree) != 1:
            result, told = "DOES NOT APPLY", f"it stands {times_found(mutation, tree)} times"
        else:
            whole = file.read_text(encoding="utf-8")
            file.write_text(whole.replace(mutation.old, mutation.new), encoding="utf-8")
            try:
                code, told = _pytest(tree, mutation.tests)
            finally:
                file.write_text(whole, encoding="utf-8")
            result = {_PASSED: "SURVIVED", _FAILED: "killed"}.get(code, f"BROKE (pytest: {code})")
    more = "" if result == "killed" else f" {mutation.file}\n{told}"
    sys.stdout.write(f"{result:15} {mutation.name}{more}\n")
    sys.stdout.flush()
    return result


@contextmanager
def _taken(copies: queue.Queue[Path]) -> Iterator[Path]:
    tree = copies.get()
    try:
        yield tree
    finally:
        copies.put(tree)


def _pytest(tree: Path, tests: Sequence[str]) -> tuple[int, str]:
    """pytest's exit code, and the last lines it said."""
    # Nothing compiled is kept: two versions of a file may have one size and one second.
    hints = {"PYTHONDONTWRITEBYTECODE": "1", "NO_SHRINKING": "1", "PYTHONPATH": str(tree)}
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
    try:
        done = subprocess.run(
            command,
            check=False,
            cwd=tree,
            env={**os.environ, **hints},
            capture_output=True,
            text=True,
            timeout=_LONGEST_S,
        )
    except subprocess.TimeoutExpired:
        return -1, f"still running after {_LONGEST_S} s"
    return done.returncode, "\n".join(done.stdout.splitlines()[-15:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
