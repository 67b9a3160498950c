"""The console of several workspaces: pages of each, and none leads into another."""

from __future__ import annotations

import re

import pytest

from tests.contract.several import deliver, edge_of, enlist, rounds_of, settings_for
from webhooks.settings import Settings
from webhooks.store.client import Client
from webhooks.store.keys import Keys
from webhooks.store.rounds import InForce

LOADED = InForce("h", ["plan"])
LACKING = InForce("", (), "rules.yaml:1: wrong")


@pytest.fixture
def two(environ: dict[str, str], client: Client) -> dict[str, Settings]:
    assert client.ping()
    return settings_for(environ, "acme", "globex")


def test_the_console_has_pages_of_each_and_links_that_stay_there(
    environ: dict[str, str], client: Client
) -> None:
    assert client.ping()
    workspaces = settings_for(environ, "", "acme")
    with edge_of(workspaces) as http:
        ids = {name: deliver(http, name) for name in workspaces}

        pages = {name: http.get(f"/workspaces/{name}" if name else "/").text for name in workspaces}
        linked = {name: re.findall(r'href="([^"]*)"', page) for name, page in pages.items()}
        found = [http.get(one).status_code for links in linked.values() for one in links]

    assert linked == {
        "": ["/", "/workspaces/acme", f"/events/{ids['']}"],
        "acme": ["/workspaces/acme", "/", f"/workspaces/acme/events/{ids['acme']}"],
    }
    assert set(found) == {200}


def test_an_event_of_one_is_not_found_under_another(two: dict[str, Settings]) -> None:
    with edge_of(two) as http:
        event_id = deliver(http, "acme")

        found = [
            http.get(f"{base}/events/{event_id}").status_code
            for base in ("/workspaces/acme", "/workspaces/globex", "", "/workspaces/nobody")
        ]

    assert found == [200, 404, 404, 404]


def test_the_first_page_is_that_of_the_first_workspace(two: dict[str, Settings]) -> None:
    with edge_of(two) as http:
        event_id = deliver(http, "acme")

        page = http.get("/").text

    assert f'href="/workspaces/acme/events/{event_id}"' in page
    assert 'href="/workspaces/globex"' in page


def test_pages_of_every_workspace_ask_for_the_password(environ: dict[str, str]) -> None:
    locked = settings_for(environ | {"HOOKWORK_CONSOLE_PASSWORD": "hush"}, "acme", "globex")

    with edge_of(locked) as http:
        found = [
            http.get(f"/workspaces/{name}{page}").status_code
            for name in locked
            for page in ("", "/events/none")
        ]

    assert found == [401] * 4


def test_the_console_says_that_a_workspace_without_rules_waits_for_them(
    two: dict[str, Settings], client: Client
) -> None:
    enlist(rounds_of(client, *two), "w1", LACKING, LOADED)
    client.hset(Keys("globex").paused, "plan", "by hand")

    with edge_of(two) as http:
        acme, globex = (http.get(f"/workspaces/{name}").text for name in two)

    assert "The rule files cannot be loaded; events wait until they can be." in acme
    assert "rules.yaml:1: wrong" in acme
    assert "cannot be loaded" not in globex
    assert "<code>hookwork --workspace globex resume plan</code>" in globex


def test_a_console_whose_keys_lie_takes_no_other_with_it(
    two: dict[str, Settings], client: Client
) -> None:
    client.set("hookwork:@globex:waiting", "somebody else's")

    with edge_of(two) as http:
        found = [http.get(f"/workspaces/{name}").status_code for name in two]

    assert found == [200, 503]


def test_without_names_no_page_speaks_of_workspaces(settings: Settings, client: Client) -> None:
    assert client.ping()
    with edge_of({"": settings}) as http:
        page = http.get("/").text

    assert "workspace" not in page
