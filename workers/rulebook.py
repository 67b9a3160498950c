"""The rules in force: loaded at start, and again whenever the files say something else.

Watched by content, not by inode: editors, git and ConfigMaps replace files and links. A new set
replaces the old one whole, in one assignment; one that cannot be loaded, or that needs what is not
set, leaves it in force.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import structlog

from webhooks.errors import RuleFilesRejected
from workers.rules.load import fingerprint, load
from workers.rules.model import RuleSet
from workers.rules.vocabulary import Vocabulary

log = structlog.get_logger()

#: Seconds between two looks. Files must look the same twice before they are read, so that a half
#: finished save or checkout is no set; a change is in force within three looks.
INTERVAL_S = 1.0
#: sets of files that are looked at in one turn; each file of them is read
_LOOKS = 10


class Library:
    """Rule sets as they were loaded: workspaces with the same files load them once."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        #: by path, with the digest of the files
        self._kept: dict[Path, tuple[str, RuleSet]] = {}

    def load(self, path: Path, seen: str) -> RuleSet:
        """The set of these files. seen: their digest. Raises RuleFilesRejected."""
        kept = self._kept.get(path)
        if kept and kept[0] == seen:
            return kept[1]
        loaded = load(path, self._vocabulary)
        if fingerprint(path) == seen:
            # Else it changed while it was read: what was loaded may be half of each.
            self._kept[path] = (seen, loaded)
        return loaded


class RuleBook:
    """The rules in force in this process. `rules` may be read by any thread at any time."""

    def __init__(
        self,
        path: Path,
        vocabulary: Vocabulary,
        *,
        unmet: Callable[[RuleSet], Iterable[object]] = lambda _rules: (),
        library: Library | None = None,
    ) -> None:
        """unmet: what a set needs and this process lacks, each a line when it is printed. A set
        that needs such is no more loaded than one with mistakes; only for the first, whoever makes
        the book has to ask.

        Raises RuleFilesRejected when there is nothing to begin with."""
        self._path = path
        self._library = library or Library(vocabulary)
        self._unmet = unmet
        self._seen = self._tried = fingerprint(path)
        self._rules = self._library.load(path, self._seen)
        # Changed while it was read: what was loaded may be half of each.
        while (now := fingerprint(path)) != self._seen:
            self._seen = self._tried = now
            self._rules = self._library.load(path, now)
        #: why the newest files are not in force; empty when they are
        self.problem = ""

    def rules(self) -> RuleSet:
        """One whole set: whoever judges an event asks once and keeps what they got."""
        return self._rules

    def look(self) -> None:
        """Load the files when they have changed and are at rest."""
        now = fingerprint(self._path)
        if now == self._seen != self._tried:
            self._try(now)
        self._seen = now

    def _try(self, now: str) -> None:
        loaded, problem = self._loaded(now)
        if fingerprint(self._path) != now:
            # Changed while it was read: what was loaded may be half of each.
            return
        self._tried = now
        self._rules, self.problem = loaded, problem
        if problem:
            log.error("rules_not_loaded", in_force=loaded.hash, problem=problem)
        else:
            log.info("rules_loaded", rules=len(loaded.rules), hash=loaded.hash)

    def _loaded(self, now: str) -> tuple[RuleSet, str]:
        """The set to be in force, and why it is not that of the files, if so."""
        try:
            loaded = self._library.load(self._path, now)
        except RuleFilesRejected as rejected:
            return self._rules, str(rejected)
        if problem := "\n".join(map(str, self._unmet(loaded))):
            return self._rules, problem
        return loaded, ""


class Watch:
    """The thread that looks: at one set of files after the other, at ten with each turn."""

    def __init__(self, looks: Sequence[Callable[[], None]], interval_s: float = INTERVAL_S) -> None:
        self._looks = looks
        self._next = 0
        self._interval_s = interval_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="rules", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._stop.set()

    def _run(self) -> None:
        while not self._stop.wait(self._interval_s):
            for _ in range(min(len(self._looks), _LOOKS)):
                self._look()

    def _look(self) -> None:
        look = self._looks[self._next]
        self._next = (self._next + 1) % len(self._looks)
        try:
            look()
        except Exception:
            # The shell of this thread: the rules in force stay, and the next look comes.
            log.exception("unforeseen_error")
