"""Every broken file, and exactly what its author reads about it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.workers.rules.vocabulary import VOCABULARY
from webhooks.errors import RuleFilesRejected
from workers.rules.load import load

BROKEN = Path(__file__).parent / "broken"
NAMES = sorted(file.stem for file in BROKEN.glob("*.yaml"))


@pytest.mark.parametrize("name", NAMES)
def test_a_broken_file_is_refused_with_all_its_mistakes(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(BROKEN)

    with pytest.raises(RuleFilesRejected) as rejected:
        load(Path(f"{name}.yaml"), VOCABULARY)

    printed = "".join(f"{mistake.with_caret()}\n" for mistake in rejected.value.mistakes)
    assert printed == (BROKEN / f"{name}.expected").read_text(encoding="utf-8")


def test_every_expectation_has_its_file() -> None:
    expected = sorted(file.stem for file in BROKEN.glob("*.expected"))

    assert expected == NAMES
    assert len(NAMES) >= 60


def test_every_mistake_fits_on_one_line() -> None:
    with pytest.raises(RuleFilesRejected) as rejected:
        load(BROKEN, VOCABULARY)

    assert len(rejected.value.mistakes) > 150
    for mistake in rejected.value.mistakes:
        assert str(mistake).isprintable(), str(mistake)
