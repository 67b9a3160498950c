"""The times of a time entry in an inline event: what the test says, and what follows. Pure."""

from __future__ import annotations

from deploy.sandbox.refusals import Model
from deploy.sandbox.span import TIME_FIELDS, read_span, read_zone, span_fields

_DATES = ("startDateUtc", "startDateLocal")
_TIMES = ("startTimeUtc", "startTimeLocal")


def timed(entity: Model, own: Model, base: Model) -> Model:
    """The entry with all of awork's sixteen time fields as the ones that the test gives have them.

    entity: with the test's fields on top already. own: what the test gives. base: the sample.
    Where the test does not say when it began, it began as the sample; where it gives neither an
    end nor a duration, it took as long. Raises a refusal of times that are none.
    """
    if not own.keys() & {*TIME_FIELDS, "duration"}:
        return entity
    form = {name: own.get(name) for name in (*TIME_FIELDS, "duration")}
    if not own.keys() & {*_TIMES}:
        name = "startTimeLocal" if "startDateLocal" in own else "startTimeUtc"
        form[name] = base.get(name)
    if not own.keys() & {*_DATES}:
        form |= {name: base.get(name) for name in _DATES}
    if not own.keys() & {"endTimeUtc", "endTimeLocal", "duration"}:
        form["duration"] = base.get("duration")
    zone = read_zone(str(entity.get("timezone") or base["timezone"]))
    fields = span_fields(read_span(form, zone), zone)
    rest = {name: value for name, value in entity.items() if name not in TIME_FIELDS}
    return {**rest, **{name: value for name, value in fields.items() if value is not None}}
