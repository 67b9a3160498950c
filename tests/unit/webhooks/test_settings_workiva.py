"""Settings of Workiva: half a grant, an address with too much in it, an API that there is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.webhooks.test_settings import GOOD, problems
from webhooks.settings import read

GRANT = {"WORKIVA_CLIENT_ID": "client-1", "WORKIVA_CLIENT_SECRET": "hush-1"}
SECRET_MISSING = (
    "WORKIVA_CLIENT_SECRET is missing, though WORKIVA_CLIENT_ID is set. Example:"
    " WORKIVA_CLIENT_SECRET=its secret"
)
ID_MISSING = (
    "WORKIVA_CLIENT_ID is missing, though WORKIVA_CLIENT_SECRET is set. Example:"
    " WORKIVA_CLIENT_ID=the id of a grant"
)
NOT_THE_API = (
    "WORKIVA_API_URL must be https://api.app.wdesk.com, or that with eu or apac in place of app,"
    " and nothing after it. Example: WORKIVA_API_URL=https://api.eu.wdesk.com"
)


def without(name: str, **more: str) -> dict[str, str]:
    return {key: value for key, value in (GOOD | GRANT).items() if key != name} | more


def test_workiva_may_be_left_out_whole() -> None:
    settings = read(GOOD)

    assert settings.workiva_client_id is settings.workiva_client_secret is None
    assert settings.workiva_api_url == "https://api.app.wdesk.com"
    assert settings.workiva_api == "2026-01-01"


def test_a_grant_is_its_id_and_its_secret() -> None:
    settings = read(GOOD | GRANT)

    told = (settings.workiva_client_id, settings.workiva_client_secret)
    assert [one.get_secret_value() for one in told if one] == ["client-1", "hush-1"]
    assert not any(value in f"{settings!r} {settings.model_dump()}" for value in GRANT.values())


@pytest.mark.parametrize(
    ("name", "line"),
    [("WORKIVA_CLIENT_ID", ID_MISSING), ("WORKIVA_CLIENT_SECRET", SECRET_MISSING)],
)
def test_half_a_grant_is_one_line_that_tells_of_neither_half(name: str, line: str) -> None:
    assert problems(without(name)) == problems(without(name, **{name: ""})) == (line,)


def test_half_a_grant_is_told_along_with_all_else() -> None:
    told = problems({"WORKIVA_CLIENT_ID": "client-1", "PORT": "eighty"})

    assert [line.split(" ")[0] for line in told] == [
        "REDIS_URL",
        "PORT",
        "AWORK_API_TOKEN",
        "AWORK_WEBHOOK_SECRET",
        "WORKIVA_CLIENT_SECRET",
    ]


def test_either_half_may_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("from the file\n")

    settings = read(without("WORKIVA_CLIENT_SECRET", WORKIVA_CLIENT_SECRET_FILE=str(file)))

    assert settings.workiva_client_secret is not None
    assert settings.workiva_client_secret.get_secret_value() == "from the file"


def test_a_half_in_a_file_that_cannot_be_read_is_not_missing_too(tmp_path: Path) -> None:
    nowhere = str(tmp_path / "none")

    (line,) = problems(without("WORKIVA_CLIENT_SECRET", WORKIVA_CLIENT_SECRET_FILE=nowhere))

    assert line.startswith(f"WORKIVA_CLIENT_SECRET_FILE: cannot read '{nowhere}': ")


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("https://api.app.wdesk.com/", "https://api.app.wdesk.com"),
        ("https://api.eu.wdesk.com", "https://api.eu.wdesk.com"),
        ("https://API.apac.wdesk.com:443", "https://API.apac.wdesk.com:443"),
        ("http://127.0.0.1:8080/workiva/", "http://127.0.0.1:8080/workiva"),
        ("https://proxy.example.com/wdesk.com", "https://proxy.example.com/wdesk.com"),
        ("https://notwdesk.com/tasks", "https://notwdesk.com/tasks"),
    ],
)
def test_an_address_is_one_of_workivas_or_any_other(given: str, url: str) -> None:
    assert read(GOOD | {"WORKIVA_API_URL": given}).workiva_api_url == url


@pytest.mark.parametrize(
    "url",
    [
        "https://api.app.wdesk.com/tasks",
        "https://api.app.wdesk.com/platform/v1",
        "https://api.eu.wdesk.com/prototype/platform/tasks/",
        "https://app.wdesk.com",
        "https://eu.wdesk.com/a/home",
        "https://wdesk.com",
        "http://api.app.wdesk.com",
    ],
)
def test_what_is_not_the_beginning_of_workivas_api_is_said_so(url: str) -> None:
    assert problems(GOOD | {"WORKIVA_API_URL": url}) == (NOT_THE_API,)


@pytest.mark.parametrize(
    ("url", "wrong"),
    [
        ("api.app.wdesk.com", "must start with https://"),
        ("https://api.app.wdesk.com?a=b", "must have no ? and no # in it"),
        ("http://127.0.0.1:8080/workiva#tasks", "must have no ? and no # in it"),
        ("https://me:hush@api.app.wdesk.com", "must have no name or password before its host"),
    ],
)
def test_an_address_that_cannot_be_used_says_what_it_must_be(url: str, wrong: str) -> None:
    (line,) = problems(GOOD | {"WORKIVA_API_URL": url})

    assert line.startswith(f"WORKIVA_API_URL {wrong}. Example: ")
    assert "hush" not in line


def test_an_api_that_there_is_not_names_those_that_there_are() -> None:
    assert problems(GOOD | {"WORKIVA_API": "2022-01-01"}) == (
        "WORKIVA_API cannot be read: input should be '2026-01-01' or 'prototype-2022-01-01'."
        " Example: WORKIVA_API=2026-01-01",
    )
