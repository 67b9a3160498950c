-- Settle an event: record its run, free its lane, tell those who watch.
-- ARGV: now, id, lane, fence, retention_s, outcome, run, live, before ('' for none), seen (key), n,
--   then n times property, value; then counter, by, counter, by ...
-- before: what the entity was like before this event, kept for when it is judged once more.
-- Returns 1, or 0 when the event is not held any more.
local id, lane, retention_s, outcome = ARGV[2], ARGV[3], tonumber(ARGV[5]), ARGV[6]
if not owns(id, ARGV[4]) then return 0 end
local now, event = clock(), P .. 'event:' .. id
redis.call('HSET', event, 'state', 'settled', 'outcome', outcome, 'run', ARGV[7], 'settled_ms', now)
redis.call('EXPIRE', event, retention_s)
redis.call('EXPIRE', P .. 'ledger:' .. id, retention_s)
redis.call('ZREM', P .. 'lane:' .. lane, id)
redis.call('ZREM', P .. 'waiting', id)
redis.call('ZADD', P .. 'settled', now, id)
if outcome == 'failed' then redis.call('ZADD', P .. 'failed', now, id) end
advance(lane, now)
count('settled:' .. outcome, 1)
if ARGV[9] ~= '' then redis.call('HSETNX', event, 'before', ARGV[9]) end
local n = tonumber(ARGV[11])
if n > 0 then
  redis.call('HSET', ARGV[10], unpack(ARGV, 12, 11 + 2 * n))
  redis.call('EXPIRE', ARGV[10], retention_s)
end
for i = 12 + 2 * n, #ARGV, 2 do count(ARGV[i], ARGV[i + 1]) end
redis.call('PUBLISH', P .. 'live', ARGV[8])
return 1
