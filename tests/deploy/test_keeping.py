"""What ends by itself is started again, with more and more patience, and never given up."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from deploy.local.keeping import HEALTHY_AFTER_S, LONGEST_PAUSE_S, Kept


@dataclass
class Sham:
    """A part that ends when the test says so."""

    name: str = "worker"
    code: int | None = None
    words: str = ""
    starts: list[float] = field(default_factory=list)
    refuses: OSError | None = None
    now: float = 0.0

    def start(self) -> None:
        if self.refuses:
            raise self.refuses
        self.code = None
        self.starts.append(self.now)

    def ended(self) -> int | None:
        return self.code

    def last_words(self) -> str:
        return self.words


@pytest.fixture
def sham() -> Sham:
    return Sham()


@pytest.fixture
def kept(sham: Sham) -> Kept:
    return Kept(sham, lambda: sham.now, sham.now)


def told_over(kept: Kept, sham: Sham, seconds: int) -> list[str]:
    """What is told when it is looked at each second."""
    told = []
    for _ in range(seconds):
        told.append(kept.look())
        sham.now += 1
    return [one for one in told if one]


def test_what_runs_is_left_alone(kept: Kept, sham: Sham) -> None:
    assert told_over(kept, sham, 100) == []
    assert sham.starts == []


def test_what_ended_after_a_while_runs_again_a_second_later(kept: Kept, sham: Sham) -> None:
    sham.now, sham.code = HEALTHY_AFTER_S, -9

    told = told_over(kept, sham, 3)

    assert told == ["worker was ended by signal 9; starting it again in 1 s"]
    assert sham.starts == [HEALTHY_AFTER_S + 1]


def test_what_keeps_ending_is_started_again_for_ever_with_more_and_more_patience(
    kept: Kept, sham: Sham
) -> None:
    sham.words = "rules.yaml:3: unknown action"
    told = []
    for _ in range(400):
        sham.code = 1
        told += told_over(kept, sham, 1)

    pauses = [later - sooner for sooner, later in zip(sham.starts, sham.starts[1:], strict=False)]
    # 2, 4, ... and the second in which it ended.
    assert pauses[:5] == [5, 9, 17, 33, 61]
    assert set(pauses[4:]) == {LONGEST_PAUSE_S + 1}
    # Its words are told once, not with each try.
    assert [sham.words in one for one in told] == [True] + [False] * (len(told) - 1)


def test_what_has_run_for_a_while_has_its_patience_back(kept: Kept, sham: Sham) -> None:
    for _ in range(100):
        sham.code = 1
        told_over(kept, sham, 1)
    told_over(kept, sham, int(LONGEST_PAUSE_S + HEALTHY_AFTER_S) + 1)
    sham.code = 1

    assert told_over(kept, sham, 1) == ["worker ended with 1; starting it again in 1 s"]


def test_what_cannot_be_started_now_is_tried_again(kept: Kept, sham: Sham) -> None:
    sham.code, sham.refuses = 0, OSError("no such file")
    told = told_over(kept, sham, 4)
    sham.refuses = None
    told_over(kept, sham, 8)

    assert told == [
        "worker ended with 0; starting it again in 2 s",
        "worker cannot be started (no such file); starting it again in 4 s",
    ]
    assert len(sham.starts) == 1
