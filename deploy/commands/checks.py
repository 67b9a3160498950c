"""What `hookwork doctor` looks at: what was found, and the way out where it is bad."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import redis

from webhooks.errors import RuleFilesRejected, TargetFailed, TargetRefused
from webhooks.settings import Settings
from webhooks.store import fitness
from webhooks.store.client import Client
from webhooks.store.keys import Keys
from webhooks.store.problems import Problems
from webhooks.store.trouble import trouble
from workers.actions import VOCABULARY
from workers.rules.load import load
from workers.rules.model import RuleSet
from workers.targets.awork import Awork
from workers.targets.subscriptions import Gate, Subscriptions, gate, subscriptions
from workers.watching import findings
from workers.watching.families import listened_to


@dataclass(frozen=True)
class Check:
    """One line of the doctor's."""

    #: settings, redis, rules, awork, subscription, workiva, or whose problem it is
    of: str
    good: bool
    #: what was found
    message: str
    #: what to do; empty where nothing has to be done
    way_out: str = ""


def redis_checks(client: Client, workspaces: Collection[str] = ("",)) -> Iterator[Check]:
    """Whether Redis answers, and keeps what it takes. workspaces: whose keys are looked at."""
    pipe = client.pipeline(transaction=False)
    kinds = {key: kind for name in workspaces for key, kind in Keys(name).kinds.items()}
    fitness.questions(pipe, kinds)
    try:
        found = fitness.found(pipe.execute(raise_on_error=False), kinds)
    except (redis.RedisError, OSError) as error:
        why = trouble(error)
        yield Check("redis", False, why.message, why.way_out)
        return
    for one in found:
        yield Check("redis", False, one.message, one.way_out)
    if not found:
        yield Check("redis", True, "answers, evicts nothing, keeps what it takes on disk")


def problem_checks(client: Client, known: Collection[str] = ()) -> Iterator[Check]:
    """What was found wrong, but for what is looked at here anyway. known: causes told otherwise."""
    try:
        problems = Problems(client).all()
    except (redis.RedisError, OSError):
        # That it does not answer has been said.
        return
    for one in problems:
        of = one.cause.partition(":")[0]
        if of != "subscription" and one.cause not in (*fitness.CAUSES, *known):
            yield Check(of, False, one.message, one.way_out)


def awork_check(awork: Awork) -> Check:
    """Whether the token works, and whose it is."""
    try:
        me = awork.one("/me")
    except TargetFailed as failed:
        if failed.code == "token-rejected":
            way_out = "make a new key in awork (Settings, Integrations, API keys): AWORK_API_TOKEN"
            return Check("awork", False, f"rejects the token: {failed}", way_out)
        way_out = "check AWORK_API_URL, and whether this machine gets to it"
        return Check("awork", False, f"does not answer us: {failed}", way_out)
    name = " ".join(str(me[part]) for part in ("firstName", "lastName") if me.get(part))
    workspace = me.get("workspace")
    where = (
        f" in {workspace['name']}" if isinstance(workspace, dict) and "name" in workspace else ""
    )
    return Check("awork", True, f"the token works, as {name or me.get('id')}{where}")


def subscription_state(awork: Awork, gate: Gate) -> Subscriptions | Check:
    """Our subscription in awork, or why it cannot be seen."""
    try:
        return subscriptions(awork, gate)
    except TargetRefused as refused:
        wrong = findings.not_allowed(str(refused))
        return Check("subscription", False, wrong.message, wrong.way_out)
    except TargetFailed as failed:
        return Check("subscription", False, f"cannot be seen: {failed}", "try again in a minute")


def rules_loaded(settings: Settings) -> RuleSet | Check:
    """The rules that workers with these settings apply, or why there are none."""
    try:
        return load(settings.hookwork_rules, VOCABULARY)
    except RuleFilesRejected:
        message = f"those in {settings.hookwork_rules} cannot be loaded"
        return Check("rules", False, message, "`hookwork check` says why")


def subscription_checks(
    found: Subscriptions, rules: RuleSet | None, settings: Settings
) -> Iterator[Check]:
    """Whether it delivers what rules listen to. rules: None where none can be loaded."""
    kinds = listened_to(rules) if rules else frozenset()
    wrong = findings.findings(found, kinds, gate(settings))
    for one in wrong:
        yield Check("subscription", False, one.message, one.way_out)
    if not wrong:
        names = ", ".join(f"'{one.name}' ({one.place})" for one in found.ours)
        yield Check("subscription", True, f"{names} is active and sends what rules listen to")
