"""What rules can look at beyond the event itself, read from awork when they do look."""
