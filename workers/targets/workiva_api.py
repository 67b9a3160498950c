"""Workiva's two APIs for tasks: the one of today, and the prototype it replaces. Performs no I/O.

A request has the path of today's API wherever it is kept; the prototype's differs by its beginning.
Source: Workiva's developer documentation, versions 2022-01-01 and 2026-01-01: the prototype is
deprecated since 2026-02-12 and gone on 2027-01-31.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

#: so many days before an API ends people are told
WARNED_BEFORE = timedelta(days=60)


@dataclass(frozen=True)
class Api:
    """One version of the API."""

    #: as WORKIVA_API names it
    name: str
    #: of the header X-Version
    version: str
    #: what stands before /tasks
    prefix: str
    token_path: str
    #: the first day, in UTC, on which it is not there any more; None: no end is known
    gone_on: date | None = None
    #: characters that it takes; None: it says of no limit
    longest_title: int | None = None
    longest_description: int | None = None

    def is_gone(self, today: date) -> bool:
        """True from the day on which it is not there any more. today: in UTC."""
        return self.gone_on is not None and today >= self.gone_on

    def ends_soon(self, today: date) -> bool:
        """True in the 60 days before it is gone."""
        return (
            self.gone_on is not None
            and not self.is_gone(today)
            and today >= self.gone_on - WARNED_BEFORE
        )


CURRENT = Api("2026-01-01", "2026-01-01", "", "/oauth2/token")
PROTOTYPE = Api(
    "prototype-2022-01-01",
    "2022-01-01",
    "/prototype/platform",
    "/iam/v1/oauth2/token",
    gone_on=date(2027, 1, 31),
    longest_title=500,
    longest_description=2_000,
)
#: by the value of WORKIVA_API
APIS: Mapping[str, Api] = {api.name: api for api in (CURRENT, PROTOTYPE)}


def gone(api: Api) -> tuple[str, str]:
    """What to say of an API that is not there any more: what is wrong, and the way out."""
    message = f"WORKIVA_API={api.name}: Workiva's API of that name is gone since {api.gone_on} UTC"
    return message, _SWITCH


def ends_soon(api: Api, today: date) -> tuple[str, str]:
    """What to say of an API that ends soon: what will be wrong, and the way out. today: in UTC."""
    days = (api.gone_on - today).days if api.gone_on else 0
    message = (
        f"WORKIVA_API={api.name}: Workiva takes this API away on {api.gone_on} UTC, in"
        f" {days} {'day' if days == 1 else 'days'}; what asks for it after that waits"
    )
    return message, _SWITCH


_SWITCH = f"set WORKIVA_API={CURRENT.name} (or remove it) and restart the workers"
