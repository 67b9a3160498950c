"""Hosts that are told something: what they are sent, signed, and what their answers mean.

An address may be a secret itself (a chat's incoming webhook is). So only its scheme and host are
told anywhere; all of it is in the request's body, which the ledger keeps to repeat the request.
Sources: https://github.com/standard-webhooks/standard-webhooks (spec 1.0.0), RFC 9110.
"""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import datetime
from functools import partial
from typing import Any, NotRequired, TypedDict

import httpx
import msgspec
from pydantic import SecretStr

from webhooks import VERSION
from webhooks.errors import TargetBusy, TargetRefused, TargetUnknown
from workers.targets import fates
from workers.targets.circuits import Circuits, digest, is_bad_answer, is_silence
from workers.targets.deprecations import Deprecations
from workers.targets.headers import wait_s
from workers.targets.http import TIMEOUTS, Answer, Request, translated, unmade

#: by this name requests say that they go here
NAME = "notify"
_HEADERS = {
    "User-Agent": f"hookwork/{VERSION}",
    "Content-Type": "application/json",
    # A word of the answer is all that is read of it.
    "Accept-Encoding": "identity",
}
_OK, _REDIRECT, _BAD, _GONE, _SERVER = 200, 300, 400, 410, 500
#: request not received whole, too early, too many
_BUSY_STATUSES = frozenset({408, 425, 429})
_HOST = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]*:[0-9a-f:.]*")
_LAST_PORT = 65_535
_WAY_OUT = "Set it where the workers run: whsec_ and base64 of 24 to 64 random bytes"
#: what a host may say in one word, such as Slack's invalid_payload
_WORD = re.compile(r"[a-z]+(_[a-z]+)+")


class Letter(TypedDict):
    """The body of a request as it is kept: what is sent, where to, and by which secret."""

    #: the same over all tries: by it a receiver tells a repetition
    id: str
    #: all of the address
    url: str
    #: sent as {"text": …}
    text: NotRequired[str]
    #: or sent as it is
    json: NotRequired[Any]
    #: the name of the secret it is signed with
    secret_env: NotRequired[str]


def place(url: str) -> str:
    """Scheme, host and port of an address, as https://chat.example.com: what may be told of it.

    Raises ValueError when nothing can be sent there; the message goes on after the name of what
    is wrong, and tells nothing of the address.
    """
    try:
        read = httpx.URL(url)
    except httpx.InvalidURL:
        raise ValueError("cannot be read as an address") from None
    if read.scheme not in ("http", "https"):
        raise ValueError("does not begin with https:// or http://")
    if read.userinfo:
        raise ValueError("has a name or a password before its host")
    if (
        not _HOST.fullmatch(read.raw_host.decode("ascii"))
        or not 0 <= (read.port or 0) <= _LAST_PORT
    ):
        raise ValueError("has no host that can be called")
    return f"{read.scheme}://{read.netloc.decode('ascii')}"


def content(letter: Letter) -> bytes:
    """What is sent, and signed: JSON."""
    return msgspec.json.encode({"text": letter["text"]} if "text" in letter else letter["json"])


def signature(secret: str, ident: str, at_s: int, body: bytes) -> str:
    """The value of `webhook-signature`.

    secret: whsec_ and base64. at_s: seconds since 1970 UTC.
    """
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.digest(key, b"%s.%d.%s" % (ident.encode(), at_s, body), "sha256")
    return f"v1,{base64.b64encode(digest).decode()}"


