"""Tell somebody outside of awork: a chat, or a program that takes webhooks.

    - notify:
        url: https://chat.example.com/hooks/xxx
        text: "${entity.name} is done."

    - notify:
        url: https://billing.example.com/awork
        json: {project: "${entity.id}", name: "${entity.name}", done: true}
        secret_env: NOTIFY_SECRET_BILLING

`text` is sent as {"text": "…"}, which Slack, Teams workflows and Mattermost take; `json` as it is
given. `secret_env` names an environment variable (any that begins with NOTIFY_SECRET_) with the
secret that signs it: Standard Webhooks, headers webhook-id, webhook-timestamp, webhook-signature.
The host must be on the public internet, or in HOOKWORK_NOTIFY_ALLOW.

An address with a key in it is a secret: records and messages have its scheme and host only. The
ledger in Redis has all of it, to send the same again, and so has the text of the rule.

Writes POST /hooks/xxx, or whatever path `url` has, with up to 256 kB. It may be repeated, after a
lost answer, with the same webhook-id: it is found again by the receiver, who knows by the id what
it has. One that does not look at it, such as Slack, may then show a message twice.
Source: https://github.com/standard-webhooks/standard-webhooks
"""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from webhooks.errors import RunFailed
from webhooks.settings import NOTIFY_SECRET
from workers.actions.base import Context, Parameters
from workers.effects import Effects
from workers.rules.vocabulary import Parameter, ParameterKind
from workers.targets import notify as target
from workers.targets.http import Request
from workers.targets.notify import Letter

NAME = "notify"
PARAMETERS = {
    "url": Parameter(
        ParameterKind.TEXT,
        required=True,
        about="where to, https:// or http://",
        pattern=r"https?://[^\s/?#@]+([/?#].*)?",
        like="an address such as https://chat.example.com/hooks/1, with no password in it",
    ),
    "text": Parameter(
        ParameterKind.TEXT,
        about='what is said, sent as {"text": "…"}',
        unless=("json",),
        excludes=("json",),
    ),
    "json": Parameter(ParameterKind.ANY, about="or the whole body"),
    "secret_env": Parameter(
        ParameterKind.TEXT,
        about="name of the variable with the secret, NOTIFY_SECRET_…",
        pattern=NOTIFY_SECRET.pattern,
        like="the name of a variable such as NOTIFY_SECRET_CHAT, not the secret itself",
    ),
}
_ITEM = "notification"
#: bytes that most receivers take, and that none is sent more of
_USUAL, _MOST = 20_000, 256_000


def run(parameters: Parameters, context: Context) -> dict[str, Any]:
    """Send one notification; the result has the `id` it was sent with. See Action.run."""
    letter = _letter(parameters, context.effects)
    place, body = _place(letter["url"]), target.content(letter)
    _measure(len(body), context.effects)
    # What shadow would send is on record, where the whole address must not be.
    kept = msgspec.json.decode(body) if context.effects.shadow else letter
    context.effects.once(
        _ITEM,
        Request("POST", place, kept, target=target.NAME),
        find=None,
        summary=f"notification to {place}",
    )
    return {"id": letter["id"]}


def _letter(parameters: Parameters, effects: Effects) -> Letter:
    letter: Letter = {"id": _id(effects), "url": str(parameters["url"])}
    if "text" in parameters:
        letter["text"] = str(parameters["text"])
    else:
        letter["json"] = parameters["json"]
    if "secret_env" in parameters:
        letter["secret_env"] = _name(parameters["secret_env"])
    return letter


def _id(effects: Effects) -> str:
    """The same in every try, and of no other notification."""
    told = f"{effects.event_id}/{effects.rule}/{effects.action_id}/{_ITEM}"
    return f"msg_{hashlib.sha256(told.encode()).hexdigest()[:32]}"


def _name(value: object) -> str:
    """The name of a secret for this; a rule must not come by any other."""
    if isinstance(value, str) and NOTIFY_SECRET.fullmatch(value):
        return value
    raise _unfit("secret_env is no name like NOTIFY_SECRET_CHAT, in capitals")


def _place(url: str) -> str:
    try:
        return target.place(url)
    except ValueError as error:
        raise _unfit(f"url {error}; it must be like https://chat.example.com/hooks/1") from error


def _unfit(problem: str) -> RunFailed:
    return RunFailed("invalid-value", f"{problem}. Its value is not shown: it may be a secret")


def _measure(size: int, effects: Effects) -> None:
    if size > _MOST:
        raise RunFailed("too-large", f"{size:,} bytes would be sent; the most is {_MOST:,}")
    if size > _USUAL:
        effects.notes.append(f"{size:,} bytes are sent; many receivers take {_USUAL:,}")
