-- Settle an event: record its run, free its lane, tell those who watch.
-- ARGV: now, id, lane, fence, retention_s, outcome, run, live, before ('' for none), handled (key),
--   field ('' when nothing is kept), version, digest, kind of a delete ('' for others), seen (key),
--   n, then n times property, value; then counter, by, counter, by ...
-- before: what the entity was like before this event, kept for when it is judged once more.
-- Returns 1, or 0 when the event is not held any more.
local id, lane, retention_s, outcome = ARGV[2], ARGV[3], tonumber(ARGV[5]), ARGV[6]
if not owns(id, ARGV[4]) then return 0 end
must_be('zset', P .. 'lane:' .. lane, P .. 'waiting', P .. 'due', P .. 'settled', P .. 'failed')
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
local n = tonumber(ARGV[16])
if n > 0 and is('hash', ARGV[15]) then
  redis.call('HSET', ARGV[15], unpack(ARGV, 17, 16 + 2 * n))
  redis.call('EXPIRE', ARGV[15], retention_s)
end
for i = 17 + 2 * n, #ARGV, 2 do count(ARGV[i], ARGV[i + 1]) end
redis.call('PUBLISH', P .. 'live', ARGV[8])
local handled, field, version, digest = ARGV[10], ARGV[11], ARGV[12], ARGV[13]
if field ~= '' and is('hash', handled) then
  -- The newest version of each form, and the digests of its last events; as text, because the
  -- numbers in it are beyond a double. An older one, replayed for example, leaves it as it is.
  local newest, digests = (redis.call('HGET', handled, field) or ''):match('^(%S+)(.*)$')
  if not newest or version > newest then newest, digests = version, '' end
  if version == newest and not digests:find(' ' .. digest, 1, true) then
    redis.call('HSET', handled, field, newest .. (' ' .. digest .. digests):sub(1, 8 * 17))
  end
  if ARGV[14] ~= '' then redis.call('HSET', handled, 'deleted', ARGV[14]) end
  redis.call('EXPIRE', handled, retention_s)
end
return 1
