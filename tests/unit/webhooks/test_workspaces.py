"""Settings of several workspaces: what each has of its own, what it takes over, and no secret."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from pydantic import SecretStr

from webhooks.errors import SettingsRejected
from webhooks.settings import Settings
from webhooks.workspaces import OWN, SECRETS, environ_of, known, read_all

GOOD = {
    "REDIS_URL": "redis://localhost:6379/0",
    "HOOKWORK_WORKSPACES": "acme,globex-eu",
    "AWORK_API_TOKEN__ACME": "token-of-acme",
    "AWORK_WEBHOOK_SECRET__ACME": "secret-of-acme",
    "AWORK_API_TOKEN__GLOBEX_EU": "token-of-globex",
    "AWORK_WEBHOOK_SECRET__GLOBEX_EU": "secret-of-globex",
}
UNNAMED = {"AWORK_API_TOKEN": "token-of-all", "AWORK_WEBHOOK_SECRET": "secret-of-all"}
WHSEC = "whsec_" + base64.b64encode(b"k" * 24).decode()
#: of the whole deployment, and secret
SHARED_SECRETS = {"REDIS_URL", "HOOKWORK_CONSOLE_PASSWORD"}


def problems(environ: dict[str, str]) -> tuple[str, ...]:
    with pytest.raises(SettingsRejected) as rejected:
        read_all(environ)
    return tuple(rejected.value.problems)


def test_each_workspace_has_its_own_token_and_secret() -> None:
    found = read_all(GOOD | UNNAMED)

    assert {name: one.awork_api_token.get_secret_value() for name, one in found.items()} == {
        "": "token-of-all",
        "acme": "token-of-acme",
        "globex-eu": "token-of-globex",
    }
    assert [one.hookwork_workspace for one in found.values()] == ["", "acme", "globex-eu"]


def test_what_is_not_given_for_one_is_as_it_is_for_all() -> None:
    found = read_all(GOOD | {"AWORK_RATE_PER_MINUTE": "300", "AWORK_RATE_PER_MINUTE__ACME": "77"})

    assert (found["acme"].awork_rate_per_minute, found["globex-eu"].awork_rate_per_minute) == (
        77,
        300,
    )


def test_an_empty_value_of_one_counts_as_not_given() -> None:
    found = read_all(GOOD | {"HOOKWORK_RULES": "rules", "HOOKWORK_RULES__ACME": ""})

    assert found["acme"].hookwork_rules == Path("rules")


@pytest.mark.parametrize("form", ["{}", "{}_FILE"])
@pytest.mark.parametrize("own", ["{}__ACME", "{}__ACME_FILE"])
def test_a_value_or_a_file_of_one_replaces_either_of_all(
    form: str, own: str, tmp_path: Path
) -> None:
    def value(name: str, text: str) -> dict[str, str]:
        (tmp_path / name).write_text(text)
        return {name: str(tmp_path / name) if name.endswith("_FILE") else text}

    of_all = value(form.format("AWORK_API_URL"), "https://all.example")
    of_one = value(own.format("AWORK_API_URL"), "https://one.example")

    found = read_all(GOOD | of_all | of_one)

    assert found["acme"].awork_api_url == "https://one.example"
    assert found["globex-eu"].awork_api_url == "https://all.example"


def test_every_secret_of_a_workspace_is_one_that_is_not_taken_over() -> None:
    secret = {
        str(field.alias)
        for field in Settings.model_fields.values()
        if "SecretStr" in str(field.annotation) and field.alias != "NOTIFY_SECRET_"
    }

    assert secret - SHARED_SECRETS == set(SECRETS)
    assert set(SECRETS) < set(OWN) < {str(f.alias) for f in Settings.model_fields.values()}


@pytest.mark.parametrize("form", ["{}", "{}_FILE"])
@pytest.mark.parametrize("name", [*SECRETS, "NOTIFY_SECRET_CHAT"])
def test_no_secret_is_ever_taken_over(name: str, form: str, tmp_path: Path) -> None:
    value = WHSEC if name.startswith("NOTIFY") else "of-all"
    (tmp_path / "secret").write_text(value)
    of_all = {form.format(name): str(tmp_path / "secret") if "_FILE" in form else value}
    grant = {"WORKIVA_CLIENT_ID": "id", "WORKIVA_CLIENT_SECRET": "hush"}

    environ = environ_of(GOOD | UNNAMED | grant | of_all, "acme")
    found = read_all(GOOD | UNNAMED | grant | of_all)["acme"]

    values = [one for one in dict(found).values() if isinstance(one, SecretStr)]
    assert {one.get_secret_value() for one in values} == {
        "redis://localhost:6379/0",
        "token-of-acme",
        "secret-of-acme",
    }
    assert found.notify_secrets == {}
    assert not {form.format(name)} - {"AWORK_API_TOKEN", "AWORK_WEBHOOK_SECRET"} & environ.keys()


def test_secrets_of_notifications_are_each_of_one_workspace(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(WHSEC)
    environ = {
        "NOTIFY_SECRET_CHAT__ACME": WHSEC,
        "NOTIFY_SECRET_BILLS__ACME_FILE": str(tmp_path / "secret"),
        "NOTIFY_SECRET_TWO__PARTS__ACME": WHSEC,
        "NOTIFY_SECRET_CHAT__GLOBEX_EU": WHSEC,
    }

    found = read_all(GOOD | environ)

    assert {name: sorted(one.notify_secrets) for name, one in found.items()} == {
        "acme": ["NOTIFY_SECRET_BILLS", "NOTIFY_SECRET_CHAT", "NOTIFY_SECRET_TWO__PARTS"],
        "globex-eu": ["NOTIFY_SECRET_CHAT"],
    }


@pytest.mark.parametrize(
    ("environ", "names"),
    [
        ({}, ("",)),  # what is missing is said of the one without a name
        (UNNAMED, ("",)),
        (GOOD, ("acme", "globex-eu")),
        (GOOD | {"AWORK_API_TOKEN": "t"}, ("", "acme", "globex-eu")),
        (GOOD | {"AWORK_WEBHOOK_SECRET_FILE": "f"}, ("", "acme", "globex-eu")),
        (GOOD | {"AWORK_API_TOKEN": ""}, ("acme", "globex-eu")),
        ({"HOOKWORK_WORKSPACES": " acme , b2 ,"}, ("acme", "b2")),
    ],
)
def test_a_workspace_without_a_name_is_there_when_it_has_a_token_or_a_secret(
    environ: dict[str, str], names: tuple[str, ...]
) -> None:
    assert known(environ) == names


def test_names_may_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "names").write_text("acme\n")

    assert known({"HOOKWORK_WORKSPACES_FILE": str(tmp_path / "names")}) == ("acme",)


def test_what_is_wrong_is_told_of_each_by_the_name_the_setting_has_for_it() -> None:
    environ = {name: value for name, value in GOOD.items() if "TOKEN" not in name}

    assert problems(environ | {"WORKIVA_CLIENT_ID__ACME": "id"}) == (
        "AWORK_API_TOKEN__ACME is missing. Example: AWORK_API_TOKEN__ACME=eyJhbGciOi...",
        "WORKIVA_CLIENT_SECRET__ACME is missing, though WORKIVA_CLIENT_ID__ACME is set. "
        "Example: WORKIVA_CLIENT_SECRET__ACME=its secret",
        "AWORK_API_TOKEN__GLOBEX_EU is missing. Example: AWORK_API_TOKEN__GLOBEX_EU=eyJhbGciOi...",
    )


def test_what_is_wrong_for_all_is_told_once_and_as_it_was_written() -> None:
    assert problems(GOOD | {"AWORK_API_URL": "nowhere", "PORT": "eighty"}) == (
        "PORT cannot be read: input should be a valid integer, unable to parse string as an "
        "integer. Example: PORT=8000",
        "AWORK_API_URL must start with https://. Example: AWORK_API_URL=https://api.awork.com/api/v1",
    )


@pytest.mark.parametrize("name", ["HOOKWORK_RULES", "AWORK_API_TOKEN", "NOTIFY_SECRET_CHAT"])
def test_a_file_that_cannot_be_read_is_named_as_it_was_written(name: str) -> None:
    environ = {key: one for key, one in GOOD.items() if key != f"{name}__ACME"}

    (line,) = problems(environ | {f"{name}__ACME_FILE": "/nonexistent"})

    assert line.startswith(f"{name}__ACME_FILE: cannot read '/nonexistent': ")


def test_no_message_quotes_a_secret() -> None:
    told = "\n".join(problems(GOOD | {"AWORK_API_TOKEN__ACME": "t\u00f6ken", "PORT": "x"}))

    assert "t\u00f6ken" not in told
