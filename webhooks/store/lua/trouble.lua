-- Raise a problem, or say once more that it lasts. ARGV: now, cause, message, way out.
-- Returns 1 when it is new, 0 when it was known.
return trouble(ARGV[2], ARGV[3], ARGV[4], clock())
