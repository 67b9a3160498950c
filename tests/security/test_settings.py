"""Secrets in settings: shown in no form, and quoted by no message."""

from __future__ import annotations

import pytest
from pydantic import SecretStr, ValidationError

from tests.security.hushed import SECRETS, environ, leaked
from webhooks.errors import SettingsRejected, TargetBusy
from webhooks.settings import Settings, read
from workers.targets.http import Request, client, exchange

ALL = environ("127.0.0.1:1")
NAMES = {*ALL} - {"NOTIFY_SECRET_CHAT"} | {"NOTIFY_SECRET_"}


def test_every_secret_is_of_a_type_that_hides_it() -> None:
    settings = read(ALL)

    hidden = {
        str(field.alias)
        for name, field in Settings.model_fields.items()
        if isinstance(value := getattr(settings, name), SecretStr)
        or (isinstance(value, dict) and all(isinstance(v, SecretStr) for v in value.values()))
    }
    assert hidden == NAMES


def test_settings_show_no_secret_in_any_form() -> None:
    settings = read(ALL)

    shown = [
        repr(settings),
        str(settings),
        f"{settings.model_dump()}",
        settings.model_dump_json(),
        f"{vars(settings)}",
        f"{settings.model_copy(update={'port': 1})!r}",
    ]
    assert leaked("\n".join(shown).encode()) == []


@pytest.mark.parametrize(
    "url",
    [
        "hush-1",
        "redis://:hush-1@host:port/0",
        "redis://:hush-/1@host:6379",
        "redis://:hush-#1@host:6379",
        "redis://user:12#hush-1@host:6379",
        "redis://user:12?hush-1@host:6379",
        "redis://:hush-1@[::1:6379/0",
        "redis://:hush-℀@host:6379/0",
        "redis://:hush-1@host:6379/zero",
        "redis://host:6379/0?password=hush-1",
        "unix://:hush-1@",
        "http://hush-1",
    ],
)
def test_an_address_of_redis_that_cannot_be_read_is_not_quoted(url: str) -> None:
    with pytest.raises(SettingsRejected) as rejected:
        read({**ALL, "REDIS_URL": url})

    (line,) = rejected.value.problems
    assert "hush" not in line
    assert line.startswith("REDIS_URL must ")


@pytest.mark.parametrize("name", sorted(SECRETS))
def test_a_secret_that_cannot_be_used_is_not_quoted(name: str) -> None:
    for wrong in (f"hush-\n{name}", " hush-", "hush-\x00", "hush-\u2028é"):
        with pytest.raises(SettingsRejected) as rejected:
            read({**ALL, name: wrong})

        assert "hush" not in str(rejected.value)
        assert rejected.value.__cause__ is None


def test_a_mistake_of_ours_in_settings_shows_no_secret() -> None:
    with pytest.raises(ValidationError) as invalid:
        Settings.model_validate({**ALL, "NOTIFY_SECRET_": {"a": "hush-a"}, "PORT": "x"})

    assert leaked(str(invalid.value).encode()) == []


def test_an_address_of_awork_has_no_password_in_it() -> None:
    with pytest.raises(SettingsRejected) as rejected:
        read({**ALL, "AWORK_API_URL": "https://me:hush-1@api.example.com"})

    assert "hush" not in str(rejected.value)


def test_a_header_that_cannot_be_sent_is_not_quoted() -> None:
    """httpx quotes the whole header, token and all, where it refuses to send it."""
    bad = {"Authorization": f"Bearer {SECRETS['AWORK_API_TOKEN']}\n"}
    with (
        client("http://127.0.0.1:1", bad, connections=1) as one,
        pytest.raises(TargetBusy) as failed,
    ):
        exchange(one, Request("POST", "/tasks", json={}))

    assert leaked(str(failed.value).encode()) == []
