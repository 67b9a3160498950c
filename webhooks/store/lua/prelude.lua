-- Stands before every script. ARGV[1] is the time in ms, or '' for Redis's own clock.
local P = 'hookwork:'
local QUEUE = 'hookwork'

local function clock()
  if ARGV[1] ~= '' then return tonumber(ARGV[1]) end
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end

-- Wake a worker, unless as many bells are waiting as there are workers to hear them.
-- Before the first worker ever started there is no template: its first sweep will ring.
local function ring()
  local template = redis.call('GET', P .. 'bell')
  if not template then return 0 end
  local workers = math.max(1, redis.call('ZCARD', P .. 'workers'))
  if redis.call('LLEN', QUEUE) >= workers then return 0 end
  local name = 'bell-' .. redis.call('INCR', P .. 'bells')
  redis.call('LPUSH', QUEUE, (template:gsub('@BELL@', name)))
  return 1
end

local function count(field, by)
  redis.call('HINCRBY', P .. 'counts', field, by)
end

-- True while the caller is the one who claimed the event last.
local function owns(id, fence)
  local held = redis.call('HMGET', P .. 'event:' .. id, 'fence', 'state')
  return held[1] == fence and held[2] == 'claimed'
end

-- The lane goes on with its next event, which is due at `at`; a turn not before its own time.
local function advance(lane, at)
  local id = redis.call('ZRANGE', P .. 'lane:' .. lane, 0, 0)[1]
  if id then
    local not_before = tonumber(redis.call('HGET', P .. 'event:' .. id, 'not_before') or 0)
    redis.call('ZADD', P .. 'due', math.max(at, not_before), lane)
  else
    redis.call('ZREM', P .. 'due', lane)
  end
end
