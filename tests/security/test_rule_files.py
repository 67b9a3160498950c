"""Links, pipes and devices among the rules: nothing of the machine is read, nothing hangs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.security.test_rules import RULE
from tests.unit.workers.rules.vocabulary import VOCABULARY
from webhooks.errors import RuleFilesRejected
from workers.rules.load import load

SECRET = "s3cret-in-a-file"


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A file that is nobody's business."""
    file = tmp_path / "secret"
    file.write_text(f"token: {SECRET}\n")
    return file


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one good rule."""
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "a.yaml").write_text(RULE.format("a"))
    return folder


def told(folder: Path) -> str:
    with pytest.raises(RuleFilesRejected) as rejected:
        load(folder, VOCABULARY)
    return "\n".join(mistake.with_caret() for mistake in rejected.value.mistakes)


def test_a_link_to_a_file_elsewhere_tells_nothing_of_it(folder: Path, outside: Path) -> None:
    (folder / "b.yaml").symlink_to(outside)

    message = told(folder)

    assert SECRET not in message
    assert message == (
        f"{folder}/b.yaml:1:1: leads out of the folder of the rules; put the file itself there"
        " [outside-file]"
    )


def test_a_link_to_a_folder_elsewhere_tells_nothing_of_it(folder: Path, outside: Path) -> None:
    other = outside.parent / "other"
    other.mkdir()
    (other / "b.yaml").write_text(f"token: {SECRET}\n")
    (folder / "more").symlink_to(other)

    assert SECRET not in told(folder)


@pytest.mark.parametrize("target", ["/proc/self/environ", "/etc/passwd", "../secret", "/nowhere"])
def test_a_link_to_the_machine_is_a_mistake(folder: Path, outside: Path, target: str) -> None:
    assert outside.exists()
    (folder / "b.yaml").symlink_to(target)

    assert "[outside-file]" in told(folder)


def test_a_folder_of_rules_that_is_a_link_itself_is_read(folder: Path) -> None:
    link = folder.parent / "current"
    link.symlink_to(folder)

    assert [rule.id for rule in load(link, VOCABULARY).rules] == ["a"]


@pytest.mark.parametrize("target", ["/dev/zero", "/dev/random", "/dev/stdin"])
def test_a_device_is_not_read(folder: Path, target: str) -> None:
    (folder / "b.yaml").symlink_to(target)

    assert len(load(folder, VOCABULARY).rules) == 1
    with pytest.raises(RuleFilesRejected):
        load(Path(target), VOCABULARY)


def test_a_pipe_is_not_waited_for(folder: Path) -> None:
    os.mkfifo(folder / "b.yaml")

    assert len(load(folder, VOCABULARY).rules) == 1
    with pytest.raises(RuleFilesRejected):
        load(folder / "b.yaml", VOCABULARY)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_says_so(folder: Path) -> None:
    (folder / "b.yaml").write_text(RULE.format("b"))
    (folder / "b.yaml").chmod(0)

    assert "cannot be read" in told(folder)
