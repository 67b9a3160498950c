"""What rules may say has a number, which plans carry: an older worker looks at it (apart.py)."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from workers import plan
from workers.actions import VOCABULARY
from workers.rules.functions import FUNCTIONS
from workers.rules.schema import schema

#: LANGUAGE of workers/plan.py, and the digest of what rules may say with it
SPOKEN = (1, "03f7a022ec2b43b8")
#: words for people, which change nothing
_TOLD = ("description", "examples", "title", "default")


def digest() -> str:
    """Of every action, parameter, value, operator, field and function there is."""
    said = [_bare(schema(VOCABULARY)), sorted(FUNCTIONS)]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:16]


def _bare(part: Any) -> Any:
    if isinstance(part, dict):
        # Below `properties` are names, which may be such words.
        names = {"properties", "definitions"}
        return {
            name: {n: _bare(p) for n, p in inner.items()} if name in names else _bare(inner)
            for name, inner in part.items()
            if name not in _TOLD
        }
    return [_bare(one) for one in part] if isinstance(part, list | tuple) else part


def test_rules_that_may_say_more_have_a_higher_number() -> None:
    """Where this fails: raise LANGUAGE if rules may say more than before, and put both here.
    Without it an older worker would take a plan of a newer one for its own, and fail at it."""
    assert (plan.LANGUAGE, digest()) == SPOKEN
