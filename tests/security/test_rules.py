"""Rules cannot reach out: not to files, not to the environment, not into Python; and they end.

One line for each classic; the bounds of `expr`, `matches` and templates in detail are in
tests/unit/workers/rules.
"""

from __future__ import annotations

import pytest

from tests.unit.workers.rules.rules import considered, facts, rules_do, rules_if
from tests.unit.workers.rules.vocabulary import VOCABULARY
from webhooks.errors import RuleFilesRejected, RunFailed
from workers.actions import VOCABULARY as ACTIONS
from workers.rules.load import LARGEST_BYTES, load_text
from workers.rules.template import Template

RULE = (
    "version: 1\nrules:\n  - id: {}\n    when: task_added\n"
    "    do: [{{add_comment: {{task: t, message: m}}}}]\n"
)


def codes(text: str) -> set[str]:
    with pytest.raises(RuleFilesRejected) as rejected:
        load_text(text, VOCABULARY)
    return {mistake.code for mistake in rejected.value.mistakes}


@pytest.mark.parametrize(
    "inside",
    [
        "entity.__class__",
        "entity.name.__class__.__mro__",
        "entity['__init__']",
        "entity.name.upper()",
        "entity.name!r",
        "entity.name:>1000000000",
        "__import__('os').environ",
        "env.AWORK_API_TOKEN",
        "environ.AWORK_API_TOKEN",
        "settings.awork_api_token",
        "self",
        "7 * 7",
        "entity.name | attr('x')",
        "open('/etc/passwd')",
        "file:/etc/passwd",
        "${entity.name}",
        "entity." + ".".join("a" * 200),
    ],
)
def test_a_template_reads_fields_and_nothing_else(inside: str) -> None:
    action = "[{add_comment: {task: t, message: '" + "${" + inside.replace("'", "''") + "}'}}]"
    try:
        rules = rules_do(action)
    except RuleFilesRejected:
        return

    message = rules.rules[0].actions[0].parameters["message"]
    assert isinstance(message, Template)
    with pytest.raises(RunFailed):
        message.fill(facts({"name": "a name"}))


def test_what_a_template_filled_in_is_not_read_as_one() -> None:
    message = rules_do("[{add_comment: {task: t, message: '${entity.name}'}}]").rules[0].actions[0]
    template = message.parameters["message"]
    assert isinstance(template, Template)

    filled = template.fill(facts({"name": "${entity.id} {0.__class__} %s {{7*7}}"}))

    assert filled == "${entity.id} {0.__class__} %s {{7*7}}"


@pytest.mark.parametrize(
    "expression",
    [
        "entity.__class__ == 1",
        "entity.name.__len__() == 1",
        "__import__('os').system('id') == 0",
        "open('/etc/passwd').read() != ''",
        "env['AWORK_API_TOKEN'] != ''",
        "'%s'.format([entity]) != ''",
        "'{0.__class__}'.format(entity) != ''",
        "'a'.replicate(1000000000) != ''",
        "'a' * 1000000000 == 'a'",
        "[1].map(a, [1].map(b, [1].map(c, [1].map(d, [1].map(e, e))))) == []",
        "http.get('http://169.254.169.254/').status == 200",
        "(" * 1000 + "1" + ")" * 1000 + " == 1",
    ],
)
def test_an_expression_reads_fields_and_ends(expression: str) -> None:
    quoted = expression.replace("'", "''")
    try:
        rules = rules_if(f"{{expr: '{quoted}'}}")
    except RuleFilesRejected:
        return

    assert considered(rules, {"name": "a" * 5_000}).verdict != "matched"


@pytest.mark.parametrize(
    "pattern", ["(a+)+$", "(a|a)*$", "(a|aa)+$", "(.*a){20}$", "^(([a-z])+.)+$"]
)
def test_a_pattern_takes_linear_time(pattern: str) -> None:
    rules = rules_if(f"entity.name: {{matches: '{pattern}'}}")

    assert considered(rules, {"name": "a" * 60_000 + "!\n"}).verdict in ("matched", "not-matched")


@pytest.mark.parametrize(
    "pattern", ["a" * 100_000, "a{1000000}", "(((a{100}){100}){100})", "(?:" * 5_000]
)
def test_a_huge_pattern_is_a_mistake(pattern: str) -> None:
    with pytest.raises(RuleFilesRejected) as rejected:
        rules_if(f"entity.name: {{matches: '{pattern}'}}")

    assert {mistake.code for mistake in rejected.value.mistakes} == {"bad-pattern"}


@pytest.mark.parametrize(
    "tag",
    [
        "!!python/object/apply:os.system ['id']",
        "!!python/name:os.system",
        "!!python/object/new:type [a]",
        "!!binary aGk=",
        "!!set {a, b}",
        "!include /etc/passwd",
        "!ENV ${AWORK_API_TOKEN}",
        "!<tag:yaml.org,2002:python/module:os>",
    ],
)
def test_a_tag_makes_nothing(tag: str) -> None:
    assert codes(RULE.format("a") + f"x: {tag}\n")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a: &a [x]\nb: [*a, *a]\n", id="aliases"),
        pytest.param("a: &a [*a]\n", id="a list of itself"),
        pytest.param("<<: {version: 1}\n", id="merge"),
        pytest.param("[" * 10_000, id="brackets"),
        pytest.param("{a: " * 10_000, id="braces"),
        pytest.param("- " * 10_000 + "a", id="dashes"),
        pytest.param("? " * 10_000 + "a", id="question marks"),
        pytest.param("\n".join(" " * n + "a:" for n in range(600)), id="indentation"),
        pytest.param("a: " + "9" * 200_000, id="a huge number"),
        pytest.param("a: 1" + "_0" * 100_000, id="a huge number with underscores"),
        pytest.param("%YAML 1.1\n%TAG ! tag:x,2000:\n---\nversion: !x 1\n", id="directives"),
        pytest.param("version: 1\n---\nversion: 1\n" * 20_000, id="many documents"),
        pytest.param("a: |\n" + "  b\n" * 60_000, id="a huge text"),
        pytest.param("a" * LARGEST_BYTES, id="one word"),
        pytest.param('"' + "\\U0001F600" * 20_000, id="escapes without an end"),
        pytest.param("\ud800: 1", id="a lone surrogate"),
        pytest.param("version: 1\x00", id="NUL"),
    ],
)
def test_a_file_of_the_worst_shape_is_refused(text: str) -> None:
    assert codes(text)


@pytest.mark.parametrize(
    "parameters",
    [
        "url: 'file:///etc/passwd', text: a",
        "url: 'gopher://127.0.0.1:6379/_FLUSHALL', text: a",
        "url: 'unix:///var/run/docker.sock', text: a",
        "url: 'https://a.example', text: a, secret_env: AWORK_API_TOKEN",
        "url: 'https://a.example', text: a, secret_env: REDIS_URL",
        "url: 'https://a.example', text: a, secret_env: PATH",
        "url: 'https://a.example', text: a, headers: {Host: b.example}",
        "url: 'https://a.example', text: a, proxy: 'http://b.example'",
    ],
)
def test_notify_takes_no_file_no_other_secret_and_no_header(parameters: str) -> None:
    text = (
        f"version: 1\nrules:\n  - id: r\n    when: task_added\n    do: [notify: {{{parameters}}}]\n"
    )

    with pytest.raises(RuleFilesRejected):
        load_text(text, ACTIONS)
