"""Webhook subscriptions and their logs. Sending is elsewhere (`sender.py`).

Source: https://developers.awork.com/webhooks
"""

from __future__ import annotations

from urllib.parse import urlsplit

from deploy.sandbox.ask import NO_CONTENT, Answer, Ask, Routes
from deploy.sandbox.lists import listed
from deploy.sandbox.refusals import Model, invalid

_NAMES = {
    "absence": "added updated deleted",
    "company": "added updated type_changed deleted",
    "project": "added updated status_changed type_changed deleted comment_added",
    "projectmember": "added deleted",
    "task": "added updated status_changed type_changed deleted comment_added",
    "taskassignment": "added deleted",
    "tasklist": "added updated deleted",
    "timetracking": "added updated type_changed deleted",
    "user": "added updated activation_changed status_changed deleted",
}
EVENT_TYPES = tuple(f"{noun}_{verb}" for noun, verbs in _NAMES.items() for verb in verbs.split())


def list_webhooks(ask: Ask) -> Answer:
    return listed(ask, list(ask.world.webhooks.values()))


def create_webhook(ask: Ask) -> Answer:
    return Answer(body=ask.world.add("webhooks", _config(ask.body)))


def get_webhook(ask: Ask) -> Answer:
    return Answer(body=_webhook(ask))


def put_webhook(ask: Ask) -> Answer:
    """Replaces the subscription; making it active again forgets its failures."""
    webhook = _webhook(ask)
    ask.world.touch(webhook, _config(ask.body))
    return Answer(body=webhook)


def delete_webhook(ask: Ask) -> Answer:
    ask.world.remove("webhooks", _webhook(ask)["id"])
    return NO_CONTENT


def webhook_logs(ask: Ask) -> Answer:
    return listed(ask, ask.world.webhook_logs[_webhook(ask)["id"]])


def event_types(_: Ask) -> Answer:
    return Answer(body=list(EVENT_TYPES))


def slack_event_types(_: Ask) -> Answer:
    # Which of them Slack may be told of is not documented.
    return Answer(body=list(EVENT_TYPES))


def header_of(webhook: Model) -> dict[str, str]:
    """The header a subscription sends; values may contain `=`, names may not."""
    if webhook["authenticationType"] != "header":
        return {}
    name, _, value = webhook["authentication"].partition("=")
    return {name: value}


def _webhook(ask: Ask) -> Model:
    return ask.subject("webhooks", "webhookId", "webhook")


def _config(body: Model) -> Model:
    unknown = [e for e in body["events"].split(",") if e.strip() not in EVENT_TYPES]
    if unknown:
        raise invalid("events", f"are not known: {', '.join(unknown)}")
    if body["authenticationType"] not in ("none", "header"):
        raise invalid("authenticationType", f"is none or header: {body['authenticationType']}")
    name, equals, _ = (body.get("authentication") or "").partition("=")
    if body["authenticationType"] == "header" and not (name and equals):
        raise invalid("authentication", "must be headername=headervalue")
    parts = urlsplit(body["uri"])
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise invalid("uri", f"is no http or https address: {body['uri']}")
    return {
        "authentication": None,
        "onlyTriggerForMainEntityChanges": False,
        **body,
        "receiverType": "slack" if parts.netloc == "hooks.slack.com" else "custom",
        "lastFailureReason": None,
    }


ROUTES: Routes = {
    ("GET", "/webhooks"): list_webhooks,
    ("POST", "/webhooks"): create_webhook,
    ("GET", "/webhooks/eventtypes"): event_types,
    ("GET", "/webhooks/eventtypes/slack"): slack_event_types,
    ("GET", "/webhooks/{webhookId}"): get_webhook,
    ("PUT", "/webhooks/{webhookId}"): put_webhook,
    ("DELETE", "/webhooks/{webhookId}"): delete_webhook,
    ("GET", "/webhooks/{webhookId}/logs"): webhook_logs,
}
