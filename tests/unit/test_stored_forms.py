"""What one release stores the next one reads, and the other way round: they run side by side."""

from __future__ import annotations

import pytest

from tests.unit.storedforms import FORMS, REQUIRED, form, released

EACH = pytest.mark.parametrize("name", FORMS)


def test_every_stored_form_is_watched() -> None:
    assert released().keys() == FORMS.keys()


@EACH
def test_nothing_that_the_last_release_reads_is_gone_or_something_else(name: str) -> None:
    """Where it must be: raise the version of the event (webhooks/event.py) or of the plan
    (workers/plan.py), which let older workers leave it alone, and read both forms."""
    before, today = released()[name], form(FORMS[name])

    assert {field: today.get(field) for field in before} == before


@EACH
def test_what_is_new_may_be_absent_in_what_the_last_release_has_written(name: str) -> None:
    before, today = released()[name], form(FORMS[name])

    new = today.keys() - before.keys()
    assert [field for field in new if today[field].startswith(REQUIRED)] == []
