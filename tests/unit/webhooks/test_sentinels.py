"""REDIS_URL where sentinels watch Redis: what is read from it, and what Celery is told."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import SecretStr

from deploy.commands.configured import where
from webhooks import urls
from webhooks.settings import Settings, read
from webhooks.store import sentinels
from webhooks.store.client import AsyncClient, Client
from webhooks.store.connection import (
    async_client,
    broker_options,
    broker_tls,
    broker_url,
    sync_client,
    watched,
)
from workers.app import create

PLAIN = "redis+sentinel://s1:26379,s2:26380,s3/0?master=shop"
#: every part there is; the passwords are p@ss and w/ord
FULL = (
    "rediss+sentinel://app:p%40ss@watch:w%2Ford@s1,[::1]:26380/3?master=shop&ssl_ca_certs=/etc/ca"
)
SECRETS = ("p@ss", "p%40ss", "w/ord", "w%2Ford")


def settings(url: str, **others: str) -> Settings:
    given = {"REDIS_URL": url, "AWORK_API_TOKEN": "token", "AWORK_WEBHOOK_SECRET": "secret"}
    return read(given | others)


def test_each_part_is_read() -> None:
    address = sentinels.read(FULL)

    assert address == sentinels.Address(
        sentinels=(("s1", 26379), ("::1", 26380)),
        master="shop",
        login="app:p%40ss",
        user="watch",
        password="w/ord",
        database=3,
        is_tls=True,
        tls=(("ssl_ca_certs", "/etc/ca"),),
    )
    assert address.redis_url == "rediss://app:p%40ss@s1:26379/3?ssl_ca_certs=%2Fetc%2Fca"


def test_most_parts_need_not_be_there() -> None:
    address = sentinels.read("redis+sentinel://s1?master=shop")

    assert address.sentinels == (("s1", 26379),)
    assert (address.login, address.user, address.password, address.database) == ("", None, None, 0)


def test_the_sentinels_may_have_a_password_while_redis_has_none() -> None:
    address = sentinels.read("redis+sentinel://@:secret@s1?master=shop")

    assert (address.login, address.user, address.password) == ("", None, "secret")


@pytest.mark.parametrize(
    ("url", "why"),
    [
        (PLAIN.partition("?")[0], "must say what the sentinels call the primary: ?master=NAME"),
        ("redis+sentinel:///0?master=shop", "must name the sentinels, as redis+sentinel://HOST"),
        ("redis+sentinel://:hush@?master=shop", "must name the sentinels, as redis+sentinel://"),
        ("redis+sentinel://s1:port?master=shop", "must have HOST or HOST:PORT for each sentinel"),
        ("redis+sentinel://s1:99999?master=shop", "must have HOST or HOST:PORT for each"),
        ("redis+sentinel://s1;s2:1?master=shop", "must have HOST or HOST:PORT for each"),
        ("redis+sentinel://s1,,s2?master=shop", "must have HOST or HOST:PORT for each"),
        ("redis+sentinel://s1/shop/0?master=shop", "must be redis+sentinel://HOST:26379,HOST"),
        ("redis+sentinel://:hu#sh@s1?master=shop", "write special characters in a password as"),
        ("redis+sentinel://:hu/sh@s1?master=shop", "write special characters in a password as"),
        ("redis+sentinel://:hu@sh@s1?master=shop", "must have user:password@ or :password@ before"),
        ("redis+sentinel://hush@s1?master=shop", "must have user:password@ or :password@ before"),
        (PLAIN + "&sentinel_password=hush", "must have passwords before the hosts: Redis's, then"),
        (PLAIN + "&socket_timeout=9", "must have nothing after its ? but master=NAME and ssl_ca"),
        ("sentinel://s1?master=shop", "must start with redis://, rediss:// or redis+sentinel://"),
    ],
)
def test_what_is_wrong_is_said_without_what_may_be_secret(url: str, why: str) -> None:
    with pytest.raises(ValueError, match="must") as wrong:
        urls.of_redis(SecretStr(url))

    assert why in str(wrong.value)
    assert "hu" not in str(wrong.value)


def test_of_its_address_people_are_told_nothing_secret() -> None:
    told = where(FULL)

    assert told == "shop of the sentinels s1:26379, [::1]:26380"


def test_celery_is_told_of_each_sentinel_and_of_both_passwords() -> None:
    chosen = settings(FULL)

    app = create(chosen, lambda: None)

    assert broker_url(chosen) == (
        "sentinel://app:p%40ss@s1:26379/3;sentinel://app:p%40ss@[::1]:26380/3"
    )
    options = app.conf.broker_transport_options
    assert options["master_name"] == "shop"
    assert options["visibility_timeout"] == 300
    asked = options["sentinel_kwargs"]
    assert (asked["username"], asked["password"]) == ("watch", "w/ord")
    # redis-py would ask each sentinel four times, for seconds; others are there.
    assert asked["retry"].get_retries() == 0
    tls = {"ssl_ca_certs": "/etc/ca", "ssl_cert_reqs": "required"}
    assert app.conf.broker_use_ssl == tls
    assert asked["ssl"] is True
    assert asked.items() >= tls.items()
    shown = app.connection().as_uri()
    assert not any(secret in shown for secret in SECRETS)


def test_without_tls_and_without_sentinels_nothing_is_added() -> None:
    chosen = settings(PLAIN)

    assert broker_url(chosen) == "sentinel://s1:26379/0;sentinel://s2:26380/0;sentinel://s3:26379/0"
    assert broker_tls(chosen) is None
    direct = settings("rediss://:secret@redis:6379/0")
    assert (watched(direct), broker_options(direct), broker_tls(direct)) == (None, {}, None)


@pytest.mark.parametrize("make", [sync_client, async_client])
def test_both_clients_speak_tls_to_redis_and_to_its_sentinels(make: Any) -> None:
    client: Client | AsyncClient = make(settings(FULL, REDIS_TLS_VERIFY="none"))

    pool: Any = client.connection_pool
    asked = pool.sentinel_manager.sentinels[0].connection_pool
    expected = {"ssl_cert_reqs": "none", "ssl_check_hostname": False, "ssl_ca_certs": "/etc/ca"}
    to_redis = {"username": "app", "password": "p@ss", "db": 3, **expected}
    assert pool.connection_kwargs.items() >= to_redis.items()
    assert asked.connection_kwargs.items() >= {"username": "watch", **expected}.items()
    for each in (pool, asked):
        assert "SSLConnection" in [kind.__name__ for kind in each.connection_class.__mro__]
    assert pool.connection_kwargs["client_name"].startswith("hookwork-")


def test_a_client_of_another_workspace_shares_the_connections() -> None:
    client = sync_client(settings(PLAIN))

    other = client.of("acme")

    assert other.connection_pool is client.connection_pool
    assert other.key.prefix == "hookwork:@acme:"
