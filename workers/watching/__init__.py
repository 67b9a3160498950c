"""Seeing what never came: awork is asked what changed, what it could not deliver, and how our
subscription is; what the inbox lacks is fed in."""