class Notifier:
    """All hosts that rules notify. One for each process, shared by its threads."""

    def __init__(
        self,
        transport: httpx.BaseTransport,
        secrets: Mapping[str, SecretStr],
        *,
        now: Callable[[], datetime],
        circuits: Circuits | None = None,
        deprecations: Deprecations | None = None,
    ) -> None:
        """transport: decides which hosts may be called. secrets: by name. now: aware. circuits,
        deprecations: None for a process of its own."""
        # No client around it: one would read redirects, and keep cookies.
        self._transport = transport
        self._secrets = secrets
        self._now = now
        self._circuits = circuits or Circuits()
        self._deprecations = deprecations or Deprecations()

    def send(self, request: Request) -> Answer:
        """Send one request; its body is a Letter, its path the place.

        Raises TargetBusy (try later; TargetAway when it was not even tried), TargetUnknown (it may
        have arrived; sent again, the receiver knows it by its id) or TargetRefused (for good; also
        when the host may not be called, or the secret is not there).
        """
        made, host = self._made(request), f"{NAME}:{request.path}"
        address = f"{host}#{digest(request.json['url'])}"
        of_host, of_address = self._circuits.may_send(host, address)
        through = self._circuits.through

        def at_address() -> Answer:
            ident = request.json["id"]
            send = partial(self._sent, made, request)
            return through(address, of_address, send, asked=ident, heeds=is_bad_answer)

        return through(host, of_host, at_address, heeds=is_silence)

    def _made(self, request: Request) -> httpx.Request:
        letter: Letter = request.json
        body = content(letter)
        headers = {**_HEADERS, **self._headers(letter, body)}
        timeouts = {"timeout": TIMEOUTS.as_dict()}
        try:
            return httpx.Request(
                "POST", letter["url"], headers=headers, content=body, extensions=timeouts
            )
        except fates.ERRORS as error:
            # Nothing was sent, and trying again cannot help. What it says quotes the address.
            raise unmade(error, request) from None

    def _sent(self, made: httpx.Request, request: Request) -> Answer:
        try:
            with closing(self._transport.handle_request(made)) as answer:
                word = _word(answer, request.json)
                self._heed(request, answer)
                return meaning(request, answer.status_code, answer.headers, word)
        except fates.ERRORS as error:
            raise translated(error, request) from error

    def _heed(self, request: Request, answer: httpx.Response) -> None:
        target, url = f"{NAME}:{request.path}", httpx.URL(request.json["url"])
        secrets = [part for part in (url.path.strip("/"), url.query.decode()) if part]
        self._deprecations.heed(
            target, request, answer.status_code, answer.headers, secrets=secrets
        )

    def _headers(self, letter: Letter, body: bytes) -> dict[str, str]:
        at_s = int(self._now().timestamp())
        headers = {"webhook-id": letter["id"], "webhook-timestamp": str(at_s)}
        name = letter.get("secret_env")
        if name is None:
            return headers
        if name not in self._secrets:
            problem = f"{name} is not set, and secret_env names it; nothing was sent. {_WAY_OUT}"
            raise TargetRefused(problem, code="no-secret")
        secret = self._secrets[name].get_secret_value()
        return {**headers, "webhook-signature": signature(secret, letter["id"], at_s, body)}


def meaning(request: Request, status: int, headers: Mapping[str, str], word: str) -> Answer:
    """What an answer means. Performs no I/O. Errors as in Notifier.send."""
    ident, said = request.json["id"], word or f"status-{status}"
    if _OK <= status < _REDIRECT:
        return Answer(status, None, headers, trace_id=ident)
    message = f"POST {request.path}: {status}{f' {word}' if word else ''}"
    if status in _BUSY_STATUSES or (status >= _SERVER and "Retry-After" in headers):
        wait = wait_s(headers)
        raise TargetBusy(message, code=said, trace_id=ident, status=status, retry_after_s=wait)
    if status >= _SERVER:
        raise TargetUnknown(message, code=said, trace_id=ident, status=status)
    why = _why(request, status, headers)
    raise TargetRefused(f"{message}{why}", code=said, trace_id=ident, status=status)


def _why(request: Request, status: int, headers: Mapping[str, str]) -> str:
    if _REDIRECT <= status < _BAD:
        return f": it has moved{_moved_to(request, headers)}; write the new address into the rule"
    return ": the receiver wants no more of these; drop the action" if status == _GONE else ""


def _moved_to(request: Request, headers: Mapping[str, str]) -> str:
    """Where a redirect points, as far as that may be told."""
    try:
        where = place(str(httpx.URL(request.json["url"]).join(headers.get("Location", ""))))
    except (ValueError, httpx.InvalidURL):
        # It points nowhere that could be called; that it moved is told all the same.
        return ""
    return f" to another path of {where}" if where == request.path else f" to {where}"


def _word(answer: httpx.Response, letter: Letter) -> str:
    """What a host says in one word, if it does; nothing that could be of the address."""
    try:
        said = next(answer.iter_raw(), b"")[:80].decode("utf-8", "replace").strip()
    except httpx.TransportError:
        # What became of the request is known already, by the status.
        return ""
    return said if _WORD.fullmatch(said) and said not in letter["url"] else ""
