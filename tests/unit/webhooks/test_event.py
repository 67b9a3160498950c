"""The wire form: what the edge writes, the workers read."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from webhooks.errors import Unreadable
from webhooks.event import Event, NewerWire, from_wire, new_id, to_head

MICROSECONDS = st.integers(0, int(datetime(2200, 1, 1, tzinfo=UTC).timestamp() * 1e6))


@given(
    st.builds(
        Event,
        id=st.text(min_size=1),
        source=st.just("awork"),
        kind=st.text(),
        entity_id=st.text(),
        occurred_us=MICROSECONDS,
        received_ms=st.integers(0, 2**52),
        identity=st.text(),
        trace_id=st.text(),
        body=st.binary(),
    )
)
def test_an_event_comes_back_as_it_was(event: Event) -> None:
    assert from_wire(to_head(event), event.body) == event


def test_older_workers_leave_a_turn_to_newer_ones_and_read_the_rest() -> None:
    event = Event(
        id="e", source="awork", kind="k", entity_id="x", occurred_us=0, received_ms=0, identity="i"
    )
    turn = replace(event, rule="plan", line="turn:plan:x")

    assert json.loads(to_head(event))["v"] == 1
    assert json.loads(to_head(turn))["v"] == 2
    assert from_wire(to_head(turn), b"") == turn
    assert (event.lane, turn.lane, turn.entity_lane) == ("awork:x", "turn:plan:x", "awork:x")


def test_how_an_event_was_found_is_on_the_wire_and_older_workers_read_the_rest() -> None:
    delivered = Event(
        id="e", source="awork", kind="k", entity_id="x", occurred_us=0, received_ms=0, identity="i"
    )
    found = replace(delivered, via="backfill")

    assert from_wire(to_head(found), b"").via == "backfill"
    assert json.loads(to_head(found)) == json.loads(to_head(delivered)) | {"via": "backfill"}


def test_a_newer_wire_form_is_left_for_a_newer_worker() -> None:
    event = Event(
        id="e", source="awork", kind="k", entity_id="x", occurred_us=0, received_ms=0, identity="i"
    )
    head = json.loads(to_head(event)) | {"v": 3, "something_new": True}

    with pytest.raises(NewerWire, match="wire version 3, this process knows 2"):
        from_wire(json.dumps(head).encode(), b"{}")


def test_a_body_that_is_no_object_is_no_payload() -> None:
    event = Event(
        id="e",
        source="awork",
        kind="k",
        entity_id="x",
        occurred_us=0,
        received_ms=0,
        identity="i",
        body=b"[]",
    )

    with pytest.raises(Unreadable, match="not a JSON object"):
        event.payload()


def test_ids_sort_by_time() -> None:
    early, late = new_id(1_000, b"\xff" * 5), new_id(1_001, b"\x00" * 5)

    assert early < late
    assert len(early) == len(late) == 22
