"""Loading rule files, all or none. The only module of the rules that reads files.

A set is loaded whole: one mistake in one file refuses all of them, and every mistake of every file
is reported at once.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from webhooks.errors import Mistake, RuleFilesRejected
from workers.rules import registry
from workers.rules.findings import MOST_MISTAKES, Findings, TooManyMistakes
from workers.rules.model import Rule, RuleSet
from workers.rules.reading.rulefile import read_file
from workers.rules.reading.scope import Problem, no_problem
from workers.rules.tree import nodes
from workers.rules.tree.syntax import spot_of
from workers.rules.vocabulary import Vocabulary

#: holds many hundred rules, and is read in a second or two; a larger file is no rule file
LARGEST_BYTES = 256 << 10

_ENDINGS = (".yaml", ".yml")
_TEST_ENDINGS = (".test.yaml", ".test.yml")
_UTF8_BOM = "\ufeff"

#: path as the user gave it, and content
Source = tuple[str, bytes]


def load(path: Path, vocabulary: Vocabulary, problem: Problem = registry.problem) -> RuleSet:
    """Load a file, or every rule file below a folder.

    Rule files end in .yaml or .yml; tests of rules (.test.yaml) and whatever begins with a dot are
    passed over (Kubernetes puts such names beside mounted files). Files come in the order of their
    path below the folder.

    problem: says what is wrong with a path of a rule, if anything.
    Raises RuleFilesRejected with every mistake of every file.
    """
    sources: list[Source] = []
    mistakes: list[Mistake] = []
    for file in _files(path, mistakes):
        try:
            content = _content(file)
        except OSError as error:
            why = error.strerror or type(error).__name__
            mistakes.append(_of_file(file, f"cannot be read: {why}", "unreadable-file"))
            continue
        if len(content) > LARGEST_BYTES:
            message = f"the file is larger than {LARGEST_BYTES >> 10} KiB; split it"
            mistakes.append(_of_file(file, message, "too-large"))
        else:
            sources.append((str(file), content))
    return _assemble(sources, vocabulary, problem, mistakes)


def fingerprint(path: Path) -> str:
    """What `load` would read, as a digest: it changes when a file's content or place does, and not
    when a file is only touched or replaced by its like."""
    digest = hashlib.sha256()
    mistakes: list[Mistake] = []
    for file in _files(path, mistakes):
        try:
            content = _content(file)
        except OSError as error:
            content = str(error).encode()
        # Lengths go before what they belong to, so that no two sets look alike.
        digest.update(f"{file}\n{len(content)}\n".encode("utf-8", "surrogateescape") + content)
    digest.update("".join(str(mistake) for mistake in mistakes).encode("utf-8", "replace"))
    return digest.hexdigest()


def load_text(
    text: str, vocabulary: Vocabulary, path: str = "rules.yaml", problem: Problem = no_problem
) -> RuleSet:
    """Load one file's text: a rule that was kept with its run, tests, documentation.

    problem: as in `load`; left out, any path will do.
    Raises RuleFilesRejected with every mistake.
    """
    source = (path, text.encode("utf-8", "surrogatepass"))
    return _assemble([source], vocabulary, problem, [])


def _assemble(
    sources: Iterable[Source],
    vocabulary: Vocabulary,
    problem: Problem,
    mistakes: list[Mistake],
) -> RuleSet:
    rules: list[Rule] = []
    warnings: list[Mistake] = []
    taken: dict[str, str] = {}
    digest = hashlib.sha256()
    for path, content in sources:
        digest.update(content)
        findings, text = _decode(path, content)
        with contextlib.suppress(TooManyMistakes):
            root = None if findings.mistakes else nodes.read(text, findings)
            if root is not None:
                rules += read_file(root, findings, vocabulary, problem, taken)
        mistakes += findings.mistakes
        warnings += findings.warnings
    if mistakes:
        raise RuleFilesRejected(mistakes)
    return RuleSet(tuple(rules), digest.hexdigest()[:12], tuple(warnings))


def _decode(path: str, content: bytes) -> tuple[Findings, str]:
    try:
        text = content.decode("utf-8").removeprefix(_UTF8_BOM)
    except UnicodeDecodeError as error:
        return _not_utf8(path, content, error.start), ""
    return Findings.of_text(path, text, MOST_MISTAKES), text


def _not_utf8(path: str, content: bytes, offset: int) -> Findings:
    spot = spot_of(content[:offset].decode("utf-8"), offset)
    message = f"not UTF-8: byte 0x{content[offset]:02x}; save the file as UTF-8"
    return Findings(path, [], [Mistake(path, spot.line, spot.column, message, "not-utf8")])


def _content(file: Path) -> bytes:
    # Looked at again, now that it is open: what was a file may be a pipe by now, and would hang.
    with open(os.open(file, os.O_RDONLY | os.O_NONBLOCK), "rb") as stream:
        if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
            raise OSError(errno.EINVAL, "it is no file")
        return stream.read(LARGEST_BYTES + 1)


def _files(path: Path, mistakes: list[Mistake]) -> list[Path]:
    if not os.path.isdir(path):  # unlike Path.is_dir, never raises
        if os.path.isfile(path):
            return [path]
        message = "no such file or folder; give a rule file or a folder of them"
        mistakes.append(_of_file(path, message, "no-such-path"))
        return []
    found = sorted(_below(path, mistakes), key=lambda file: file.relative_to(path).as_posix())
    if not found and not mistakes:
        message = "no rule files in this folder; they end in .yaml or .yml"
        mistakes.append(_of_file(path, message, "no-rule-files"))
    return found


def _below(folder: Path, mistakes: list[Mistake]) -> Iterator[Path]:
    """Every rule file, links to folders followed, each folder once even if links go in circles."""
    seen: set[str] = set()
    home = os.path.realpath(folder)

    def note(error: OSError) -> None:
        where = Path(error.filename or folder)
        problem = error.strerror or type(error).__name__
        mistakes.append(_of_file(where, f"cannot be read: {problem}", "unreadable-file"))

    for parent, folders, files in os.walk(folder, followlinks=True, onerror=note):
        real = os.path.realpath(parent)
        # emptied in place, which keeps os.walk from going deeper
        folders[:] = [] if real in seen else sorted(f for f in folders if not f.startswith("."))
        if real not in seen:
            found = (Path(parent, name) for name in files if _is_rule_file(Path(parent, name)))
            yield from (file for file in found if not _leads_out(file, home, mistakes))
        seen.add(real)


def _leads_out(file: Path, home: str, mistakes: list[Mistake]) -> bool:
    """True for a link to a file outside of the folder. Messages quote what they read: by such a
    link whoever writes rules would have the environment or a secret's file read to them."""
    if os.path.commonpath([home, os.path.realpath(file)]) == home:
        return False
    message = "leads out of the folder of the rules; put the file itself there"
    mistakes.append(_of_file(file, message, "outside-file"))
    return True


def _is_rule_file(file: Path) -> bool:
    name = file.name.lower()
    if name.startswith(".") or name.endswith(_TEST_ENDINGS) or not name.endswith(_ENDINGS):
        return False
    # a broken link counts, so that reading it says so; a pipe does not: reading it would hang
    return os.path.isfile(file) or not os.path.exists(file)


def _of_file(file: Path, message: str, code: str) -> Mistake:
    return Mistake(str(file), 1, 1, message, code)
