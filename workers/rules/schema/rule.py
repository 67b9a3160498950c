"""A rule as JSON Schema: every key with what it means. Pure."""

from __future__ import annotations

from typing import get_args

from webhooks.sources.kinds import ALIASES, KINDS
from workers.rules.hours import WEEKDAYS
from workers.rules.model import Limits, Mode, OwnEvents
from workers.rules.schema.forms import DAY, DURATION, TEXT, Schema, beside, only_one_of, ref

_PATH: Schema = {
    "type": "string",
    "pattern": r"^[A-Za-z_][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*$",
}
_DAYS = "|".join(WEEKDAYS)
_BY_CLOCK: Schema = {"properties": {"when": {"type": "object"}}, "required": ["when"]}
_IS_OFF: Schema = {"properties": {"mode": {"const": "off"}}, "required": ["mode"]}


def rule() -> Schema:
    """One entry of `rules`."""
    return {
        "type": "object",
        "properties": {
            "id": {
                "description": "The rule's name in the console, the logs and the metrics; unique"
                " over all files. Lower-case letters, digits and '-'.",
                "type": "string",
                "pattern": "^[a-z0-9-]+$",
            },
            "about": {**TEXT, "description": "One sentence: what the rule is for."},
            "mode": {
                "description": "live (the default) writes; shadow works everything out, records"
                " and shows it, and writes nothing; off does nothing, and needs a reason.",
                "enum": list(get_args(Mode)),
                "default": "live",
            },
            "reason": {**TEXT, "description": "Why the mode is what it is."},
            "when": _when(),
            "for_each": _for_each(),
            "if": beside("conditions", "array", "Conditions; all of them must hold."),
            "flow": _flow(),
            "do": {
                "description": "Actions, in order. When one fails for good, later ones do not"
                " start.",
                "type": "array",
                "minItems": 1,
                "items": ref("action"),
            },
            "limits": _limits(),
            "own_events": {
                "description": "What becomes of events that our own API user caused: ignore (the"
                " default) keeps rules from going round in circles.",
                "enum": list(get_args(OwnEvents)),
                "default": "ignore",
            },
        },
        "required": ["id", "when", "do"],
        "additionalProperties": False,
        "allOf": [
            {"if": _IS_OFF, "then": {"required": ["reason"]}},
            {
                "if": _BY_CLOCK,
                "then": {"required": ["for_each"]},
                "else": {"properties": {"for_each": False}},
            },
        ],
    }


def event() -> Schema:
    """The name of an event; old names are taken, and not suggested."""
    return {
        "anyOf": [
            {"enum": list(KINDS)},
            # editors suggest what stands in an enum, even when it is deprecated
            {"type": "string", "pattern": f"^({'|'.join(ALIASES)})$"},
        ],
        "allOf": [
            {
                "if": {"pattern": f"^{name}$"},
                "then": {"deprecationMessage": f"'{name}' is an old name; awork says '{now}' now"},
            }
            for name, now in ALIASES.items()
        ],
    }


def _when() -> Schema:
    return {
        "description": "What starts the rule: the name of an event, a list of them, or the clock,"
        " such as {cron: '0 18 * * mon-fri'}.",
        "anyOf": [
            ref("event"),
            {"type": "array", "minItems": 1, "items": ref("event")},
            {
                "type": "object",
                "properties": {
                    "cron": {
                        "description": "Minute, hour, day of month, month and day of week, in the"
                        " rule's zone.",
                        "type": "string",
                        "examples": ["0 18 * * mon-fri"],
                    }
                },
                "required": ["cron"],
                "additionalProperties": False,
            },
        ],
    }


def _for_each() -> Schema:
    project: Schema = {**TEXT, "description": "Only those of this project, by name or id."}
    filter_: Schema = {**TEXT, "description": "A filter in awork's own words."}
    day: Schema = {
        "description": "today, or a day such as 2026-03-27.",
        "anyOf": [{"enum": ["today"]}, DAY],
    }
    lists = {
        "running_timers": _list("Every timer that runs."),
        "tasks": _list("Tasks.", project=project, filter=filter_),
        "schedules": _list("The task schedules of a day.", day=day),
        "users": _list("Everybody in the workspace."),
    }
    return {
        "description": "What a rule with 'cron' runs over: it runs once for each of these.",
        "type": "object",
        "minProperties": 1,
        "properties": lists,
        "dependencies": only_one_of(*lists),
        "additionalProperties": False,
    }


def _list(about: str, **arguments: Schema) -> Schema:
    return {
        "description": about,
        "type": ["object", "null"],
        "properties": arguments,
        "additionalProperties": False,
    }


def _flow() -> Schema:
    return {
        "description": "How the runs of this rule follow each other.",
        "type": "object",
        "properties": {
            "key": {
                **_PATH,
                "description": "A path whose value orders and limits the runs: two runs with one"
                " value never overlap. By default the entity's id.",
            },
            "settle": {
                **DURATION,
                "description": "Wait until no further event with this key came for so long; the"
                " newest wins.",
            },
            "settle_at_most": {
                **DURATION,
                "description": "Begin after so long whatever comes. Needed with 'settle'.",
            },
            "once_within": _once_within(),
        },
        "dependencies": {"settle": ["settle_at_most"], "settle_at_most": ["settle"]},
        "additionalProperties": False,
    }


def _once_within() -> Schema:
    return {
        "description": "The first run goes ahead; others within the time are skipped, and"
        " recorded as skipped.",
        "type": "object",
        "properties": {
            "time": {**DURATION, "description": "How long, such as 10m."},
            "per": {
                "description": "Paths whose values make two runs the same, such as [task.id].",
                "anyOf": [_PATH, {"type": "array", "minItems": 1, "items": _PATH}],
            },
        },
        "required": ["time"],
        "additionalProperties": False,
    }


def _limits() -> Schema:
    def count(about: str, default: int) -> Schema:
        return {"description": about, "type": "integer", "minimum": 1, "default": default}

    usual = Limits()
    return {
        "description": "How much the rule may write before it pauses itself and raises a problem;"
        " nothing is dropped.",
        "type": "object",
        "properties": {
            "writes_per_run": count("For one event.", usual.writes_per_run),
            "writes_per_hour": count("In one hour.", usual.writes_per_hour),
        },
        "additionalProperties": False,
    }


def defaults() -> Schema:
    """What holds for all rules of a file."""
    window = r"^[0-9]{1,2}:[0-9]{2} ?- ?[0-9]{1,2}:[0-9]{2}$"
    return {
        "description": "What holds for all rules of this file.",
        "type": "object",
        "properties": {
            "timezone": {
                "description": "The IANA zone in which days and times are counted; by default UTC.",
                "type": "string",
                "examples": ["Europe/Berlin"],
            },
            "working_hours": {
                "description": "When people work: windows for days or ranges of days.",
                "type": "object",
                "minProperties": 1,
                "patternProperties": {
                    f"^({_DAYS})(-({_DAYS}))?$": {
                        "description": "Windows in order, such as [09:00-12:30, 13:30-17:30].",
                        "type": "array",
                        "minItems": 1,
                        "items": {"type": "string", "pattern": window},
                    }
                },
                "additionalProperties": False,
            },
            "case": {
                "description": "How texts compare: ignore (the default) takes A and a as one.",
                "enum": ["ignore", "exact"],
                "default": "ignore",
            },
        },
        "additionalProperties": False,
    }
