"""What an answer's headers say of the end of its route. RFC 9745, RFC 8594."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
import pytest

from workers.targets.deprecations import Notice, read

SINCE, UNTIL = datetime(2026, 2, 12, tzinfo=UTC), datetime(2027, 1, 31, tzinfo=UTC)
SUNSET = "Sun, 31 Jan 2027 00:00:00 GMT"
DOCS = "https://developers.example.com/tasks,v2"


def noticed(**headers: str) -> Notice | None:
    return read(httpx.Headers(headers))


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Deprecation": "@1770854400"}, Notice(SINCE, None)),
        ({"Deprecation": " @1770854400 "}, Notice(SINCE, None)),
        ({"Deprecation": "@1770854400;by=2"}, Notice(SINCE, None)),
        ({"Deprecation": "Thu, 12 Feb 2026 00:00:00 GMT"}, Notice(SINCE, None)),
        ({"Deprecation": "true"}, Notice(None, None)),
        ({"Deprecation": "?1"}, Notice(None, None)),
        ({"Sunset": SUNSET}, Notice(None, UNTIL)),
        ({"Deprecation": "@1770854400", "Sunset": SUNSET}, Notice(SINCE, UNTIL)),
        ({"Deprecation": "garbage", "Sunset": SUNSET}, Notice(None, UNTIL)),
        ({"Deprecation": "@1770854400", "Sunset": "garbage"}, Notice(SINCE, None)),
        ({"Deprecation": "true", "Sunset": "@1770854400"}, Notice(None, SINCE)),
    ],
)
def test_what_is_said_is_read(headers: dict[str, str], expected: Notice) -> None:
    assert noticed(**headers) == expected


@pytest.mark.parametrize(
    "said",
    [
        "",
        "false",
        "?0",
        "soon",
        "@",
        "@-",
        "@1e9",
        "@99999999999999999999",
        "@999999999999999",
        "🦄",
    ],
)
def test_garbage_is_nothing(said: str) -> None:
    assert read({"Deprecation": said, "Sunset": said, "Link": f"<{DOCS}>"}) is None


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        (f'<{DOCS}>; rel="deprecation"; type="text/html"', DOCS),
        (f"<{DOCS}>;rel=sunset", DOCS),
        (f'<https://a.example/>; rel="next", <{DOCS}>; rel="successor-version deprecation"', DOCS),
        (f'<https://a.example/>; rel="sunset", <{DOCS}>; rel="Deprecation"', DOCS),
        (f'<{DOCS}>; title="a, b; rel=x"; rel="deprecation"', DOCS),
        (f'<{DOCS}>; rel="next"', ""),
        ('</relative>; rel="deprecation"', ""),
        ('<javascript:alert(1)>; rel="deprecation"', ""),
        ("<<<>>>;;;rel", ""),
        ("", ""),
    ],
)
def test_the_link_that_explains_it_is_read(link: str, expected: str) -> None:
    found = noticed(Deprecation="true", Link=link)

    assert found is not None
    assert found.link == expected


def test_an_absurd_link_is_read_in_no_time() -> None:
    absurd = "<a>" + '; a="' * 5_000 + "<" * 50_000

    assert read({"Deprecation": "true", "Link": absurd}) == Notice(None, None)
