"""notify: what is refused before anything is sent, when rules are loaded and when they run."""

from __future__ import annotations

import pytest

from tests import samples
from tests.contract.conftest import Make
from tests.contract.trying import why
from webhooks.errors import RuleFilesRejected
from workers.actions import VOCABULARY
from workers.rules.load import load_text

URL = "https://chat.example.com/hooks/key-in-it"
ADDRESS = "'url' is an address such as https://chat.example.com/hooks/1, with no password in it"
SECRET = "'secret_env' is the name of a variable such as NOTIFY_SECRET_CHAT, not the secret itself"
HIDDEN = "Its value is not shown: it may be a secret"


def rules(action: str) -> str:
    return f"version: 1\nrules:\n  - id: r\n    when: task_added\n    do:\n      - {action}\n"


@pytest.mark.parametrize(
    ("parameters", "problem"),
    [
        ("text: a", "'notify' needs 'url': text"),
        (f"url: {URL}", "'notify': give 'text' or 'json'"),
        (f"url: {URL}, text: a, json: [1]", "'text' and 'json' exclude each other; keep one"),
        (f"url: {URL}, text: 1", "'text' is text, not 1; put it in quotes"),
        (
            f"url: {URL}, text: a, secret: b",
            "unknown parameter of 'notify': 'secret'; did you mean 'secret_env'?",
        ),
        ("url: chat.example.com/key-in-it, text: a", ADDRESS),
        ("url: 'https://user:key-in-it@chat.example.com', text: a", ADDRESS),
        (f"url: {URL}, text: a, secret_env: AWORK_API_TOKEN", SECRET),
        (f"url: {URL}, text: a, secret_env: NOTIFY_SECRET_A_FILE", SECRET),
        (f"url: {URL}, text: a, secret_env: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", SECRET),
    ],
)
def test_a_mistake_is_found_when_rules_are_loaded(parameters: str, problem: str) -> None:
    with pytest.raises(RuleFilesRejected) as rejected:
        load_text(rules(f"notify: {{{parameters}}}"), VOCABULARY)

    assert [mistake.message for mistake in rejected.value.mistakes] == [problem]


@pytest.mark.parametrize(
    ("parameters", "reason", "message"),
    [
        (
            'url: "chat.example.com/${entity.id}", text: a',
            "invalid-value",
            "url does not begin with https:// or http://; it must be like"
            f" https://chat.example.com/hooks/1. {HIDDEN}",
        ),
        (
            'url: "https://user:${entity.id}@chat.example.com", text: a',
            "invalid-value",
            "url has a name or a password before its host; it must be like"
            f" https://chat.example.com/hooks/1. {HIDDEN}",
        ),
        (
            f'url: {URL}, text: a, secret_env: "${{entity.id}}"',
            "invalid-value",
            f"secret_env is no name like NOTIFY_SECRET_CHAT, in capitals. {HIDDEN}",
        ),
        (
            # Eleven bytes around the letters, {"text":""}.
            f"url: {URL}, text: '{'a' * 255_990}'",
            "too-large",
            "256,001 bytes would be sent; the most is 256,000",
        ),
    ],
    ids=["no scheme", "credentials", "no name of a secret", "too large"],
)
def test_what_cannot_be_sent_says_why_and_nothing_of_the_address(
    make: Make, parameters: str, reason: str, message: str
) -> None:
    one = make(rules(f"notify: {{{parameters}}}"))
    one.deliver(samples.fresh("task_added"))

    run = one.work()

    assert why(run) == ("failed", reason, message)


def test_a_long_body_is_sent_with_a_word_about_it(make: Make) -> None:
    # Eleven bytes around the letters: 20,011.
    text = rules(f"notify: {{url: {URL}, text: '{'a' * 20_000}'}}")
    one = make(text.replace("    do:", "    mode: shadow\n    do:"))
    one.deliver(samples.fresh("task_added"))

    run = one.work()

    assert run.rules[0].actions[0].message == "20,011 bytes are sent; many receivers take 20,000"
