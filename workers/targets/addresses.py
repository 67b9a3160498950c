"""Which addresses of the network a notification may go to, and the way there.

The name of a host is looked up once for each request, and the request goes to the very address
that was checked: a name that means another address a moment later changes nothing.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Collection, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import httpx

from webhooks.errors import TargetRefused
from workers.targets.http import trusted

#: all that is given out to anybody; what is outside is local, multicast or has a meaning of its own
_UNICAST6 = ip_network("2000::/3")
#: RFC 6052: the IPv4 address is in the last four bytes
_NAT64 = ip_network("64:ff9b::/96")
#: Not on the internet, whatever this Python's ipaddress says; its list grows with its releases.
_NOT_PUBLIC = tuple(
    ip_network(text)
    for text in (
        "192.0.0.0/24",  # RFC 6890; there Oracle's clouds keep a machine's credentials
        "192.88.99.0/24",  # RFC 7526: the relays of 6to4, given up
        "168.63.129.16/32",  # Azure tells its machines their secrets there
        "2001::/23",  # RFC 6890: Teredo, benchmarks, identifiers
        "3fff::/20",  # RFC 9637: documentation
    )
)
_PORTS = {"http": 80, "https": 443}
#: each may take the time to connect before the next is tried
_MOST_ADDRESSES = 3

#: the addresses of a host, given its name and the port; raises OSError or UnicodeError
Resolve = Callable[[str, int], Sequence[str]]


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, by this machine's resolver, in its order of preference."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


def is_public(address: str) -> bool:
    """True when an address can only be somebody's on the internet. IPv6 forms that stand for an
    IPv4 address (mapped, NAT64, 6to4) are as public as that one is."""
    ip = ip_address(address)
    if isinstance(ip, IPv6Address):
        meant = _meant(ip)
        return is_public(str(meant)) if meant else ip in _UNICAST6 and _is_global(ip)
    return _is_global(ip) and not ip.is_multicast


def _is_global(ip: IPv4Address | IPv6Address) -> bool:
    return ip.is_global and not any(ip in network for network in _NOT_PUBLIC)


def _meant(ip: IPv6Address) -> IPv4Address | None:
    return IPv4Address(ip.packed[-4:]) if ip in _NAT64 else ip.ipv4_mapped or ip.sixtofour


class Guarded(httpx.BaseTransport):
    """Sends to public addresses only, and to hosts that may be elsewhere.

    Certificates are verified for the name of the host, not for its address.
    """

    def __init__(
        self,
        allowed: Collection[str] = (),
        *,
        connections: int = 8,
        resolve: Resolve = resolve,
        inner: httpx.BaseTransport | None = None,
    ) -> None:
        """allowed: `host` or `host:port`, in small letters. inner: makes the connections."""
        # None is kept: two hosts at one address would share it, whichever was verified.
        limits = httpx.Limits(max_connections=connections, max_keepalive_connections=0)
        self._inner = inner or httpx.HTTPTransport(verify=trusted(), limits=limits)
        self._allowed = frozenset(allowed)
        self._resolve = resolve

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request.

        Raises TargetRefused when the host may not be called, and what httpx raises.
        """
        failed: httpx.TransportError = httpx.ConnectError("the host has no address")
        for address in self._checked(request)[:_MOST_ADDRESSES]:
            try:
                return self._inner.handle_request(_sent_to(address, request))
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                # Nothing was sent: the next address is tried, or the caller told.
                failed = error
        raise failed

    def close(self) -> None:
        """Close what is open."""
        self._inner.close()

    def _checked(self, request: httpx.Request) -> Sequence[str]:
        host, url = request.url.raw_host.decode("ascii"), request.url
        port = url.port or _PORTS[url.scheme]
        try:
            addresses = self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            # Not sent, so tried later: a name server may be away.
            raise httpx.ConnectError(f"{host} has no address: {error}") from error
        shown = f"[{host}]" if ":" in host else host
        if not self._allowed.isdisjoint({shown, f"{shown}:{port}"}):
            return addresses
        for address in addresses:
            if not is_public(address):
                raise TargetRefused(_not_public(shown, port, address), code="not-public")
        return addresses


def _sent_to(address: str, request: httpx.Request) -> httpx.Request:
    """The same request, with the host's name in Host and in the TLS handshake only."""
    return httpx.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=request.headers,
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": request.url.raw_host.decode("ascii")},
    )


def _not_public(host: str, port: int, address: str) -> str:
    return (
        f"{host} is at {address}, which is not on the public internet; nothing was sent. If it is"
        f" meant, put it into HOOKWORK_NOTIFY_ALLOW, as {host} or {host}:{port}"
    )
