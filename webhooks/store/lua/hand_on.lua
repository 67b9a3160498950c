-- Hand an event on to a rule's own line: as a turn of its own, or as part of one that still gathers.
-- ARGV: now, event, fence, rule, turn, lane, entity, occurred_us, head, body, settle_ms, at_most_ms,
--   join ('only': into a turn of the same entity or not at all), version of the entity in it, then
--   property, old, new, ...
-- Returns {'new' | 'joined' | 'known', turn} | {'none'} | {'lost'}. Doing it again changes nothing.
local from, rule, turn, lane = ARGV[2], ARGV[4], ARGV[5], ARGV[6]
local entity, occurred, settle_ms = ARGV[7], tonumber(ARGV[8]), tonumber(ARGV[11])
if not owns(from, ARGV[3]) then return {'lost'} end
local known = redis.call('HGET', P .. 'event:' .. from, 'turn:' .. rule)
if known then return {'known', known} end
must_be('zset', P .. 'lane:' .. lane, P .. 'waiting', P .. 'due')
local version = ARGV[14]
-- A newer object counts as later, whatever the timestamps say: else it would run before an older one
-- that waits, or be lost in it.
local later = version ~= '-' and redis.call('ZRANGEBYSCORE', P .. 'lane:' .. lane, '(' .. ARGV[8], '+inf') or {}
for _, other in ipairs(later) do
  if is('hash', P .. 'event:' .. other) then
    local waits = redis.call('HMGET', P .. 'event:' .. other, 'entity', 'version', 'occurred')
    local comparable = waits[1] == entity and waits[2] and waits[2]:sub(1, 1) == version:sub(1, 1)
    if comparable and version > waits[2] then occurred = math.max(occurred, tonumber(waits[3]) + 1) end
  end
end
local now, how = clock(), 'new'
local gathering = P .. 'gathering:' .. lane
local open = settle_ms > 0 and redis.call('GET', gathering)
local held = open and is('hash', P .. 'event:' .. open) and redis.call('HMGET', P .. 'event:' .. open, 'state', 'fence', 'entity', 'occurred', 'opened')
-- Once a worker has claimed it, it gathers no more: what comes then is a turn behind it.
if held and held[1] == 'due' and not held[2] then turn, how = open, 'joined' else held = nil end
if ARGV[13] == 'only' and not (held and held[3] == entity) then return {'none'} end

local event = P .. 'event:' .. turn
local newest = not held or occurred >= tonumber(held[4])
if newest then
  if held and held[3] ~= entity then
    -- What changed about another entity says nothing about this one.
    for _, field in ipairs(redis.call('HKEYS', event)) do
      if field:match('^[on][le][dw]:') or field:match('^[on]at:') then redis.call('HDEL', event, field) end
    end
  end
  redis.call('HSET', event, 'head', ARGV[9], 'body', ARGV[10], 'entity', entity, 'occurred', occurred, 'version', version)
  redis.call('ZADD', P .. 'lane:' .. lane, occurred, turn)
end
if newest or held[3] == entity then
  for i = 15, #ARGV, 3 do
    -- Over all events of a turn, in whatever order they come: the old value of the first event
    -- that changed the property, the new one of the last.
    local name = ARGV[i]
    local at = redis.call('HMGET', event, 'oat:' .. name, 'nat:' .. name)
    if not at[1] or occurred < tonumber(at[1]) then
      redis.call('HSET', event, 'old:' .. name, ARGV[i + 1], 'oat:' .. name, occurred)
    end
    if not at[2] or occurred >= tonumber(at[2]) then
      redis.call('HSET', event, 'new:' .. name, ARGV[i + 2], 'nat:' .. name, occurred)
    end
  end
end
local not_before = now + settle_ms
if held then
  not_before = math.min(not_before, tonumber(held[5]) + tonumber(ARGV[12]))
else
  redis.call('HSET', event, 'state', 'due', 'opened', now)
  count('handed_on:' .. rule, 1)
  if settle_ms > 0 then redis.call('SET', gathering, turn, 'PX', 2 * tonumber(ARGV[12]) + 3600000) end
end
redis.call('HSET', event, 'not_before', not_before)
-- It is not late before its own time.
redis.call('ZADD', P .. 'waiting', not_before, turn)
if redis.call('ZRANGE', P .. 'lane:' .. lane, 0, 0)[1] == turn then
  redis.call('ZADD', P .. 'due', not_before, lane)
end
redis.call('HSET', P .. 'event:' .. from, 'turn:' .. rule, turn)
if settle_ms == 0 then ring() end
return {how, turn}
