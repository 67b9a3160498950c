-- Raise a problem, or say once more that it lasts. ARGV: now, cause, message, way out.
-- Returns 1 when it is new, 0 when it was known.
local now = clock()
local known = redis.call('HGET', P .. 'problems', ARGV[2])
local problem = known and cjson.decode(known) or {cause = ARGV[2], since_ms = now, times = 0}
problem.message, problem.way_out, problem.last_ms = ARGV[3], ARGV[4], now
problem.times = problem.times + 1
redis.call('HSET', P .. 'problems', ARGV[2], cjson.encode(problem))
return known and 0 or 1
