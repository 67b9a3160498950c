-- Stands before every script. ARGV[1] is the time in ms, or '' for Redis's own clock.
-- KEYS[1] is the prefix of a workspace's keys, P. S stands before those of all workspaces.
local P = KEYS[1]
local S = 'hookwork:'
local QUEUE = 'hookwork'

local function clock()
  if ARGV[1] ~= '' then return tonumber(ARGV[1]) end
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end

-- True when a key is of this type, or not there.
local function is(kind, key)
  local found = redis.call('TYPE', key).ok
  return found == kind or found == 'none'
end

-- Redis ends a script at a key of another type, and undoes nothing: who writes to several keys
-- looks at all of them first, so that it is done whole or not at all.
local function must_be(kind, ...)
  for _, key in ipairs({...}) do
    if not is(kind, key) then
      error('WRONGTYPE ' .. key .. ' is a ' .. redis.call('TYPE', key).ok .. ', must be a ' .. kind)
    end
  end
end

-- Wake a worker, unless as many bells are waiting as there are workers to hear them.
-- Before the first worker ever started there is no template: its first sweep will ring.
local function pull()
  local template = redis.call('GET', S .. 'bell')
  if not template then return 0 end
  local workers = math.max(1, redis.call('ZCARD', S .. 'workers'))
  if redis.call('LLEN', QUEUE) >= workers then return 0 end
  local name = 'bell-' .. redis.call('INCR', S .. 'bells')
  redis.call('LPUSH', QUEUE, (template:gsub('@BELL@', name)))
  return 1
end

-- The same, whatever is wrong with the bell: what it is rung for is stored, and found without it.
local function ring()
  local pulled, rang = pcall(pull)
  return pulled and rang or 0
end

-- A counter that cannot be counted stops nothing.
local function count(field, by)
  redis.pcall('HINCRBY', P .. 'counts', field, by)
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
    -- Of an event that was overwritten nothing is known; it is put away when it is claimed.
    local event = P .. 'event:' .. id
    local not_before = tonumber(is('hash', event) and redis.call('HGET', event, 'not_before') or 0)
    redis.call('ZADD', P .. 'due', math.max(at, not_before), lane)
  else
    redis.call('ZREM', P .. 'due', lane)
  end
end

-- Raise a problem, or say once more that it lasts. Returns 1 when it is new.
local function trouble(cause, message, way_out, now)
  local known = redis.call('HGET', P .. 'problems', cause)
  local problem = known and cjson.decode(known) or {cause = cause, since_ms = now, times = 0}
  problem.message, problem.way_out, problem.last_ms = message, way_out, now
  problem.times = problem.times + 1
  redis.call('HSET', P .. 'problems', cause, cjson.encode(problem))
  return known and 0 or 1
end

-- A target's circuit; workers/targets/circuits.py has the machine. wait: ms until it may be asked,
-- 0 for now. A probe is usually answered at once, so who meets one is not sent away for all of it.
-- A pause that the target asked for (hold.lua) holds the probe as well.
local function circuit(target, now)
  local c = redis.call('HMGET', P .. 'circuit:' .. target, 'failures', 'opened', 'next', 'probing', 'cause', 'hold')
  local wait, cause = 0, c[5] or ''
  if c[2] then
    local probing = math.min(tonumber(c[4] or 0) - now, 2000)
    wait = math.ceil(math.max(tonumber(c[3]) - now, probing, 0))
  end
  local held = math.ceil(tonumber(c[6] or 0) - now)
  if held > wait then wait, cause = held, target .. ':busy' end
  return {wait = wait, failures = tonumber(c[1] or 0), opened = c[2], cause = cause}
end

-- Leave to send one request: '' when nothing is to be told of a success, 'watched' when failures
-- were, else the name of the one probe. A probe that nobody tells the end of is over after 20 s.
local function leave(target, now, c)
  if not c.opened then return c.failures > 0 and 'watched' or '' end
  local key = P .. 'circuit:' .. target
  redis.call('HSET', key, 'probing', now + 20000)
  return c.opened .. '.' .. redis.call('HINCRBY', key, 'probes', 1)
end
