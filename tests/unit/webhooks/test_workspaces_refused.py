"""Workspaces: settings and names that are refused, and which of them is meant."""

from __future__ import annotations

import base64

import pytest

from webhooks import workspaces
from webhooks.errors import SettingsRejected
from webhooks.workspaces import named, read_all, which

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


@pytest.mark.parametrize(
    ("setting", "line"),
    [
        (
            {"AWORK_API_TOKEN__INITECH": "t"},
            "AWORK_API_TOKEN__INITECH is of no workspace that HOOKWORK_WORKSPACES names: "
            "acme, globex-eu",
        ),
        (
            {"HOOKWORK_RULES__INITECH_FILE": "r"},
            "HOOKWORK_RULES__INITECH_FILE is of no workspace that HOOKWORK_WORKSPACES names: "
            "acme, globex-eu",
        ),
        (
            {"REDIS_URL__ACME": "r"},
            "REDIS_URL__ACME cannot be given for one workspace: REDIS_URL is of the whole "
            "deployment",
        ),
        (
            {"HOOKWORK_CONSOLE_PASSWORD__ACME": "p"},
            "HOOKWORK_CONSOLE_PASSWORD__ACME cannot be given for one workspace: "
            "HOOKWORK_CONSOLE_PASSWORD is of the whole deployment",
        ),
        (
            {"AWORK_WEBHOOK_SIGNING_KEY": "k"},
            "AWORK_WEBHOOK_SIGNING_KEY is of no workspace: each has secrets of its own. "
            "Example: AWORK_WEBHOOK_SIGNING_KEY__ACME=...",
        ),
        (
            {"NOTIFY_SECRET_CHAT_FILE": "f"},
            "NOTIFY_SECRET_CHAT_FILE is of no workspace: each has secrets of its own. "
            "Example: NOTIFY_SECRET_CHAT__ACME=...",
        ),
        (
            {"NOTIFY_SECRET_CHAT__ACNE": "f"},
            "NOTIFY_SECRET_CHAT__ACNE is of no workspace: each has secrets of its own. "
            "Example: NOTIFY_SECRET_CHAT__ACME=...",
        ),
    ],
)
def test_a_setting_that_would_be_of_no_use_is_refused(setting: dict[str, str], line: str) -> None:
    assert problems(GOOD | setting) == (line,)


def test_settings_of_a_workspace_are_refused_where_none_is_named() -> None:
    environ = {"REDIS_URL": "redis://localhost", **UNNAMED, "AWORK_API_TOKEN__ACME": "t"}

    assert problems(environ) == (
        "AWORK_API_TOKEN__ACME is of no workspace that HOOKWORK_WORKSPACES names: it names none",
    )


@pytest.mark.parametrize(
    "names",
    ["Acme", "1st", "a_b", "a--b", "-a", "a-", "a b", "a.b", "a/b", "@a", "\u00e4", "x-file"],
)
def test_a_name_that_cannot_stand_in_an_address_and_a_setting_is_refused(names: str) -> None:
    assert problems({"HOOKWORK_WORKSPACES": names}) == (
        "HOOKWORK_WORKSPACES must be names with commas between them, each of small letters, digits "
        "and hyphens, with a letter first and no -file at its end. "
        "Example: HOOKWORK_WORKSPACES=acme,globex",
    )


def test_a_name_that_is_there_twice_is_refused() -> None:
    assert problems({"HOOKWORK_WORKSPACES": "a,b,a"}) == (
        "HOOKWORK_WORKSPACES must name each workspace once; a is there twice. "
        "Example: HOOKWORK_WORKSPACES=acme,globex",
    )


@pytest.mark.parametrize("name", ["file", "a1", "a-b-c", "workspaces"])
def test_whatever_may_be_a_name_has_settings(name: str) -> None:
    suffix = name.upper().replace("-", "_")
    environ = {
        "REDIS_URL": "redis://localhost",
        "HOOKWORK_WORKSPACES": name,
        f"AWORK_API_TOKEN__{suffix}": "token",
        f"AWORK_WEBHOOK_SECRET__{suffix}": "secret",
    }

    assert list(read_all(environ)) == [name]


@pytest.mark.parametrize(
    ("environ", "chosen"),
    [
        ({}, ""),
        (UNNAMED, ""),
        (GOOD | UNNAMED, ""),
        (GOOD | UNNAMED | {"HOOKWORK_WORKSPACE": "acme"}, "acme"),
        (GOOD | {"HOOKWORK_WORKSPACE": "globex-eu"}, "globex-eu"),
        ({"HOOKWORK_WORKSPACES": "acme"}, "acme"),  # the only one
    ],
)
def test_the_one_that_is_meant_is_the_one_named_or_the_only_one_or_the_unnamed(
    environ: dict[str, str], chosen: str
) -> None:
    assert which(environ) == chosen


@pytest.mark.parametrize(
    ("environ", "line"),
    [
        (
            GOOD,
            "which workspace is meant is not said (--workspace, or HOOKWORK_WORKSPACE). "
            "There are acme, globex-eu",
        ),
        (
            GOOD | {"HOOKWORK_WORKSPACE": "acne"},
            "there is no workspace 'acne' (--workspace, or HOOKWORK_WORKSPACE). "
            "There are acme, globex-eu",
        ),
        (
            UNNAMED | {"HOOKWORK_WORKSPACE": "acme"},
            "there is no workspace 'acme' (--workspace, or HOOKWORK_WORKSPACE). "
            "HOOKWORK_WORKSPACES names none",
        ),
    ],
)
def test_whoever_does_not_say_which_is_told_which_there_are(
    environ: dict[str, str], line: str
) -> None:
    with pytest.raises(SettingsRejected) as rejected:
        which(environ)

    assert rejected.value.problems == (line,)


def test_a_command_about_one_asks_for_no_secret_of_another() -> None:
    environ = {name: value for name, value in GOOD.items() if not name.endswith("GLOBEX_EU")}

    settings = workspaces.chosen(environ | {"HOOKWORK_WORKSPACE": "acme"})

    assert settings.awork_api_token.get_secret_value() == "token-of-acme"


def test_a_line_about_a_secret_names_the_workspaces_own() -> None:
    line = "WORKIVA_CLIENT_ID is missing: set it. Example: WORKIVA_CLIENT_ID=x; see WORKIVA_API"

    assert named(line, "globex-eu") == (
        "WORKIVA_CLIENT_ID__GLOBEX_EU is missing: set it. Example: WORKIVA_CLIENT_ID__GLOBEX_EU=x; "
        "see WORKIVA_API"
    )
    assert named(line, "") == line
