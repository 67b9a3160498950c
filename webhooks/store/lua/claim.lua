-- Take the first event of up to `limit` due lanes of one workspace, longest due first.
-- KEYS: the prefixes of workspaces; the first of them that has something due is taken from.
-- ARGV: now, limit, lease_ms, slots. Returns which workspace it was, counted from 1, and rows: id,
--   lane, fence, attempt, head, body, plan, run, orphaned, replays, handled (what was settled of the
--   entity, field and value in turn).
-- slots: tasks one worker runs at a time. What is due is shared out: no worker takes many while
-- another has none, and none takes many of one workspace while others wait.
-- When more is due than was taken, the next worker is woken: so one bell wakes as many as needed.
local now, lease_ms, slots = clock(), tonumber(ARGV[3]), tonumber(ARGV[4])
must_be('zset', S .. 'workers')
slots = slots * math.max(1, redis.call('ZCARD', S .. 'workers'))
local due, crowd = {}, 0
for i, prefix in ipairs(KEYS) do
  due[i] = redis.pcall('ZCOUNT', prefix .. 'due', '-inf', now)
  if due[i] ~= 0 then crowd = crowd + 1 end
end

local function take(many)
  local rows = {}
  -- What could not be carried out or settled is not taken either.
  must_be('zset', P .. 'due', P .. 'waiting', P .. 'settled', P .. 'failed')
  must_be('hash', P .. 'paused', P .. 'budget:awork')
  local limit = math.min(tonumber(ARGV[2]), math.ceil(many / slots))
  limit = math.max(1, math.ceil(limit / crowd))
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
  return rows
end

local taken, rows, spoilt = 0, {}, nil
for i, prefix in ipairs(KEYS) do
  if due[i] ~= 0 and #rows == 0 then
    P = prefix
    -- A workspace whose keys somebody has overwritten keeps no other one waiting.
    local sound, found = pcall(take, type(due[i]) == 'number' and due[i] or 1)
    if sound then
      taken, rows = i, found
      due[i] = redis.call('ZCOUNT', P .. 'due', '-inf', now)
    else
      spoilt, due[i] = spoilt or found, 0
    end
  end
end
if spoilt and #rows == 0 then error(type(spoilt) == 'table' and spoilt.err or spoilt) end
local more = false
for i = 1, #KEYS do more = more or due[i] ~= 0 end
if more then ring() end
return {taken, rows}
