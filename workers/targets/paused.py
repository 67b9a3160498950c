"""What is done and said when a target is paused: each has its own settings to look at.

Performs no I/O. Who pauses one, and when, is told in circuits.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from webhooks.errors import TargetFailed

#: a host that nobody wants to tell anything any more is forgotten, and with it its problem
_KEEP_HOST_S = 24 * 3600
#: seconds for which it is known when a target came back: longer than any event is tried
KEEP_S = 8 * 24 * 3600


@dataclass(frozen=True)
class Manner:
    """How one target is paused, and what is said of it."""

    #: for people
    name: str
    #: what to look at when it does not answer
    look: str
    #: its token, or what it gives one for, is rejected: what is wrong, and the way out. `{failed}`
    #: stands for what it said
    rejected: tuple[str, str]
    #: seconds after its last failure for which its circuit is kept
    keep_s: int = KEEP_S
    #: True when the pause it asks for is kept by all workers; what awork asks for the budget keeps
    holds: bool = False


_WAITING = "events wait, and go on by themselves"
_OWN: Mapping[str, Manner] = {
    "awork": Manner(
        "awork",
        "AWORK_API_URL",
        (
            "awork rejects AWORK_API_TOKEN",
            f"make a new API key in awork, set AWORK_API_TOKEN and restart the workers; {_WAITING}",
        ),
    ),
    "workiva": Manner(
        "Workiva",
        "WORKIVA_API_URL",
        (
            "Workiva rejects our grant: {failed}",
            "look at the grant in Workiva (Workspace settings, Security); when it is another one"
            " now, set WORKIVA_CLIENT_ID and WORKIVA_CLIENT_SECRET and restart the workers;"
            f" {_WAITING}",
        ),
        holds=True,
    ),
}


def manner(target: str) -> Manner:
    """How a target is paused. target: as its circuit is named."""
    if target in _OWN:
        return _OWN[target]
    name, _, mark = target.removeprefix("notify:").partition("#")
    look = "the address in the rule"
    look += f" (the one whose SHA-256 begins with {mark})" if mark else ""
    rejected = (f"{name} rejects us: {{failed}}", f"look at {look}; {_WAITING}")
    return Manner(name, look, rejected, keep_s=_KEEP_HOST_S)


def rejected(target: str, failed: TargetFailed) -> tuple[str, str]:
    """What is wrong when a token is rejected, and the way out."""
    message, way_out = manner(target).rejected
    return message.replace("{failed}", str(failed)), way_out


def away(target: str, failed: TargetFailed) -> tuple[str, str]:
    """What is wrong when a target does not answer as it should, and the way out."""
    how = manner(target)
    return (
        f"{how.name} {'answers with errors' if failed.status else 'does not answer'}: {failed}",
        f"events for it wait, and go on by themselves; if it works elsewhere, look at {how.look},"
        " the network and its proxies",
    )
