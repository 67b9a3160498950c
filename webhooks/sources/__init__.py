"""One file per sender, one line here."""

from __future__ import annotations

from webhooks.sources import awork

SOURCES = {awork.NAME: awork}
