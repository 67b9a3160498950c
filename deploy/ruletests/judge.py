"""What happened in a test against what was expected, and what to say about it. Performs no I/O."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from deploy.ruletests import explain
from deploy.ruletests.align import aligned
from deploy.ruletests.comparing import Meaning, told
from deploy.ruletests.fieldwise import differences
from deploy.ruletests.play import Played
from deploy.ruletests.requests import Acted, acted
from deploy.ruletests.scene import Scene
from workers.rules.model import RuleSet
from workers.rules.testing.expectation import REASONS
from workers.rules.testing.model import ExpectedAction, RuleTest

_Pair = tuple[ExpectedAction | None, Acted | None]


def failures(test: RuleTest, played: Played, rules: RuleSet) -> list[str]:
    """Why a test fails, in lines for people; empty when it passes."""
    if played.scene is None:
        return [played.trouble]
    _learn_names(played.scene)
    return [played.scene.names.told(line) for line in _failures(test, played, played.scene, rules)]


def _failures(test: RuleTest, played: Played, there: Scene, rules: RuleSet) -> list[str]:
    if played.not_allowed:
        return ["the awork of these tests cannot take this:", *indented(played.not_allowed)]
    if played.trouble:
        return [f"the rules could not be asked: {played.trouble}"]
    judged = _Judged(test, played, there, acted(played.runs, played.sent, rules), rules)
    return list(judged.deaf() or judged.failures())


@dataclass(frozen=True)
class _Judged:
    """One test that was played."""

    test: RuleTest
    played: Played
    scene: Scene
    happened: Sequence[Acted]
    rules: RuleSet

    def deaf(self) -> list[str]:
        """A test of a rule that does not listen to the event tests nothing."""
        rule = self.rules.named(self.test.rule)
        asked = any(run.rules for run in self.played.runs)
        if rule is None or asked or not self.played.runs or self.test.expect.because == "no-rule":
            return []
        kinds = ", ".join(sorted(rule.when))
        return [f"{rule.id} does not listen to {self.played.runs[0].kind}, only to {kinds}"]

    def failures(self) -> Iterator[str]:
        """What is not as the test says."""
        failed = explain.failed(self.played.runs)
        if self.test.expect.outcome == "failed":
            yield from self._unlike_failed(failed)
            return
        for reason, message in failed.items():
            yield f"{message} [{reason}]"
        if self.test.expect.outcome == "actions":
            yield from self._unlike_actions()
        elif any(one.sent for one in self.happened):
            yield "expected nothing, but this was written:"
            yield from self._written()
        elif not failed:
            yield from self._other_reason()

    def _unlike_failed(self, failed: dict[str, str]) -> Iterator[str]:
        wanted = self.test.expect.because
        if not failed:
            yield "expected the run to fail, and nothing failed"
            yield from self._written()
            yield from self._why_nothing()
        elif wanted and wanted not in failed:
            yield f"expected a failure because of {wanted}, got:"
            yield from indented(f"{message} [{slug}]" for slug, message in failed.items())

    def _other_reason(self) -> Iterator[str]:
        wanted, runs = self.test.expect.because, self.played.runs
        is_met = wanted in explain.reasons(runs) or (
            wanted not in REASONS and explain.is_ruled_out_by(wanted, runs)
        )
        if wanted and not is_met:
            yield f"nothing happened, as expected, but not because of {wanted}:"
            yield from self._why_nothing()

    def _unlike_actions(self) -> Iterator[str]:
        pairs = aligned(
            self.test.expect.actions,
            self.happened,
            same=lambda expected, one: expected.name in (one.run.name, one.run.id),
            fits=lambda expected, one: not self._differences(expected, one),
            matters=lambda one: bool(one.sent),
        )
        late, pairs = self._out_of_order(pairs)
        yield from late
        for expected, one in pairs:
            yield from self._unlike(expected, one)
        if any(one is None for _, one in pairs):
            yield from self._why_nothing()

    def _out_of_order(self, pairs: Sequence[_Pair]) -> tuple[list[str], list[_Pair]]:
        """What came as expected but at another place, in lines; and the pairs that are left."""
        lines, left = [], list(pairs)
        came = [one for one in self.happened if one.sent]
        for expected in [expected for expected, one in pairs if expected and one is None]:
            one = self._elsewhere(expected, left)
            if one is not None:
                left = [pair for pair in left if pair not in ((expected, None), (None, one))]
                place = self.test.expect.actions.index(expected)
                lines.append(
                    f"{one.title} of {one.rule} came {_nth(came.index(one))}, expected"
                    f" {_nth(place)} (line {expected.line})"
                )
        return lines, left

    def _elsewhere(self, expected: ExpectedAction, pairs: Sequence[_Pair]) -> Acted | None:
        for other, one in pairs:
            named = one and other is None and expected.name in (one.run.name, one.run.id)
            if one and named and not self._differences(expected, one):
                return one
        return None

    def _unlike(self, expected: ExpectedAction | None, one: Acted | None) -> Iterator[str]:
        if expected is None and one is not None:
            yield f"not expected: {one.title} of {one.rule}"
            yield from self._requests(one)
        elif one is None and expected is not None:
            fields = f" {told(expected.fields, self.scene.names)}" if expected.fields else ""
            yield f"missing: {expected.name}{fields} (line {expected.line})"
        elif one is not None and expected is not None:
            lines = self._differences(expected, one)
            if lines:
                yield f"{one.title} of {one.rule} is not as expected (line {expected.line}):"
                yield from indented(lines)
                yield "  it sent:" if one.sent else "  it sent nothing"
                yield from indented(self._requests(one))

    def _differences(self, expected: ExpectedAction, one: Acted) -> list[str]:
        meaning = Meaning(self.scene.names, self.scene.world, one.zone)
        return differences(expected, one, meaning)

    def _written(self) -> Iterator[str]:
        for one in self.happened:
            if one.sent:
                yield f"  {one.title} of {one.rule}"
                yield from indented(self._requests(one))

    def _requests(self, one: Acted) -> Iterator[str]:
        for sent in one.sent:
            body = f" {told(sent.body, self.scene.names)}" if sent.body is not None else ""
            yield f"  {sent.method} {sent.path}{body}"

    def _why_nothing(self) -> Iterator[str]:
        yield from indented(explain.why_nothing(self.played.runs, self.rules))


def _nth(index: int) -> str:
    names = ("first", "second", "third")
    return names[index] if index < len(names) else f"{index + 1}th"


def indented(lines: Iterable[str]) -> Iterator[str]:
    """The lines, one step to the right."""
    return (f"  {line}" for line in lines)


def _learn_names(scene: Scene) -> None:
    """People know what a test does not name by what it is called in the workspace."""
    for table in scene.world.tables.values():
        for ident, model in table.items():
            person = f"{model.get('firstName', '')} {model.get('lastName', '')}".strip()
            scene.names.learn(ident, str(model.get("name") or person))
