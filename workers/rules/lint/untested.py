"""Rules that no test names. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from webhooks.errors import Mistake
from workers.rules.model import Rule


def rule(one: Rule, tested: frozenset[str]) -> Iterator[Mistake]:
    """A warning for a rule without a test of its own; one that is off needs none."""
    if one.mode != "off" and one.id not in tested:
        message = (
            f"no test names the rule '{one.id}'; write one with 'rule: {one.id}' in a file that"
            " ends in .test.yaml"
        )
        yield Mistake(one.path, one.line, 1, message, "untested-rule")
