"""How the runs of a rule follow each other. Data only."""

from __future__ import annotations

from dataclasses import dataclass

from workers.rules.facts import Path


@dataclass(frozen=True)
class Once:
    """`once_within`: the first run of a window goes ahead, the others are skipped."""

    time_s: int
    #: the values that make two runs the same
    per: tuple[Path, ...]


@dataclass(frozen=True)
class Flow:
    """How the runs of a rule follow each other."""

    #: its value orders and limits the runs; None: the entity's id
    key: Path | None = None
    #: seconds without a further event before the run begins; 0: at once
    settle_s: int = 0
    #: seconds after the first event at which it begins whatever comes
    settle_at_most_s: int = 0
    once: Once | None = None

    @property
    def hands_on(self) -> bool:
        """True when a run waits its turn in a line of its own rather than its entity's."""
        return self.key is not None or self.settle_s > 0


#: a rule that runs at once, in its entity's lane, every time
AT_ONCE = Flow()
