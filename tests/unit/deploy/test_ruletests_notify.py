"""Notifications in tests of rules and in explanations: shown, and never sent."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from deploy.commands.explaining import explained
from tests import samples
from tests.unit.deploy.ruletesting import Folder
from workers.actions import VOCABULARY
from workers.rules.load import load

NOTIFY = """
  - id: tell
    when: task_added
    do:
      - notify: {url: "https://chat.example.com/hooks/1", text: "${entity.name} is here"}
      - notify:
          url: https://billing.example.com/awork
          json: {task: "${entity.id}", tags: [new, "${entity.name}"]}
          secret_env: NOTIFY_SECRET_BILLING
        id: billed
        if: [{done.notify.id: {exists: true}}]
"""
EVENT = "event: {eventType: task_added, entity: {id: t1, name: Logo}}"


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A folder with a rule that tells a chat, and then a program."""
    return Folder(tmp_path).rules(NOTIFY)


def test_what_would_be_sent_is_expected_in_the_words_of_the_rule(folder: Folder) -> None:
    outcome = folder.test(
        f"""
        {EVENT}
        expect:
          - notify: {{url: https://chat.example.com/hooks/1, text: Logo is here}}
          - billed: {{json: {{task: t1, tags: [new, Logo]}}, secret_env: NOTIFY_SECRET_BILLING}}
        """
    )

    assert outcome.code == 0, outcome.printed


def test_a_difference_is_told_with_what_was_to_be_sent(folder: Folder) -> None:
    outcome = folder.test(
        f"""
        {EVENT}
        expect:
          - notify: {{text: Logo is gone}}
          - billed
        """
    )

    assert outcome.code == 1
    assert outcome.reasons == [
        "notify of tell is not as expected (line 5):",
        "text: expected Logo is gone, got Logo is here",
        "it sent:",
        'POST https://chat.example.com {"url": "https://chat.example.com/hooks/1",'
        ' "text": "Logo is here"}',
    ]


def test_an_explanation_shows_it_and_not_the_whole_address(folder: Folder, tmp_path: Path) -> None:
    event = tmp_path / "event.json"
    event.write_text(json.dumps(samples.fresh("task_added", name="Logo")), encoding="utf-8")

    run, _ = explained(event, load(folder.path, VOCABULARY), "", {})

    first, _ = run.rules[0].actions
    (write,) = first.writes
    assert (write.method, write.path, write.outcome) == (
        "POST",
        "https://chat.example.com",
        "shadow",
    )
    assert write.body == {"text": "Logo is here"}
