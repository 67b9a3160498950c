"""Settings: all problems at once, secrets never shown."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from webhooks.errors import SettingsRejected
from webhooks.settings import read

GOOD = {
    "REDIS_URL": "redis://localhost:6379/0",
    "AWORK_API_TOKEN": "token",
    "AWORK_WEBHOOK_SECRET": "secret",
}
WHSEC = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def problems(environ: dict[str, str]) -> tuple[str, ...]:
    with pytest.raises(SettingsRejected) as rejected:
        read(environ)
    return rejected.value.problems


def test_what_is_needed_is_enough() -> None:
    settings = read(GOOD)

    assert settings.port == 8000
    assert settings.awork_api_url == "https://api.awork.com/api/v1"
    assert settings.awork_webhook_header == "x-webhook-secret"
    assert settings.retention_s == 30 * 24 * 3600
    assert settings.closed_before(NOON) is None


def test_each_missing_setting_has_one_line_with_an_example() -> None:
    assert problems({}) == (
        "REDIS_URL is missing. Example: REDIS_URL=redis://localhost:6379/0",
        "AWORK_API_TOKEN is missing. Example: AWORK_API_TOKEN=eyJhbGciOi...",
        "AWORK_WEBHOOK_SECRET is missing. Example: AWORK_WEBHOOK_SECRET=a long random text",
    )


def test_an_empty_setting_counts_as_missing() -> None:
    assert problems(GOOD | {"AWORK_API_TOKEN": ""}) == (
        "AWORK_API_TOKEN is missing. Example: AWORK_API_TOKEN=eyJhbGciOi...",
    )


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        (
            "REDIS_URL",
            "localhost:6379",
            "REDIS_URL must start with redis://, rediss:// or redis+sentinel://. "
            "Example: REDIS_URL=redis://localhost:6379/0",
        ),
        (
            "PORT",
            "eighty",
            "PORT cannot be read: input should be a valid integer, unable to parse string as an "
            "integer. Example: PORT=8000",
        ),
        (
            "PORT",
            "70000",
            "PORT cannot be read: input should be less than or equal to 65535. Example: PORT=8000",
        ),
        (
            "AWORK_API_URL",
            "api.awork.com",
            "AWORK_API_URL must start with https://. "
            "Example: AWORK_API_URL=https://api.awork.com/api/v1",
        ),
        (
            "AWORK_WEBHOOK_HEADER",
            "X Secret",
            "AWORK_WEBHOOK_HEADER must be the name of an HTTP header. "
            "Example: AWORK_WEBHOOK_HEADER=X-Webhook-Secret",
        ),
        (
            "HOOKWORK_RETENTION",
            "30",
            "HOOKWORK_RETENTION must be a number of days, like 30d. "
            "Example: HOOKWORK_RETENTION=30d",
        ),
        (
            "HOOKWORK_CLOSED_BEFORE",
            "yesterday",
            "HOOKWORK_CLOSED_BEFORE must be a date like 2026-10-01, or an age like 14d. "
            "Example: HOOKWORK_CLOSED_BEFORE=14d",
        ),
        *(
            (
                "HOOKWORK_NOTIFY_ALLOW",
                hosts,
                "HOOKWORK_NOTIFY_ALLOW must be hosts, with a port or without, and commas between"
                " them. Example: HOOKWORK_NOTIFY_ALLOW=mattermost.internal,127.0.0.1:9000",
            )
            for hosts in ("http://chat.internal", "chat.internal/hook", "*.internal", "a b", "::1")
        ),
        *(
            (
                "NOTIFY_SECRET_CHAT",
                secret,
                "NOTIFY_SECRET_CHAT must be whsec_ and base64 of 24 to 64 random bytes. Example:"
                " NOTIFY_SECRET_CHAT=whsec_...",
            )
            # The letters stand for 24 bytes, for 23 and for 66.
            for secret in (WHSEC[6:], WHSEC[:-2] + "==", "whsec_" + "QUFB" * 22, "whsec_ü", "hush")
        ),
        (
            "REDIS_TLS_VERIFY",
            "maybe",
            "REDIS_TLS_VERIFY cannot be read: input should be 'required' or 'none'. "
            "Example: REDIS_TLS_VERIFY=none",
        ),
        (
            "LOG_LEVEL",
            "loud",
            "LOG_LEVEL cannot be read: input should be 'debug', 'info', 'warning' or 'error'. "
            "Example: LOG_LEVEL=info",
        ),
    ],
)
def test_an_unreadable_setting_says_what_was_expected(name: str, value: str, line: str) -> None:
    assert problems(GOOD | {name: value}) == (line,)


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("from the file\n")
    environ = {k: v for k, v in GOOD.items() if k != "AWORK_API_TOKEN"}

    settings = read(environ | {"AWORK_API_TOKEN_FILE": str(file)})

    assert settings.awork_api_token.get_secret_value() == "from the file"


def test_an_unreadable_file_is_one_line(tmp_path: Path) -> None:
    missing = tmp_path / "none"
    environ = {k: v for k, v in GOOD.items() if k != "AWORK_API_TOKEN"}

    (line,) = problems(environ | {"AWORK_API_TOKEN_FILE": str(missing)})

    assert line.startswith(f"AWORK_API_TOKEN_FILE: cannot read '{missing}': ")


def test_hosts_that_may_be_notified_are_those_between_the_commas() -> None:
    hosts = " Mattermost.internal, 127.0.0.1:9000,[::1]:9000,"

    settings = read(GOOD | {"HOOKWORK_NOTIFY_ALLOW": hosts})

    expected = {"mattermost.internal", "127.0.0.1:9000", "[::1]:9000"}
    assert settings.hookwork_notify_allow == expected
    assert read(GOOD).hookwork_notify_allow == frozenset()


def test_every_variable_with_the_prefix_is_a_secret_of_notifications(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(f"{WHSEC}\n")
    environ = {
        "NOTIFY_SECRET_CHAT": WHSEC,
        "NOTIFY_SECRET_BILLING_FILE": str(file),
        "NOTIFY_SECRET_EMPTY": "",
        "MY_NOTIFY_SECRET_CHAT": "hush",
    }

    settings = read(GOOD | environ)

    found = {name: secret.get_secret_value() for name, secret in settings.notify_secrets.items()}
    assert found == {"NOTIFY_SECRET_CHAT": WHSEC, "NOTIFY_SECRET_BILLING": WHSEC}
    assert WHSEC not in f"{settings!r} {settings.model_dump()}"


def test_an_unreadable_file_of_a_notifications_secret_is_one_line(tmp_path: Path) -> None:
    (line,) = problems(GOOD | {"NOTIFY_SECRET_CHAT_FILE": str(tmp_path / "none")})

    assert line.startswith("NOTIFY_SECRET_CHAT_FILE: cannot read ")


def test_no_secret_is_printed() -> None:
    settings = read(GOOD | {"HOOKWORK_CONSOLE_PASSWORD": "hush-hush"})

    shown = f"{settings!r} {settings} {settings.model_dump()}"

    assert not any(value in shown for value in ("'token'", "'secret'", "hush-hush"))


@pytest.mark.parametrize(
    ("text", "day"), [("2026-10-01", date(2026, 10, 1)), ("14d", date(2026, 11, 7))]
)
def test_the_first_open_day_is_a_date_or_an_age(text: str, day: date) -> None:
    settings = read(GOOD | {"HOOKWORK_CLOSED_BEFORE": text})

    assert settings.closed_before(NOON) == day


@pytest.mark.parametrize(
    ("wish", "per_minute", "watches"),
    [
        ("auto", "1000", True),
        ("auto", "3000", True),
        ("auto", "999", False),
        ("on", "60", True),
        ("off", "3000", False),
    ],
)
def test_awork_is_watched_where_the_budget_has_room_for_it_or_somebody_says_so(
    wish: str, per_minute: str, *, watches: bool
) -> None:
    settings = read(GOOD | {"HOOKWORK_WATCH": wish, "AWORK_RATE_PER_MINUTE": per_minute})

    assert settings.watches is watches
