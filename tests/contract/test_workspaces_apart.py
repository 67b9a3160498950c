"""A workspace is a store of its own: nothing of one is read or written for another."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from deploy.local.redis_server import RedisServer
from tests.contract.dayofone import day_of, named_keys
from webhooks.store import keys
from webhooks.store.client import Client
from webhooks.store.keys import Keys

ROOT = Path(__file__).parents[2]
#: the first column of the table: a key, or the first word of it
_TABLE = re.compile(r"^\| ([a-z]+)[:\w-]* +\|", re.MULTILINE)
#: of all workspaces together
SHARED = {key.removeprefix(keys.PREFIX) for key in keys.SHARED} | {"workers"}


def test_a_day_names_every_key_there_is_and_none_of_another_workspace(
    client: Client, server: RedisServer, environ: dict[str, str], tmp_path: Path
) -> None:
    """As Redis reports it: what is read as well as what is written, by commands and by scripts."""
    with day_of("acme", client, server, environ, tmp_path) as day, named_keys(client) as named:
        day.live()

    own = {key for key in named if key.startswith("hookwork:@acme:")}
    met = {key.removeprefix("hookwork:@acme:").split(":")[0] for key in own}
    declared = set(_TABLE.findall(keys.__doc__ or "")) - {"key"} - SHARED
    assert named - own - {keys.PREFIX} <= keys.SHARED.keys()
    assert len(declared) > 30
    assert declared - met == set()


def test_the_same_day_in_another_workspace_becomes_the_same_and_is_all_done_again(
    client: Client, server: RedisServer, environ: dict[str, str], tmp_path: Path
) -> None:
    """Same ids, deliveries and rules: ledger, holdings, budget, cache and circuits of the first are
    nothing to the second, and the one without a name is like any other."""
    found = []
    for name in ("acme", "globex"):
        with day_of(name, client, server, environ, tmp_path) as one:
            one.live()
            sent = sorted((call.method, call.path.count("/")) for call in one.sandbox.writes())
            found.append((one.runs, sent))

    assert found[0] == found[1]
    assert len(found[0][1]) > 10


def test_no_code_builds_a_key_by_hand() -> None:
    allowed = {"webhooks/store/keys.py", "webhooks/store/lua/prelude.lua"}
    by_hand = re.compile(r"""["']hookwork:|f["'].*\{keys\.PREFIX\}|PREFIX \+""")

    found = {
        str(file.relative_to(ROOT))
        for folder in ("webhooks", "workers", "deploy")
        for kind in ("*.py", "*.lua")
        for file in (ROOT / folder).rglob(kind)
        if by_hand.search(file.read_text(encoding="utf-8"))
    }

    assert found <= allowed


def test_no_script_names_a_shared_key_by_a_workspaces_prefix_or_the_other_way_round() -> None:
    named: dict[str, set[str]] = {"P": set(), "S": set()}
    for file in (ROOT / "webhooks" / "store" / "lua").glob("*.lua"):
        for letter, name in re.findall(r"\b([PS]) \.\. '([a-z:]+)", file.read_text("utf-8")):
            named[letter].add(name.rstrip(":"))

    assert named["S"] == SHARED - {keys.QUEUE}
    assert not named["P"] & SHARED


@pytest.mark.parametrize("name", ["a", "acme", "x-1"])
def test_no_key_of_one_is_a_key_of_another_whatever_it_is_called(name: str) -> None:
    unnamed = {*Keys("").kinds} - {*keys.SHARED}
    own = {*Keys(name).kinds} - {*keys.SHARED}

    assert not own & unnamed
    assert all(key.startswith(f"hookwork:@{name}:") for key in own)
    # Names of the unnamed one's keys begin with a letter, never with an @.
    assert all(key.removeprefix(keys.PREFIX)[0].isalpha() for key in unnamed)
