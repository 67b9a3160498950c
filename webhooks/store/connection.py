"""Connections to Redis: one way to read REDIS_URL for every client in the house.

redis-py and kombu read a bare rediss:// differently (redis-py verifies the certificate, kombu
does not and warns), so REDIS_TLS_VERIFY is always written into the URL.
"""

from __future__ import annotations

from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import ExponentialBackoff, NoBackoff
from redis.retry import Retry

from webhooks.settings import Settings
from webhooks.store.client import AsyncClient, Client
from webhooks.store.keys import Keys


def with_tls(url: str, *, verify: str) -> str:
    """A URL as redis-py wants it. verify: required or none."""
    parts = urlsplit(url)
    if parts.scheme != "rediss":
        return url
    query = dict(parse_qsl(parts.query)) | {"ssl_cert_reqs": verify}
    if verify == "none":
        query["ssl_check_hostname"] = "false"
    return urlunsplit(parts._replace(query=urlencode(query)))


def broker_url(settings: Settings) -> str:
    """REDIS_URL as Celery wants it: a unix socket has another spelling there."""
    url = settings.redis_url.get_secret_value()
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return f"redis+socket://{quote(parts.path)}"
    if parts.scheme != "rediss":
        return url
    query = dict(parse_qsl(parts.query)) | {"ssl_cert_reqs": settings.redis_tls_verify}
    return urlunsplit(parts._replace(query=urlencode(query)))


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
