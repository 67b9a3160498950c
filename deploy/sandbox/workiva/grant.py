"""Signing in to Workiva with client credentials: who may, and which tokens are valid.

Performs no I/O; tokens end by the clock. Source: Workiva's developer documentation, authentication;
the errors are OAuth's (RFC 6749, section 5.2).
"""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, unquote_plus

from deploy.sandbox.api import Reply, Wire, decoded
from deploy.sandbox.stamps import Clock
from deploy.sandbox.workiva.refusals import as_json, sign_in_refused

#: seconds a token is valid
EXPIRES_IN_S = 599
SCOPE = "task:read task:write"


@dataclass(frozen=True)
class Credentials:
    """What a grant is signed in with."""

    client_id: str = "sandbox-grant"
    client_secret: str = "sandbox-grant-secret"  # noqa: S105 - the sandbox guards nothing


@dataclass(frozen=True)
class _Token:
    ends: datetime
    scopes: Sequence[str]


@dataclass
class Grant:
    """One grant, and the tokens given for it. Safe to use from any thread."""

    clock: Clock
    credentials: Credentials
    #: what its tokens may do, as OAuth writes it
    scope: str = SCOPE
    expires_in_s: int = EXPIRES_IN_S
    #: so many so far
    tokens_given: int = 0
    #: False: neither signed in with, nor any token valid
    is_granted: bool = True
    #: by the token
    _tokens: dict[str, _Token] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def sign_in(self, wire: Wire) -> Reply:
        """A new token, or why there is none."""
        form = _form(wire)
        if form.get("grant_type") != "client_credentials":
            return as_json(400, {"error": "unsupported_grant_type"})
        if not self._is_right(*_credentials(wire, form)):
            return sign_in_refused(401)
        return as_json(200, self._token(form.get("scope", "")), {"cache-control": "no-store"})

    def scopes(self, wire: Wire) -> Sequence[str] | None:
        """What the token of a request may do; None without one that is valid."""
        scheme, _, text = wire.headers.get("authorization", "").partition(" ")
        with self._lock:
            token = self._tokens.get(text) if scheme.lower() == "bearer" else None
        if token is None or not self.is_granted or self.clock() >= token.ends:
            return None
        return token.scopes

    def revoke(self) -> None:
        """Refuse every token and every sign-in from now on."""
        self.is_granted = False

    def restore(self) -> None:
        """Let it sign in again; the tokens from before stay invalid, as after any revocation."""
        self.end_tokens()
        self.is_granted = True

    def end_tokens(self) -> None:
        """End every token now."""
        with self._lock:
            self._tokens.clear()

    def _is_right(self, client_id: str, client_secret: str) -> bool:
        right = self.credentials
        fits = hmac.compare_digest(
            f"{client_id}\n{client_secret}".encode(),
            f"{right.client_id}\n{right.client_secret}".encode(),
        )
        return self.is_granted and fits

    def _token(self, wanted: str) -> Mapping[str, object]:
        scopes = [each for each in self.scope.split() if not wanted or each in wanted.split()]
        text = secrets.token_urlsafe(24)
        with self._lock:
            self.tokens_given += 1
            ends = self.clock() + timedelta(seconds=self.expires_in_s)
            self._tokens[text] = _Token(ends, scopes)
        return {
            "access_token": text,
            "token_type": "bearer",
            "expires_in": self.expires_in_s,
            "scope": " ".join(scopes),
        }


def shown(wire: Wire) -> dict[str, str]:
    """What a sign-in said, without its secret."""
    return {name: text for name, text in _form(wire).items() if name != "client_secret"}


def _form(wire: Wire) -> dict[str, str]:
    """The fields of the body, form or JSON."""
    if wire.headers.get("content-type", "").startswith("application/json"):
        said = decoded(wire.raw_body)
        fields = said if isinstance(said, dict) else {}
        return {name: text for name, text in fields.items() if isinstance(text, str)}
    return dict(parse_qsl(wire.raw_body.decode(errors="replace")))


def _credentials(wire: Wire, form: Mapping[str, str]) -> tuple[str, str]:
    """Of HTTP Basic where that is used, else of the body."""
    scheme, _, text = wire.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return form.get("client_id", ""), form.get("client_secret", "")
    try:
        name, _, secret = base64.b64decode(text, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        # Refused as wrong credentials are.
        return "", ""
    return unquote_plus(name), unquote_plus(secret)
