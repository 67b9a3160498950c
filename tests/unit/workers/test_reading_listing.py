"""What the sandbox does not show of awork's lists."""

from __future__ import annotations

from datetime import UTC, date

from tests.unit.workers.answering import lists
from workers.facts.listing import listing
from workers.rules.model import Listing
from workers.targets.directory import Directory


def test_our_own_api_user_is_nobody_to_work_for() -> None:
    server = lists(users=[{"id": "me-1"}, {"id": "u1"}, {"id": "u2"}], me={"id": "me-1"})

    with server.awork() as awork:
        found = listing(Listing("users"), awork, Directory(), date(2026, 11, 20), zone=UTC)

    assert [user["id"] for user in found] == ["u1", "u2"]
