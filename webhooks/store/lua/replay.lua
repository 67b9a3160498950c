-- A settled event once more: judged anew by the rules of today. What it has written stays in the
-- ledger, so nothing is written twice.
-- ARGV: now, id, lane, occurred_us, asked_ms (when it was asked for; '' for no matter when).
-- Returns 'again', or why it is left: 'unknown', 'waiting', 'undone', or 'since' when it was judged
-- after it was asked for: then somebody else asked for the same.
local id, lane, event = ARGV[2], ARGV[3], P .. 'event:' .. ARGV[2]
local held = redis.call('HMGET', event, 'state', 'undone', 'settled_ms')
if not held[1] then return 'unknown' end
if held[1] ~= 'settled' then return 'waiting' end
if held[2] then return 'undone' end
if ARGV[5] ~= '' and tonumber(held[3] or 0) > tonumber(ARGV[5]) then return 'since' end
must_be('zset', P .. 'settled', P .. 'failed', P .. 'waiting', P .. 'due', P .. 'lane:' .. lane)
must_be('hash', P .. 'ledger:' .. id)
local now = clock()
local function fields(key)
  local flat, found = redis.call('HGETALL', key), {}
  for i = 1, #flat, 2 do found[flat[i]] = flat[i + 1] end
  return found
end
-- First what a full Redis refuses: what takes nothing it would do, and stop half way.
redis.call('HSET', event, 'state', 'due')
redis.call('HDEL', event, 'plan', 'run', 'attempt', 'orphaned', 'outcome', 'settled_ms', 'not_before', 'dropped')
redis.call('HINCRBY', event, 'replays', 1)
-- What was refused was not written: it is tried again, perhaps the reason has been mended. But one
-- that was looked for before may have been written by an earlier try: it is looked for again first.
for effect, entry in pairs(fields(P .. 'ledger:' .. id)) do
  if entry:sub(1, 1) == 'r' and entry:find('"looked_ms"', 1, true) then
    redis.call('HSET', P .. 'ledger:' .. id, effect, 'b' .. entry:sub(2))
    redis.pcall('ZADD', P .. 'unanswered', now, id .. ' ' .. effect)
  elseif entry:sub(1, 1) == 'r' then
    redis.call('HDEL', P .. 'ledger:' .. id, effect)
  end
end
redis.call('PERSIST', event)
redis.call('PERSIST', P .. 'ledger:' .. id)
redis.call('ZREM', P .. 'settled', id)
redis.call('ZREM', P .. 'failed', id)
redis.call('ZADD', P .. 'waiting', now, id)
redis.call('ZADD', P .. 'lane:' .. lane, ARGV[4], id)
redis.call('ZADD', P .. 'due', 'NX', now, lane)
ring()
return 'again'
