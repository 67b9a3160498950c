-- A settled event once more: judged anew by the rules of today. What it has written stays in the
-- ledger, so nothing is written twice.
-- ARGV: now, id, lane, occurred_us. Returns 1, or 0 when it is not settled.
local id, lane, event = ARGV[2], ARGV[3], P .. 'event:' .. ARGV[2]
if redis.call('HGET', event, 'state') ~= 'settled' then return 0 end
local now = clock()
redis.call('HDEL', event, 'plan', 'run', 'attempt', 'orphaned', 'outcome', 'settled_ms', 'not_before')
redis.call('HSET', event, 'state', 'due')
redis.call('HINCRBY', event, 'replays', 1)
redis.call('PERSIST', event)
redis.call('PERSIST', P .. 'ledger:' .. id)
redis.call('ZREM', P .. 'settled', id)
redis.call('ZREM', P .. 'failed', id)
redis.call('ZADD', P .. 'waiting', now, id)
redis.call('ZADD', P .. 'lane:' .. lane, ARGV[4], id)
redis.call('ZADD', P .. 'due', 'NX', now, lane)
ring()
return 1
