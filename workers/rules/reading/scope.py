"""Which paths may stand where in a rule. Performs no I/O."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from workers.rules import paths
from workers.rules.facts import Path
from workers.rules.findings import Flaw, nearest
from workers.rules.reading.hints import unquoted
from workers.rules.values import quoted

#: What is wrong with a path for these kinds of events, for people; None when nothing is. Kinds
#: are awork's names of today, `cron:tasks` and the like for what the clock starts.
Problem = Callable[[Path, Collection[str]], str | None]


def no_problem(path: Path, kinds: Collection[str]) -> None:
    """Every path is as good as any other."""


#: earlier actions in a message; a rule with more of them is rare, and so is a page of names
_MOST_NAMED = 20
_HOLE = re.compile(r"\$\{([^}]*)\}")


@dataclass(frozen=True)
class Scope:
    """The paths of one place."""

    #: of events; empty when they are not known
    kinds: frozenset[str] = frozenset()
    problem: Problem = no_problem
    #: ids of the actions that ran before; None outside of actions
    earlier: tuple[str, ...] | None = None
    #: ids of the actions that run after
    later: tuple[str, ...] = ()
    #: the action has `for_each`
    has_item: bool = False

    @property
    def also(self) -> tuple[str, ...]:
        """The roots that may begin a path here beside paths.ROOTS."""
        return () if self.earlier is None else paths.ACTION_ROOTS

    def in_action(
        self, earlier: tuple[str, ...], later: tuple[str, ...], *, has_item: bool
    ) -> Scope:
        """The scope of an action of the same rule."""
        return replace(self, earlier=earlier, later=later, has_item=has_item)

    def parse(self, text: str) -> Path:
        """Read a path that may stand here. Raises Flaw when it may not, or is none."""
        hole = _HOLE.fullmatch(text)
        if hole:
            alone = unquoted(hole[1].strip())
            raise Flaw(f"{quoted(text)} is filled in only in text; write {alone}", "bad-path")
        # outside of actions they are named in messages only to who writes them
        is_meant = text.split(".", maxsplit=1)[0] in paths.ACTION_ROOTS
        path = paths.parse(text, paths.ACTION_ROOTS if is_meant else self.also)
        self.check(path)
        return path

    def has(self, path: Path) -> bool:
        """True unless a path may not stand here."""
        try:
            self.check(path)
        except Flaw:
            return False
        return True

    def leads_to(self, text: str) -> bool:
        """True for a path whose fields are known to be there; where nothing is known, no path."""
        if not self.kinds or self.problem is no_problem:
            return False
        try:
            path = paths.parse(text, self.also)
        except Flaw:
            return False
        return len(path) > 1 and self.has(path)

    def check(self, path: Path) -> None:
        """Raises Flaw when a path may not stand here."""
        if path[0] == "item" and not self.has_item:
            raise Flaw(
                f"{_dotted(path)}: 'item' is there only in parameters and conditions of an action"
                " with 'for_each'",
                "no-item",
            )
        if path[0] == "done":
            self._check_done(path)
        complaint = self.problem(path, self.kinds)
        if complaint:
            raise Flaw(complaint, "unknown-field")

    def _check_done(self, path: Path) -> None:
        if self.earlier is None:
            raise Flaw(f"{_dotted(path)}: 'done' is there only in actions", "unknown-done")
        wanted = str(path[1]) if len(path) > 1 else ""
        if wanted in self.earlier:
            return
        if wanted in self.later:
            message = f"{_dotted(path)}: '{wanted}' comes later; move it up, before this action"
            raise Flaw(message, "unknown-done")
        if not self.earlier:
            rest = "no action comes before this one"
        else:
            last = self.earlier[-_MOST_NAMED:]
            near = nearest(wanted, last)
            hint = f"did you mean 'done.{near}'? Earlier" if near else "earlier"
            rest = f"{hint} actions of this rule: {', '.join(last)}"
        raise Flaw(f"{_dotted(path)} names no earlier action; {rest}", "unknown-done")


def _dotted(path: Path) -> str:
    return quoted(".".join(str(segment) for segment in path))
