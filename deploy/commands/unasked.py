"""What cannot be known because awork is not asked: there is no AWORK_API_TOKEN.

Every question is refused with a code of our own; here what came of that is told as what it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace as with_actions
from typing import Any

import httpx
from msgspec.structs import replace

from webhooks.store.journal import ActionRun, RuleRun, Run
from workers.rules.model import Rule, RuleSet

#: the code; awork has none like it
_CODE = "not-asked"
_NEEDS = "needs awork; set AWORK_API_TOKEN"
_WITHOUT = "without AWORK_API_TOKEN"
_OURS = f"Whether our own API user caused this event is not known {_WITHOUT}."

#: judges the event by other rules
Again = Callable[[RuleSet], Run]


def transport() -> httpx.MockTransport:
    """Answers for awork that it was not asked; and that we are nobody, so that no event is ours."""
    return httpx.MockTransport(_answer)


def own_doing(payload: Mapping[str, Any]) -> tuple[str, ...]:
    """What is to be said about who caused an event, where it names somebody."""
    by = payload.get("triggeredBy")
    return (_OURS,) if isinstance(by, dict) and by.get("id") else ()


def told(run: Run, rules: RuleSet, again: Again) -> Run:
    """The run with plain words for what is not known.

    again: later actions do not start where an earlier one could not go on; they are judged once
    more by themselves.
    """
    ran = tuple(_of_rule(one, rules.named(one.rule), again) for one in run.rules)
    return replace(run, rules=ran, message=_NEEDS if _CODE in run.message else run.message)


def _of_rule(ran: RuleRun, rule: Rule | None, again: Again) -> RuleRun:
    actions = _actions(ran.actions, rule, again) if rule else ran.actions
    ran = replace(ran, trace=tuple(map(_step, ran.trace)), actions=actions)
    if ran.verdict == "failed" and _CODE in ran.message:
        return replace(ran, reason=_CODE, message=_NEEDS)
    return ran


def _actions(ran: tuple[ActionRun, ...], rule: Rule, again: Again) -> tuple[ActionRun, ...]:
    """Up to the one that would have asked, and those after it as far as they are known."""
    stopped = next((i for i, one in enumerate(ran) if _CODE in one.message), None)
    if stopped is None:
        return ran
    ident = ran[stopped].id
    known = *ran[:stopped], _unknown(ran[stopped])
    # Of a list, the other items would ask the same.
    same = tuple(_unknown(one) for one in ran[stopped + 1 :] if one.id == ident)
    calls = [call.id for call in rule.actions]
    later = rule.actions[calls.index(ident) + 1 :]
    if not later:
        return known + same
    rest = with_actions(rule, actions=later)
    [judged] = again(RuleSet((rest,), "")).rules
    # What uses the result of the one that is not known is not known either.
    after = [_unknown(one) if f"done.{ident}" in one.message else one for one in judged.actions]
    return known + same + _actions(tuple(after), rest, again)


def _unknown(ran: ActionRun) -> ActionRun:
    message = f"what {ran.name} would send is not known {_WITHOUT}"
    trace = tuple(map(_step, ran.trace))
    return replace(ran, outcome="not-known", reason=_CODE, message=message, trace=trace)


def _step(step: dict[str, Any]) -> dict[str, Any]:
    """A condition, its parts with it."""
    children = step.get("children")
    parts = {"children": [_step(child) for child in children]} if children else {}
    if _CODE not in str(step.get("note") or ""):
        return {**step, **parts}
    note = "" if children else _NEEDS
    return {**step, **parts, "verdict": "not known", "note": note}


def _answer(request: httpx.Request) -> httpx.Response:
    if request.url.path.endswith("/me"):
        return httpx.Response(200, json={"id": ""})
    why = "awork was not asked: AWORK_API_TOKEN is not set"
    return httpx.Response(400, json={"code": _CODE, "description": why})
