"""What two signs of life, one after the other, tell of the Redis between them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from webhooks.store.origin import EMPTIED, FAILED_OVER, WENT_BACK, Sign, lost, read

#: 2026-11-21 10:00:00 UTC
TEN_MS = 1_795_255_200_000


def sign(
    *, at_s: int, before_s: int | None, born: str = "1 a:1", oldest_s: int | None = None
) -> Sign:
    """A sign of life; times in seconds after ten."""
    before, oldest = (None if s is None else TEN_MS + s * 1000 for s in (before_s, oldest_s))
    return Sign(TEN_MS + at_s * 1000, before, born, oldest)


KNOWN = sign(at_s=60, before_s=59, oldest_s=20)


@pytest.mark.parametrize(
    "now",
    [
        sign(at_s=61, before_s=60),
        sign(at_s=61, before_s=61),  # ours, sent twice because its answer was lost
        sign(at_s=600, before_s=600),  # silent for long: another worker's sign
        sign(at_s=600, before_s=None),  # or nobody's: says nothing
    ],
)
def test_a_redis_that_remembers_has_lost_nothing(now: Sign) -> None:
    assert lost(KNOWN, now) is None
    assert lost(None, now) is None


def test_another_store_has_lost_what_was_unsettled() -> None:
    found = lost(KNOWN, sign(at_s=70, before_s=None, born="2 b:2"))

    assert found is not None
    assert (found.cause, found.since_ms) == (EMPTIED, TEN_MS + 20_000)
    assert "before 2026-11-21T10:01:00Z is lost" in found.message
    assert found.way_out.startswith("hookwork backfill --since 2026-11-21T10:00:20Z ")


def test_where_all_was_settled_only_what_came_since_is_lost() -> None:
    found = lost(sign(at_s=60, before_s=59), sign(at_s=70, before_s=None, born="2 b:2"))

    assert found is not None
    assert found.since_ms == TEN_MS + 60_000


def test_a_redis_that_forgot_a_sign_was_restarted_with_less_than_it_had() -> None:
    found = lost(KNOWN, sign(at_s=70, before_s=30))

    assert found is not None
    assert (found.cause, found.since_ms) == (WENT_BACK, TEN_MS + 30_000)
    assert "came back as it was at 2026-11-21T10:00:30Z" in found.message
    assert "backfill --since 2026-11-21T10:00:30Z" in found.way_out


def test_a_sign_is_read_from_what_the_script_returns() -> None:
    assert read([5, b"4.0", b"1 a:1", b"", b"", 0]) == Sign(5, 4, "1 a:1", None)
    assert read([5, b"", b"1 a:1", b"3", b"2", 1]) == Sign(5, None, "1 a:1", 3, 2, is_news=True)


FAILED_OVER_MS = TEN_MS + 60_500
#: after a failover; the second of these signs is not the first to notice
NOTICED, HEARD_OF = (
    replace(sign(at_s=70, before_s=before_s), failed_over_ms=FAILED_OVER_MS, is_news=is_news)
    for before_s, is_news in ((60, True), (30, False))
)


@pytest.mark.parametrize(("known", "now"), [(KNOWN, NOTICED), (None, NOTICED), (KNOWN, HEARD_OF)])
def test_after_a_failover_what_came_after_the_last_sign_may_be_lost(
    known: Sign | None, now: Sign
) -> None:
    """Also where nobody's sign of life is: the last moments are not on record anywhere. Minutes
    earlier, because deliveries come after the change."""
    found = lost(known, now)

    assert found is not None
    assert (found.cause, found.since_ms) == (FAILED_OVER, FAILED_OVER_MS - 300_000)
    assert "what it took after 2026-11-21T10:01:00Z and had not passed on" in found.message
    assert "backfill --since 2026-11-21T09:56:00Z" in found.way_out


@pytest.mark.parametrize("known", [replace(KNOWN, failed_over_ms=FAILED_OVER_MS), None])
def test_a_failover_that_was_told_is_not_told_again(known: Sign | None) -> None:
    now = replace(sign(at_s=80, before_s=79), failed_over_ms=FAILED_OVER_MS)

    assert lost(known, now) is None
