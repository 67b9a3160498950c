"""What each of httpx's errors says of the request: may it have left? Performs no I/O.

Every class that httpx publishes is in the table, and a test fails when it has one that is not. The
question is not what went wrong, but whether one byte of the request can have reached the other
side: then only looking tells what became of it.
Source: httpx 0.28 and httpcore 1.0, where each is raised.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

import httpx


class Fate(Enum):
    """What became of a request."""

    #: certainly did not reach the other side
    NOT_SENT = "not-sent"
    #: may have reached it, and no answer can be read
    UNKNOWN = "no-answer"
    #: nothing can be sent at all: it is the request that is wrong, and it will be next time
    NO_REQUEST = "no-request"


FATES: Mapping[type[Exception], Fate] = {
    # No connection, or none yet: neither TCP nor TLS was established.
    httpx.ConnectError: Fate.NOT_SENT,
    httpx.ConnectTimeout: Fate.NOT_SENT,
    # All connections were busy; the request waited for one in this process.
    httpx.PoolTimeout: Fate.NOT_SENT,
    # The proxy refused the tunnel. A proxy without one answers, and that is no error here.
    httpx.ProxyError: Fate.NOT_SENT,
    # Neither http nor https: no connection was looked for.
    httpx.UnsupportedProtocol: Fate.NOT_SENT,
    # A header that may not be sent, noticed before the first byte (HTTP/1.1; HTTP/2 is off).
    httpx.LocalProtocolError: Fate.NOT_SENT,
    # A part was sent, perhaps all of it: how much the other side has got is not known.
    httpx.WriteError: Fate.UNKNOWN,
    httpx.WriteTimeout: Fate.UNKNOWN,
    httpx.ReadError: Fate.UNKNOWN,
    httpx.ReadTimeout: Fate.UNKNOWN,
    # Also a kept connection that the other side closed at that moment, perhaps without having
    # read the request. From here it looks as one that was read and not answered.
    httpx.RemoteProtocolError: Fate.UNKNOWN,
    httpx.CloseError: Fate.UNKNOWN,
    # It was answered, and the answer is not packed as its headers say.
    httpx.DecodingError: Fate.UNKNOWN,
    # Each hop was answered. Redirects are not followed, so it does not come.
    httpx.TooManyRedirects: Fate.UNKNOWN,
    # An address that cannot be one. From sending it is that of a redirect, after the answer.
    httpx.InvalidURL: Fate.NO_REQUEST,
    # Two cookies of one name, asked for by that name: nobody does.
    httpx.CookieConflict: Fate.NO_REQUEST,
    # A body that is read twice, or not at all, by us: bodies here are bytes.
    httpx.StreamConsumed: Fate.NO_REQUEST,
    httpx.StreamClosed: Fate.NO_REQUEST,
    httpx.ResponseNotRead: Fate.NO_REQUEST,
    httpx.RequestNotRead: Fate.NO_REQUEST,
    # Only `raise_for_status` raises it, and nobody calls that.
    httpx.HTTPStatusError: Fate.UNKNOWN,
    # Families. A class that httpx gains has the fate of its family until it has one of its own.
    httpx.HTTPError: Fate.UNKNOWN,
    httpx.RequestError: Fate.UNKNOWN,
    httpx.TransportError: Fate.UNKNOWN,
    httpx.TimeoutException: Fate.UNKNOWN,
    httpx.NetworkError: Fate.UNKNOWN,
    httpx.ProtocolError: Fate.UNKNOWN,
    httpx.StreamError: Fate.NO_REQUEST,
}
#: for `except`: all of them
ERRORS = (httpx.HTTPError, httpx.InvalidURL, httpx.CookieConflict, httpx.StreamError)


def of_sending(error: Exception) -> Fate:
    """The fate of a request that met an error while it was sent, or its answer read."""
    fate = next(FATES[family] for family in type(error).__mro__ if family in FATES)
    # What can only be wrong before sending, and comes all the same: it is not known when.
    return Fate.UNKNOWN if fate is Fate.NO_REQUEST else fate
