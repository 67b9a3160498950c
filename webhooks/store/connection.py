"""Connections to Redis: one way to read REDIS_URL for every client in the house.

redis-py and kombu read a bare rediss:// differently (redis-py verifies the certificate, kombu
does not and warns), so REDIS_TLS_VERIFY is always written into the URL.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import ExponentialBackoff, NoBackoff
from redis.retry import Retry

from webhooks.settings import Settings
from webhooks.store import sentinels
from webhooks.store.asked import means, tls
from webhooks.store.client import AsyncClient, Client
from webhooks.store.keys import Keys
from webhooks.store.sentinels import Address


def with_tls(url: str, *, verify: str) -> str:
    """A URL as redis-py wants it. verify: required or none."""
    head, _, given = url.partition("?")
    if not head.startswith(("rediss://", "rediss+sentinel://")):
        return url
    query = dict(parse_qsl(given)) | {"ssl_cert_reqs": verify}
    if verify == "none":
        query["ssl_check_hostname"] = "false"
    return f"{head}?{urlencode(query)}"


def watched(settings: Settings) -> Address | None:
    """The sentinels of REDIS_URL; None where it names Redis itself."""
    url = settings.redis_url.get_secret_value()
    if not sentinels.is_one(url):
        return None
    return sentinels.read(with_tls(url, verify=settings.redis_tls_verify))


def broker_url(settings: Settings) -> str:
    """REDIS_URL as Celery wants it: a unix socket has another spelling there, and each sentinel
    is an address of its own."""
    url = settings.redis_url.get_secret_value()
    if address := watched(settings):
        login = f"{address.login}@" if address.login else ""
        places = map(sentinels.place, address.sentinels)
        return ";".join(f"sentinel://{login}{at}/{address.database}" for at in places)
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return f"redis+socket://{quote(parts.path)}"
    if parts.scheme != "rediss":
        return url
    query = dict(parse_qsl(parts.query)) | {"ssl_cert_reqs": settings.redis_tls_verify}
    return urlunsplit(parts._replace(query=urlencode(query)))


def broker_options(settings: Settings) -> dict[str, Any]:
    """What Celery's transport has to know of sentinels, beside its URL."""
    address = watched(settings)
    return {"master_name": address.master, "sentinel_kwargs": means(address)} if address else {}


def broker_tls(settings: Settings) -> dict[str, Any] | None:
    """Celery's `broker_use_ssl`; None where the URL says it."""
    address = watched(settings)
    return tls(address) if address and address.is_tls else None


def sync_client(settings: Settings) -> Client:
    """The workers' client. A few quick retries: every script of ours may run twice."""
    client = Client.at(
        with_tls(settings.redis_url.get_secret_value(), verify=settings.redis_tls_verify),
        # What became of a half-open connection is known after this; a script takes milliseconds.
        socket_timeout=5,
        socket_connect_timeout=3,
        health_check_interval=10,
        retry=Retry(ExponentialBackoff(cap=0.5, base=0.02), 3),
        client_name="hookwork-worker",
    )
    client.key = Keys(settings.hookwork_workspace)
    return client


def async_client(settings: Settings) -> AsyncClient:
    """The edge's client. No retries of its own: the edge counts its patience itself."""
    client = AsyncClient.at(
        with_tls(settings.redis_url.get_secret_value(), verify=settings.redis_tls_verify),
        socket_timeout=3,
        socket_connect_timeout=1,
        health_check_interval=10,
        retry=AsyncRetry(NoBackoff(), 0),
        client_name="hookwork-edge",
    )
    client.key = Keys(settings.hookwork_workspace)
    return client
