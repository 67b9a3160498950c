"""A process that works for several workspaces: rules of one that cannot be loaded are no other's
trouble, and what one has, no other has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.redis_server import RedisServer
from tests.contract.several import deliveries, store
from tests.contract.spacesof import (
    BAD,
    MIRROR,
    Make,
    good,
    look,
    making,
    put,
    rule_ids,
    spaces,
    states,
)
from webhooks.errors import RuleFilesRejected, SettingsRejected
from webhooks.store.client import Client


@pytest.fixture
def make(environ: dict[str, str], client: Client, tmp_path: Path) -> Iterator[Make]:
    assert client.ping()
    with making(environ, tmp_path) as new:
        yield new


def test_events_of_one_whose_rules_cannot_be_loaded_wait_and_those_of_others_do_not(
    make: Make, server: RedisServer, client: Client, tmp_path: Path
) -> None:
    put(tmp_path, "acme", BAD)
    put(tmp_path, "globex", good("g"))
    runtime = make("acme", "globex")
    store(server.url, [*deliveries("acme", 2), *deliveries("globex", 2)])

    runtime.drain()

    assert states(client, "acme") == ["due", "due"]
    assert states(client, "globex") == ["settled", "settled"]


def test_rules_that_are_put_right_are_in_force_without_a_restart(
    make: Make, server: RedisServer, client: Client, tmp_path: Path
) -> None:
    put(tmp_path, "acme", BAD)
    put(tmp_path, "globex", good("g"))
    runtime = make("acme", "globex")
    store(server.url, deliveries("acme", 2))
    runtime.drain()

    put(tmp_path, "acme", good("a"))
    look(runtime)
    runtime.drain()

    assert rule_ids(spaces(runtime)["acme"]) == ["a"]
    assert states(client, "acme") == ["settled", "settled"]


def test_half_of_a_set_is_not_taken_for_the_first_set(make: Make, tmp_path: Path) -> None:
    """Put right by a checkout that is not done when it is looked at."""
    put(tmp_path, "acme", BAD)
    put(tmp_path, "globex", good("g"))
    runtime = make("acme", "globex")
    acme = spaces(runtime)["acme"]

    put(tmp_path, "acme", good("a"))
    look(runtime, 1)
    after_one = acme.is_ready
    (tmp_path / "acme" / "more.yaml").write_text(good("b"), encoding="utf-8")
    look(runtime, 1)
    after_two = acme.is_ready
    look(runtime, 1)

    assert (after_one, after_two) == (False, False)
    assert rule_ids(acme) == ["b", "a"]


def test_the_only_workspace_with_bad_rules_ends_the_worker(make: Make, tmp_path: Path) -> None:
    put(tmp_path, "acme", BAD)

    with pytest.raises(RuleFilesRejected):
        make("acme")


def test_where_all_have_bad_rules_the_worker_ends_with_a_line_for_each(
    make: Make, tmp_path: Path
) -> None:
    for name in ("", "acme", "globex"):
        put(tmp_path, name, BAD)

    with pytest.raises(SettingsRejected) as rejected:
        make("acme", "globex")

    assert [line.split(": ")[0] for line in rejected.value.problems] == [
        "workspace acme",
        "workspace globex",
    ]
    assert all("rules.yaml:2:8" in line for line in rejected.value.problems)


def test_what_rules_need_is_named_as_it_is_set_for_their_workspace(
    make: Make, tmp_path: Path
) -> None:
    put(tmp_path, "acme", good("a", mode="live", action=MIRROR))
    put(tmp_path, "globex", good("g"))

    runtime = make("acme", "globex")
    put(tmp_path, "globex", good("g", mode="live", action=MIRROR))
    look(runtime)

    found = spaces(runtime)
    assert not found["acme"].is_ready
    assert found["acme"].refusal.startswith("WORKIVA_CLIENT_ID__ACME is missing")
    assert found["globex"].in_force().problem.startswith("WORKIVA_CLIENT_ID__GLOBEX is missing")
    assert rule_ids(found["globex"]) == ["g"]


def test_workspaces_with_the_same_files_load_them_once(make: Make, tmp_path: Path) -> None:
    file = put(tmp_path, "shared", good("one"))
    same = {f"HOOKWORK_RULES__{name}": str(file) for name in ("ACME", "GLOBEX")}
    put(tmp_path, "acme", BAD)
    put(tmp_path, "initech", good("one"))

    runtime = make("acme", "globex", "initech", **same)
    first = [space.rules() for space in runtime._spaces]
    put(tmp_path, "shared", good("two"))
    look(runtime)
    then = [space.rules() for space in runtime._spaces]

    assert first[0] is first[1] is not first[2]
    assert then[0] is then[1]
    assert [[rule.id for rule in one.rules] for one in then] == [["two"], ["two"], ["one"]]


def test_changing_the_rules_of_one_changes_only_those(make: Make, tmp_path: Path) -> None:
    for name in ("acme", "globex"):
        put(tmp_path, name, good(name))
    runtime = make("acme", "globex")
    before = spaces(runtime)["globex"].rules()

    put(tmp_path, "acme", good("other"))
    look(runtime)

    assert rule_ids(spaces(runtime)["acme"]) == ["other"]
    assert spaces(runtime)["globex"].rules() is before


def test_bad_rules_of_one_later_on_are_told_there_and_change_nothing(
    make: Make, tmp_path: Path
) -> None:
    for name in ("acme", "globex"):
        put(tmp_path, name, good(name))
    runtime = make("acme", "globex")

    put(tmp_path, "acme", BAD)
    look(runtime)

    found = spaces(runtime)
    assert "rules.yaml:2:8" in found["acme"].in_force().problem
    assert rule_ids(found["acme"]) == ["acme"]
    assert found["globex"].in_force().problem == ""
