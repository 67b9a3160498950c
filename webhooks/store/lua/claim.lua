-- Take the first event of up to `limit` due lanes, longest due first.
-- ARGV: now, limit, lease_ms, slots. Returns rows: id, lane, fence, attempt, head, body, plan, run,
--   orphaned, replays, handled (what was settled of the entity, field and value in turn).
-- slots: tasks one worker runs at a time. What is due is shared out: no worker takes many while
-- another has none.
-- When more is due than was taken, the next worker is woken: so one bell wakes as many as needed.
local now, limit, lease_ms = clock(), ARGV[2], tonumber(ARGV[3])
local rows = {}
-- What could not be carried out or settled is not taken either.
must_be('zset', P .. 'due', P .. 'waiting', P .. 'workers', P .. 'settled', P .. 'failed')
must_be('hash', P .. 'paused', P .. 'budget:awork')
local slots = math.max(1, redis.call('ZCARD', P .. 'workers')) * tonumber(ARGV[4])
local share = math.ceil(redis.call('ZCOUNT', P .. 'due', '-inf', now) / slots)
limit = math.max(1, math.min(tonumber(limit), share))
for _, lane in ipairs(redis.call('ZRANGEBYSCORE', P .. 'due', '-inf', now, 'LIMIT', 0, limit)) do
  local sound = is('zset', P .. 'lane:' .. lane)
  local id = sound and redis.call('ZRANGE', P .. 'lane:' .. lane, 0, 0)[1]
  local event = id and P .. 'event:' .. id
  if not sound then
    -- Somebody else has written there: its neighbours go on, and it is looked at again later.
    redis.call('ZADD', P .. 'due', now + lease_ms, lane)
  elseif not id then
    redis.call('ZREM', P .. 'due', lane)
  elseif redis.call('TYPE', event).ok ~= 'hash' then
    -- The event itself is gone (deleted by hand, or overwritten): nothing is left to do for it.
    redis.call('ZREM', P .. 'lane:' .. lane, id)
    redis.call('ZREM', P .. 'waiting', id)
    redis.call('EXPIRE', P .. 'ledger:' .. id, 604800)
    count('vanished', 1)
    advance(lane, now)
  else
    redis.call('ZADD', P .. 'due', now + lease_ms, lane)
    -- First of its lane until it is settled: an older event that arrives late does not overtake
    -- one that is half done, and no two events of a lane are ever claimed at once.
    redis.call('ZADD', P .. 'lane:' .. lane, '-inf', id)
    local fence = redis.call('HINCRBY', event, 'fence', 1)
    redis.call('HSET', event, 'state', 'claimed')
    -- Claims in a row that nobody gave back: their workers died, perhaps of this event.
    local orphaned = redis.call('HINCRBY', event, 'orphaned', 1) - 1
    local e = redis.call('HMGET', event, 'attempt', 'head', 'body', 'plan', 'run', 'replays')
    local handled = redis.pcall('HGETALL', P .. 'handled:' .. lane)
    -- Somebody has put something else there: nothing is known then.
    if handled.err then handled = {} end
    rows[#rows + 1] = {id, lane, fence, tonumber(e[1]) or 0, e[2] or '', e[3] or '', e[4] or '', e[5] or '', orphaned, tonumber(e[6]) or 0, handled}
  end
end
if redis.call('ZCOUNT', P .. 'due', '-inf', now) > 0 then ring() end
return rows
