"""Signing in to Workiva: a token for client credentials, asked for by one, used by all.

Never told: the token, and the secret it is asked for with. Where it is kept is told in signing.py.
Source: Workiva's developer documentation (authentication); the answers are OAuth's (RFC 6749, 4.4
and 5).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx
import msgspec
from pydantic import SecretStr

from webhooks.errors import TargetAway, TargetBusy
from webhooks.store.client import Client
from workers.targets import fates
from workers.targets.answers import TOKEN_REJECTED
from workers.targets.circuits import NO_TOKEN
from workers.targets.headers import wait_s
from workers.targets.signing import LocalShelf, SharedShelf, Shelf, Signed, Turn
from workers.targets.workiva_api import Api

#: the code of who waits for another worker that signs in
SIGNING_IN = "workiva:signing-in"
_SIGNING_IN_S = 1.0
#: what the token has to be good for
SCOPE = "task:write"
#: seconds, where it is not said how long a token lives
_USUAL_LIFE_S = 599.0
_LONGEST_LIFE_S = 86_400.0
_OK, _SERVER = 200, 500
#: our grant is what is wrong
_REJECTED = frozenset({400, 401, 403})
#: request not received whole, too early, too many
_BUSY_STATUSES = frozenset({408, 425, 429})
_TOKEN = re.compile(r"[\x21-\x7e]+")
_URL = "; is WORKIVA_API_URL right?"


@dataclass(frozen=True)
class Credentials:
    """A grant of Workiva's, for client credentials."""

    client_id: SecretStr
    client_secret: SecretStr


def shelf_of(
    base_url: str,
    api: Api,
    credentials: Credentials,
    *,
    client: Client | None,
    now: Callable[[], datetime],
    now_ms: Callable[[], int] | None = None,
) -> Shelf:
    """Where the token of a grant is kept: for all workers, or without a client for this process."""
    if client is None:
        return LocalShelf(now)
    # With the secret: another one, wrong or renewed, does not go on with the token of the first.
    grant = (credentials.client_id.get_secret_value(), credentials.client_secret.get_secret_value())
    known = " ".join((base_url, *grant, api.name))
    digest = hashlib.sha256(known.encode()).hexdigest()[:16]
    return SharedShelf(client, f"workiva:{digest}", now_ms=now_ms)


class Tokens:
    """The token of one grant. Safe to use from any thread."""

    def __init__(
        self, http: httpx.Client, api: Api, credentials: Credentials, *, shelf: Shelf
    ) -> None:
        """http: its base URL is Workiva's, its headers name the version."""
        self._http = http
        self._path = api.token_path
        self._credentials = credentials
        self._shelf = shelf

    def current(self) -> str:
        """A token that is valid now.

        Raises TargetBusy when there is none: with the code `token-rejected` when the grant is at
        fault, TargetAway while another worker signs in. Nothing was written then. Raises what
        Redis raises as well.
        """
        with self._shelf.alone():
            turn = self._shelf.look()
            if turn.mark:
                return self._renewed(turn)
        if turn.token:
            return turn.token
        raise TargetAway(
            "another worker signs in to Workiva; it goes on in 1 s",
            code=SIGNING_IN,
            retry_after_s=_SIGNING_IN_S,
        )

    def drop(self, token: str) -> None:
        """Forget a token that Workiva does not take, for all workers. Raises what Redis raises."""
        self._shelf.drop(token)

    def _renewed(self, turn: Turn) -> str:
        try:
            signed = self._asked()
        except TargetBusy as failed:
            if turn.token and failed.code != TOKEN_REJECTED:
                # The old one is good for a while; when the mark is over another one asks.
                return turn.token
            self._shelf.give_up(turn.mark)
            raise
        self._shelf.keep(turn.mark, signed)
        return signed.token

    def _asked(self) -> Signed:
        secret = self._credentials.client_secret.get_secret_value()
        form = {
            "grant_type": "client_credentials",
            "client_id": self._credentials.client_id.get_secret_value(),
            "client_secret": secret,
        }
        try:
            response = self._http.post(self._path.lstrip("/"), data=form)
        except fates.ERRORS as error:
            # A token that was given and not received is one more token, and nothing else.
            message = f"POST {self._path}: {type(error).__name__}: {error}"
            raise TargetBusy(message, code=fates.of_sending(error).value) from error
        status, content = response.status_code, response.content
        return deciphered(self._path, status, response.headers, content, secret=secret)


def deciphered(
    path: str, status: int, headers: Mapping[str, str], content: bytes, *, secret: str
) -> Signed:
    """What the answer to a sign-in means. Performs no I/O. Errors as in Tokens.current.

    secret: not told, should the answer have it.
    """
    body = _decoded(content)
    if status != _OK:
        # Once it is decoded: in JSON a secret may be written in several ways.
        message = f"POST {path}: {status}{_said(body).replace(secret, '...')}"
        code = TOKEN_REJECTED if status in _REJECTED else _code(status)
        hint, after_s = _URL if code == NO_TOKEN else "", wait_s(headers)
        raise TargetBusy(f"{message}{hint}", code=code, status=status, retry_after_s=after_s)
    token = body.get("access_token")
    if not (isinstance(token, str) and _TOKEN.fullmatch(token)):
        message = f"POST {path}: {status}, and no token in the answer{_URL}"
        raise TargetBusy(message, code=NO_TOKEN, status=status)
    scope = body.get("scope")
    if isinstance(scope, str) and scope and SCOPE not in scope.split():
        good_for = scope.replace(secret, "...")
        message = f"POST {path}: {status}, but the token is good for '{good_for}' only, not {SCOPE}"
        raise TargetBusy(message, code=TOKEN_REJECTED, status=status)
    return Signed(token, int(_life_s(body.get("expires_in")) * 1000))


def _code(status: int) -> str:
    return f"status-{status}" if status in _BUSY_STATUSES or status >= _SERVER else NO_TOKEN


def _said(body: Mapping[str, Any]) -> str:
    """Its words: OAuth's error, or Workiva's own."""
    word = body.get("error") or body.get("code")
    more = body.get("error_description") or body.get("message")
    told = ": ".join(str(part) for part in (word, more) if part)
    return f" {told}" if told else ""


def _life_s(told: object) -> float:
    """Seconds; the usual ones where it is not said, or makes no sense."""
    try:
        seconds = float(told) if isinstance(told, str | int | float) else 0.0
    except ValueError:
        seconds = 0.0
    return min(seconds, _LONGEST_LIFE_S) if seconds > 0 else _USUAL_LIFE_S


def _decoded(content: bytes) -> Mapping[str, Any]:
    try:
        found = msgspec.json.decode(content)
    except (msgspec.DecodeError, RecursionError):
        # A proxy's page: there is no token in it.
        return {}
    return found if isinstance(found, dict) else {}
