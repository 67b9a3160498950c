"""The JSON Schema of a rule file, for editors. Performs no I/O but for the registry's own data.

It is made of what the rules themselves are made of: the operators, the registry of fields, awork's
events, and what the actions declare. It says less than the loader: an editor helps while one
writes, and `hookwork check` has the last word. Draft-07, which editors know best.
"""

from __future__ import annotations

from collections.abc import Mapping

from workers.rules.schema.actions import action
from workers.rules.schema.conditions import definitions
from workers.rules.schema.forms import Schema, ref
from workers.rules.schema.rule import defaults, event, rule
from workers.rules.vocabulary import Vocabulary


def schema(vocabulary: Vocabulary, docs: Mapping[str, str] | None = None) -> Schema:
    """The schema of a rule file.

    docs: action -> its docstring, which editors then show.
    Returns plain values, fit for JSON.
    """
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "properties": {
            "version": {"description": "The version of the language: 1.", "const": 1},
            "defaults": defaults(),
            "rules": {
                "description": "The rules, which run in this order.",
                "type": "array",
                "minItems": 1,
                "items": ref("rule"),
            },
        },
        "required": ["version", "rules"],
        "additionalProperties": False,
        "definitions": {
            "rule": rule(),
            "event": event(),
            "action": action(vocabulary, docs or {}),
            **definitions(),
        },
    }
