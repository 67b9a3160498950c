"""What `hookwork doctor` looks at in Workiva: is there a grant, is it let in, does it read tasks.

Asks for a token and for one task; writes nothing, and leaves alone what workers share.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import datetime
from urllib.parse import urlsplit

from deploy.commands.checks import Check
from webhooks.errors import TargetFailed
from webhooks.settings import Settings
from workers import connections, needs
from workers.rules.model import RuleSet
from workers.sunset import GONE
from workers.targets.answers import TOKEN_REJECTED
from workers.targets.circuits import Circuits
from workers.targets.http import Request
from workers.targets.workiva import NAME, Workiva

#: where Workiva keeps what it is told, by the host of its API
_PLACES = {
    "api.app.wdesk.com": "US",
    "api.eu.wdesk.com": "EU",
    "api.apac.wdesk.com": "APAC",
}
_FORBIDDEN = 403
_SCOPES = (
    "in Workiva (Workspace settings, Security) give the grant the scopes task:read and task:write,"
    " and its user the right to see tasks"
)
_GRANT = (
    "in Workiva (Workspace settings, Security) look whether the grant is there, has not expired,"
    " and has the scopes task:read and task:write; set WORKIVA_CLIENT_ID and"
    " WORKIVA_CLIENT_SECRET, and WORKIVA_API_URL to where the workspace is (US, EU or APAC)"
)


def workiva_checks(
    settings: Settings,
    rules: RuleSet | None,
    ended: Mapping[str, tuple[str, str]],
    now: Callable[[], datetime],
) -> Iterator[Check]:
    """Whether Workiva can be written to; nothing where no live rule does and no grant is set.

    rules: None where none can be loaded. ended: what is wrong with the API that is set.
    """
    for message, way_out in ended.values():
        yield Check(NAME, False, message, way_out)
    for need in needs.unmet(rules, settings) if rules else ():
        yield Check(NAME, False, need.message, needs.WAY_OUT)
    if settings.workiva_client_id is not None and GONE not in ended:
        with closing(connections.workiva(settings, Circuits(), now=now)) as connection:
            yield _reading(Workiva(connection), settings)


def _reading(workiva: Workiva, settings: Settings) -> Check:
    """Whether the grant is let in, and reads a task."""
    try:
        workiva.send(Request("GET", "/tasks", target=NAME), {"$maxpagesize": 1})
    except TargetFailed as failed:
        return _refused(failed, where(settings))
    return Check(NAME, True, f"the grant is let in and reads tasks, {where(settings)}")


def _refused(failed: TargetFailed, place: str) -> Check:
    if failed.code == TOKEN_REJECTED:
        return Check(NAME, False, f"rejects the grant, {place}: {failed}", _GRANT)
    if failed.status == _FORBIDDEN:
        return Check(NAME, False, f"does not show tasks, {place}: {failed}", _SCOPES)
    way_out = "check WORKIVA_API_URL, and whether this machine gets to it"
    return Check(NAME, False, f"does not answer us, {place}: {failed}", way_out)


def where(settings: Settings) -> str:
    """Which Workiva is asked, and by which API."""
    host = urlsplit(settings.workiva_api_url).netloc
    place = _PLACES.get(host.lower(), "not a host of Workiva's")
    return f"at {host} ({place}), API {settings.workiva_api}"
