-- Store a batch of deliveries: identity taken, event stored as due, bell rung, in one step.
-- ARGV: now, dedupe_s, retention_s, then for each delivery:
--   prefix (of its workspace's keys), identity, id, state ('due' or 'quarantined'), lane,
--   occurred_us, head, body, counter, reason
-- Returns for each the id it is stored under: the given one, or that of the delivery before it.
local now, dedupe_s, retention_s = clock(), ARGV[2], ARGV[3]
local ids, rang = {}, false
for i = 4, #ARGV, 10 do
  P = ARGV[i]
  local identity, id, state, lane = ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4]
  local delivery = P .. 'delivery:' .. identity
  must_be('zset', P .. 'due', P .. 'waiting', P .. 'quarantine')
  local first = redis.call('GET', delivery)
  if first then
    ids[#ids + 1] = first
    -- The same id again is our own retry, not a duplicate: the answer was lost, or the batch met a
    -- key that lies before it came to the bell.
    if first ~= id then
      count('received:' .. ARGV[i + 8] .. ':duplicate', 1)
    else
      rang = rang or state == 'due'
    end
  else
    local event = P .. 'event:' .. id
    must_be('zset', P .. 'lane:' .. lane)
    redis.call('HSET', event, 'state', state, 'head', ARGV[i + 6], 'body', ARGV[i + 7])
    if state == 'due' then
      redis.call('ZADD', P .. 'lane:' .. lane, ARGV[i + 5], id)
      redis.call('ZADD', P .. 'waiting', now, id)
      -- NX: a lane that is leased or waiting keeps its time.
      redis.call('ZADD', P .. 'due', 'NX', now, lane)
      count('received:' .. ARGV[i + 8] .. ':accepted', 1)
      rang = true
    else
      redis.call('HSET', event, 'reason', ARGV[i + 9])
      redis.call('EXPIRE', event, retention_s)
      redis.call('ZADD', P .. 'quarantine', now, id)
      count('received:' .. ARGV[i + 8] .. ':quarantined', 1)
    end
    -- Last: a script that fails half way is not undone, and a delivery whose identity is taken
    -- is believed to be stored.
    redis.call('SET', delivery, id, 'EX', dedupe_s)
    ids[#ids + 1] = id
  end
end
if rang then ring() end
return ids
