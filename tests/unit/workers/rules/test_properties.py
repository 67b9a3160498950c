"""What holds for any text and any event."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.workers.rules.rules import NOW
from tests.unit.workers.rules.vocabulary import VOCABULARY
from webhooks.errors import RuleFilesRejected, RunFailed
from workers.rules.facts import EventFacts
from workers.rules.load import load, load_text
from workers.rules.match import match
from workers.rules.model import Step, Verdict
from workers.rules.template import fill

_HERE = Path(__file__).parent
_GOOD = (_HERE / "good.yaml").read_text(encoding="utf-8")
_RULES = load(_HERE / "good.yaml", VOCABULARY)

_many = settings(
    max_examples=300, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)

_SNIPPETS = st.sampled_from(
    [
        "\t",
        "\n",
        "\r",
        "\x00",
        "\x07",
        "\x85",
        "\u2028",
        "\ufeff",
        "\ud800",
        '"\\ud800"',
        '"\\UFFFFFFFF"',
        "- ",
        ": ",
        "? ",
        "{",
        "}",
        "[",
        "]",
        '"',
        "'",
        "#",
        "|",
        ">",
        "|9",
        "&a ",
        "*a",
        "*",
        "!",
        "!!",
        "!<",
        "%YAML 1.1\n",
        "%YAML 1.3\n",
        "%TAG ! x\n",
        "---\n",
        "...\n",
        "<<: ",
        "~",
        "true",
        "1e999",
        "0x",
        "9" * 30,
        "9" * 5000,
        ".inf",
        "${",
        "${}",
        "$${",
        "${hours(x)}",
        "${entity.",
        "entity",
        "changes.",
        "now",
        "today",
        "within",
        "exists",
        "any: ",
        "not: ",
        "[" * 60,
        "id: ",
        "when: ",
        "do: ",
        "version: ",
        "2026-02-30",
        "0001-01-01",
        "9999-12-31",
        "99999999999d",
        "\U0001f600",
    ]
)


@st.composite
def _mutated(draw: st.DrawFn) -> str:
    text = _GOOD
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(text)))
        cut = draw(st.integers(0, 12))
        put = draw(st.one_of(_SNIPPETS, st.text(max_size=4)))
        text = text[:at] + put + text[at + cut :]
    return text


_VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(),
        st.sampled_from(
            [
                "x",
                "y",
                "3600",
                "2026-03-27",
                "2026-11-20T23:30:00Z",
                "0001-01-01T00:00:00+14:00",
                "9999-12-31",
                "9999-12-31T23:59:59-14:00",
                "2026-03-27T25:00:00Z",
            ]
        ),
    ),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["name", "id", "type", "firstName", "lastName"]), inner)
    ),
    max_leaves=8,
)
_FIELDS = st.sampled_from(
    ["a", "plannedDuration", "dueOn", "isPrio", "tags", "project", "taskStatus"]
)
_PAYLOADS = st.fixed_dictionaries(
    {},
    optional={
        "entity": st.one_of(st.dictionaries(_FIELDS, _VALUES), _VALUES),
        "changes": st.one_of(
            st.lists(
                st.fixed_dictionaries(
                    {"property": st.just("DueOn"), "old": _VALUES, "new": _VALUES}
                )
            ),
            _VALUES,
        ),
        "triggeredBy": _VALUES,
    },
)


@_many
@given(_mutated())
def test_the_loader_raises_nothing_but_its_own_error(text: str) -> None:
    with contextlib.suppress(RuleFilesRejected):
        load_text(text, VOCABULARY)


@_many
@given(st.binary(max_size=200))
def test_bytes_that_are_no_rules_are_refused_with_a_place(content: bytes) -> None:
    with contextlib.suppress(RuleFilesRejected):
        load_text(content.decode("latin-1"), VOCABULARY)


@_many
@given(_PAYLOADS)
def test_the_verdict_follows_from_the_trace(payload: dict[str, object]) -> None:
    for kind in ("task_updated", "project_status_changed"):
        for one in match(_RULES, kind, EventFacts(payload, NOW)):
            met = all(step.verdict == "met" for step in one.trace)
            assert one.verdict == ("matched" if met else "not-matched")
            assert json.dumps([step.value for step in one.trace])
            for step in one.trace:
                _check(step)


@_many
@given(_PAYLOADS)
def test_matching_changes_nothing_and_answers_alike(payload: dict[str, object]) -> None:
    before = json.dumps(payload)

    first = match(_RULES, "task_updated", EventFacts(payload, NOW))
    second = match(_RULES, "task_updated", EventFacts(payload, NOW))

    assert first == second
    assert json.dumps(payload) == before


@_many
@given(_PAYLOADS)
def test_filling_in_ends_in_plain_values_or_in_a_named_failure(payload: dict[str, object]) -> None:
    for rule in _RULES.rules:
        for action in rule.actions:
            with contextlib.suppress(RunFailed):
                filled = fill(action.parameters, EventFacts(payload, NOW))
                assert json.dumps(filled)


def _check(step: Step) -> None:
    children = {child.verdict for child in step.children}
    match step.text if step.verdict != "not evaluated" and step.children else "":
        case "all":
            assert step.verdict == _strongest(children, ("not met", "absent", "met"))
        case "any":
            assert step.verdict == _strongest(children, ("met", "absent", "not met"))
        case "not":
            opposite = {"met": "not met", "not met": "met", "absent": "absent"}
            assert [step.verdict] == [opposite[child] for child in children]
    for child in step.children:
        _check(child)


def _strongest(verdicts: set[Verdict], order: tuple[Verdict, ...]) -> Verdict:
    return next(verdict for verdict in order if verdict in verdicts)
