-- Store the undoing of a settled run as an event of its own, and mark the run and its turns: from
-- here on they are not judged once more, so what is to be removed cannot change.
-- ARGV: now, run, undo, lane, occurred_us, head, body
-- Returns {'stored'} | {'known', state of the undo} | {'waiting', what is not settled} | {'unknown'}
local run, undo, now = ARGV[2], ARGV[3], clock()
local known = redis.call('HGET', P .. 'event:' .. undo, 'state')
if known then return {'known', known} end
if redis.call('EXISTS', P .. 'event:' .. run) == 0 then return {'unknown'} end
local parts = {run}
for _, field in ipairs(redis.call('HKEYS', P .. 'event:' .. run)) do
  if field:sub(1, 5) == 'turn:' then
    local turn = redis.call('HGET', P .. 'event:' .. run, field)
    -- One that is over so long that it is forgotten has nothing left to be removed by.
    if redis.call('EXISTS', P .. 'event:' .. turn) == 1 then parts[#parts + 1] = turn end
  end
end
for _, id in ipairs(parts) do
  if redis.call('HGET', P .. 'event:' .. id, 'state') ~= 'settled' then return {'waiting', id} end
end
must_be('zset', P .. 'lane:' .. ARGV[4], P .. 'waiting', P .. 'due')
for _, id in ipairs(parts) do redis.call('HSET', P .. 'event:' .. id, 'undone', undo) end
redis.call('HSET', P .. 'event:' .. undo, 'state', 'due', 'head', ARGV[6], 'body', ARGV[7])
redis.call('ZADD', P .. 'lane:' .. ARGV[4], ARGV[5], undo)
redis.call('ZADD', P .. 'waiting', now, undo)
redis.call('ZADD', P .. 'due', 'NX', now, ARGV[4])
ring()
return {'stored'}
