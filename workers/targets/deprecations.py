"""What targets say of the end of what we use there: one problem for each target, until it is over.

A target that takes a route away may say so in the headers of its answers, long before. Sources: RFC
9745 (Deprecation, and its relation for Link), RFC 8594 (Sunset, likewise).
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import structlog
from redis.exceptions import RedisError

from webhooks.store.client import Client
from webhooks.store.problems import Problems
from webhooks.store.reply import text
from workers.targets import paused
from workers.targets.http import Request

log = structlog.get_logger()

#: what the cause of such a problem ends with
_DEPRECATED = ":deprecated"
#: a process tells of a target so often
_TOLD_EVERY_S = 3600.0
_REDIRECT = 300
#: RFC 9651: a date of structured fields; parameters may follow
_STRUCTURED = re.compile(r"@(-?[0-9]{1,15})\s*(?:;.*)?")
_PARAMETER = r';\s*([\w*-]+)\s*(?:=\s*(?:"([^"]*)"|([^\s;,"]*)))?'
_LINK = re.compile(rf"<([^<>]*)>((?:\s*{_PARAMETER})*)")
_PAGE = re.compile(r"https?://[\x21-\x7e]{1,300}")
_WAYS_OUT = {
    "awork": "a newer version of hookwork may ask for what takes its place",
    "workiva": "look at WORKIVA_API, or for a newer version of hookwork",
}
#: an id of awork's, or one of Workiva's
_ID = re.compile(r"(?<=/)(?:[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|\w{20,})(?=/|$)")


@dataclass(frozen=True)
class Notice:
    """What an answer says of the end of its route."""

    #: since when it is deprecated, or from when on it will be; None: that is not said
    since: datetime | None
    #: when it is gone; None: that is not said
    until: datetime | None
    #: where it is explained; empty when that is not said
    link: str = ""


def read(headers: Mapping[str, str]) -> Notice | None:
    """The notice in the headers of an answer; None when there is none that can be read."""
    said, sunset = headers.get("Deprecation", ""), headers.get("Sunset", "")
    since, until = _moment(said), _moment(sunset)
    # Older drafts say no more than that it is.
    if since is None and until is None and said.strip().lower() not in ("true", "?1"):
        return None
    return Notice(since, until, _link(headers.get("Link", "")))


class Deprecations:
    """What the answers of all targets say of their ends. Safe to use from any thread."""

    def __init__(
        self, client: Client | None = None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """client: None for a process of its own, which tells nobody. clock: seconds that only go
        forward."""
        self._problems = None if client is None else Problems(client)
        self._clock = clock
        #: target -> the route that was told, and when
        self._told: dict[str, tuple[str, float]] = {}
        self._lock = threading.Lock()

    def heed(
        self,
        target: str,
        request: Request,
        status: int,
        headers: Mapping[str, str],
        *,
        secrets: Collection[str] = (),
    ) -> None:
        """Tell what an answer says of the end of its route, or that it says so no more.

        target: as its circuit is named. status: an answer that is no success may be another's, a
        proxy's, and ends no notice. secrets: a link with one of them in it is not told. Raises
        nothing: the answer matters more.
        """
        is_marked = "Deprecation" in headers or "Sunset" in headers
        if self._problems is None or not (is_marked or target in self._told):
            return
        notice, route = read(headers), f"{request.method} {_ID.sub('ID', request.path)}"
        try:
            if notice is not None:
                self._noticed(self._problems, target, route, notice, secrets)
            elif status < _REDIRECT:
                self._over(self._problems, target, route)
        except (RedisError, OSError) as error:
            # The next answer says it again.
            self._told.pop(target, None)
            log.debug("deprecation_not_told", problem=str(error))

    def _noticed(
        self, problems: Problems, target: str, route: str, notice: Notice, secrets: Collection[str]
    ) -> None:
        with self._lock:
            now = self._clock()
            _, told_at = self._told.get(target, (route, -_TOLD_EVERY_S))
            if now - told_at < _TOLD_EVERY_S:
                return
            self._told[target] = route, now
        message, way_out = _words(target, route, notice, secrets)
        cause = target + _DEPRECATED
        if problems.raised(cause, message, way_out=way_out):
            log.warning("target_deprecated", cause=cause, problem=message, way_out=way_out)

    def _over(self, problems: Problems, target: str, route: str) -> None:
        with self._lock:
            if self._told.get(target, ("", 0.0))[0] != route:
                return
            del self._told[target]
        if problems.cleared(target + _DEPRECATED):
            log.info("target_not_deprecated", cause=target + _DEPRECATED, route=route)


def forget(client: Client) -> None:
    """Clear what was told of all targets: what is so still is noticed anew. Raises what Redis
    raises."""
    causes = [text(cause) for cause in client.hkeys(client.key.problems)]
    if over := [cause for cause in causes if cause.endswith(_DEPRECATED)]:
        client.hdel(client.key.problems, *over)


def _words(target: str, route: str, notice: Notice, secrets: Collection[str]) -> tuple[str, str]:
    """What is wrong, and the way out."""
    since = f" since {notice.since:%Y-%m-%d}" if notice.since else ""
    until = f", and gone on {notice.until:%Y-%m-%d}" if notice.until else ""
    is_told = notice.link and not any(one in notice.link for one in secrets)
    see = f"see {notice.link}" if is_told else "see its documentation"
    # Of a host its route has the name already.
    of = f" of {paused.manner(target).name}" if target in _WAYS_OUT else ""
    return (
        f"{route}{of} is deprecated{since}{until}, by its own answers",
        f"{see}; {_WAYS_OUT.get(target, 'write into the rule what takes its place')}",
    )


def _moment(said: str) -> datetime | None:
    """A moment, from a date of structured fields or of HTTP; None when it is none."""
    said = said.strip()
    try:
        if match := _STRUCTURED.fullmatch(said):
            return datetime.fromtimestamp(int(match[1]), UTC)
        at = parsedate_to_datetime(said)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        # No moment that there is: as if it were not said.
        return None


def _link(said: str) -> str:
    """The page that explains the deprecation, else the sunset; empty when none does."""
    pages: dict[str, str] = {}
    for address, parameters, *_ in _LINK.findall(said[:4000]):
        named = {name.lower(): a or b for name, a, b in re.findall(_PARAMETER, parameters)}
        for relation in named.get("rel", "").lower().split():
            if _PAGE.fullmatch(address):
                pages.setdefault(relation, address)
    return pages.get("deprecation") or pages.get("sunset") or ""
