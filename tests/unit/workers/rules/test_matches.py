"""Regular expressions: what they find, what is refused, and that nothing makes them slow."""

from __future__ import annotations

import pytest

from tests.unit.workers.rules.rules import considered, rules_if
from webhooks.errors import RuleFilesRejected
from workers.rules.conditions.patterns import LONGEST_PATTERN, search_for
from workers.rules.findings import Flaw


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("shop", "A Workshop", True),  # anywhere in the text
        ("^shop", "A Workshop", False),
        ("^A .*shop$", "A Workshop", True),
        ("^[A-Z]{2,5}-[0-9]+", "int-42 Website", True),  # upper and lower case are one
        ("größe", "GRÖSSE", False),  # letter by letter, unlike 'contains'
        ("größe", "GRÖßE", True),
        (r"\bcall\b", "Recall", False),
        (r"^\pL+$", "Größe", True),
        (r"^\w+$", "Größe", False),  # \w is ASCII
        (r"\.pdf$", "offer.pdf", True),
        (".", "\n", False),
        ("a|b", "", False),
        ("^$", "", True),
        ("(?-i)Draft", "draft", False),
        ("half .", "half \ud800", True),  # JSON can have half a character
        ("x\0y", "x\0y", True),
    ],
)
def test_a_pattern_is_looked_for_in_the_text(pattern: str, text: str, found: bool) -> None:
    assert search_for(pattern, fold=True)(text) is found


def test_case_exact_tells_upper_from_lower() -> None:
    one = considered(rules_if("entity.x: {matches: ^INT}", defaults="{case: exact}"), {"x": "int"})

    assert [step.verdict for step in one.trace] == ["not met"]


@pytest.mark.parametrize(
    "pattern",
    ["(a|a)*$", "(a*)*$", "(a+)+$", "^(([a-z])+.)+[A-Z]$", "(x+x+)+y", "(.*)*b$", "(a?){50}a{50}$"],
)
@pytest.mark.parametrize("end", ["", "!"])
def test_no_pattern_takes_more_than_linear_time(pattern: str, end: str) -> None:
    """Each of these takes a backtracking engine longer than the universe is old."""
    text = "a" * 100_000 + end

    assert search_for(pattern, fold=True)(text) in (True, False)


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("(?=a)b", "RE2 has no lookaround ((?=…)), which would cost its linear time; write a"
                   " second condition"),
        ("(?<=a)b", "RE2 has no lookaround ((?<=…)), which would cost its linear time; write a"
                    " second condition"),
        ("(?!a)b", "RE2 has no lookaround ((?!…)), which would cost its linear time; write a"
                   " second condition below 'not'"),
        (r"(a)\1", "RE2 has no backreferences, which would cost its linear time; compare two"
                   " fields with 'expr'"),
        ("(?P=n)", "RE2 has no backreferences, which would cost its linear time; compare two"
                   " fields with 'expr'"),
        ("(?>a)", "RE2 has no (?>…); it knows (…), (?:…), (?i) and (?P<name>…)"),
        ("(a", r"a ( is not closed; write \( for a bracket in the text"),
        ("a)", r"a ) closes nothing; write \) for a bracket in the text"),
        ("[a", r"a [ is not closed; write \[ for a bracket in the text"),
        ("*a", r"* has nothing to repeat; write \* for the sign itself"),
        ("a**", "** repeats a repetition; keep one of them"),
        ("a{1001}", "{1001} repeats too often or backwards; at most 1000 times in all"),
        ("((a{100}){100}){100}",
         "{100} repeats too often or backwards; at most 1000 times in all"),
        ("[z-a]", r"there is no class z-a; write for example [a-z], \d or \pL"),
        (r"\pQ", r"there is no class \pQ; write for example [a-z], \d or \pL"),
        (r"\q", r"there is no escape \q; write \\ for a backslash itself"),
        ("a\\", r"it ends with a lone backslash; write \\ for a backslash itself"),
        (r"(\pL{0,20}\d){5}", "it grows too large; shorten it, or repeat less often"),
        ("\ud800", "it has half a character in it; type it anew"),
    ],
)  # fmt: skip
def test_a_pattern_that_cannot_work_is_refused_with_the_way_out(pattern: str, reason: str) -> None:
    with pytest.raises(Flaw) as refused:
        search_for(pattern, fold=True)

    shown = pattern.encode("unicode_escape").decode() if pattern == "\ud800" else pattern
    assert str(refused.value) == f"'{shown}' is no regular expression: {reason}"
    assert refused.value.code == "bad-pattern"


def test_a_pattern_has_at_most_1000_characters() -> None:
    assert search_for("x" * LONGEST_PATTERN, fold=True)("x" * LONGEST_PATTERN)

    with pytest.raises(Flaw, match="the pattern has 1001 characters; at most 1000"):
        search_for("x" * (LONGEST_PATTERN + 1), fold=True)


def test_nothing_is_written_to_stderr(capfd: pytest.CaptureFixture[str]) -> None:
    for pattern in ("(a", "(?=a)", r"(\pL{0,20}\d){5}"):
        with pytest.raises(Flaw):
            search_for(pattern, fold=False)
    search_for("[a-q][^u-z]{13}x$", fold=False)("abcdefghijklmnopqrstuvwxyz" * 4_000)

    assert capfd.readouterr().err == ""


def test_a_bad_pattern_is_a_mistake_when_the_rules_load() -> None:
    with pytest.raises(RuleFilesRejected) as rejected:
        rules_if("entity.name: {matches: '(?!x)'}")

    [mistake] = rejected.value.mistakes
    assert mistake.code == "bad-pattern"
