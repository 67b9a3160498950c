-- Put an event back, due again in delay_ms; with a run, keep what happened so far.
-- ARGV: now, id, lane, fence, delay_ms, attempts (1 counts a try, 0 does not), run ('' for none),
--   then counter, by, ...
-- Returns 1, or 0 when the event is not held any more.
local id, lane = ARGV[2], ARGV[3]
if not owns(id, ARGV[4]) then return 0 end
must_be('zset', P .. 'due')
local now, event = clock(), P .. 'event:' .. id
redis.call('HSET', event, 'state', 'due', 'orphaned', 0)
redis.call('HINCRBY', event, 'attempt', ARGV[6])
if ARGV[7] ~= '' then redis.call('HSET', event, 'run', ARGV[7]) end
redis.call('ZADD', P .. 'due', now + tonumber(ARGV[5]), lane)
for i = 8, #ARGV, 2 do count(ARGV[i], ARGV[i + 1]) end
return 1
