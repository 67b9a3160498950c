-- Take an event out of the failed list for good; who did it and why stays in its record.
-- ARGV: now, id, by, why. Returns 'dropped', or 'not-failed' | 'waiting' | 'unknown'.
local event = P .. 'event:' .. ARGV[2]
local state = redis.call('HGET', event, 'state')
if not state then return 'unknown' end
if state == 'due' or state == 'claimed' then return 'waiting' end
must_be('zset', P .. 'failed')
if redis.call('ZREM', P .. 'failed', ARGV[2]) == 0 then return 'not-failed' end
redis.call('HSET', event, 'dropped', cjson.encode({at_ms = clock(), by = ARGV[3], why = ARGV[4]}))
return 'dropped'
