-- Ring when something is due and nobody is coming for it; forget workers without a sign of life.
-- KEYS: the prefixes of workspaces. ARGV: now, worker_silent_ms, retention_ms, worker, turn_ms
-- Returns bells rung, lanes due, ms the oldest is overdue, bells that wait. Whoever comes first in
-- turn_ms keeps house, the others only look: sweeping twice does no harm, and no good.
local now = clock()
local keeps_house = redis.call('SET', S .. 'housekeeper', ARGV[4], 'NX', 'PX', ARGV[5])
local waiting = is('list', QUEUE) and redis.call('LLEN', QUEUE) or 0
local due, overdue_ms, rang, spoilt = 0, 0, 0, nil

-- True while no worker has rules for a workspace, and why is on record: its events wait for them,
-- and whoever is woken could do nothing.
local function lacks_rules(prefix)
  local why = redis.pcall('HGET', prefix .. 'rules', 'problem')
  return type(why) == 'string' and why ~= '' and redis.pcall('HLEN', prefix .. 'rules:workers') == 0
end

for _, prefix in ipairs(KEYS) do
  local many = redis.pcall('ZCOUNT', prefix .. 'due', '-inf', now)
  if type(many) == 'table' then
    spoilt = many.err
  elseif many > 0 and not lacks_rules(prefix) then
    local oldest = redis.call('ZRANGE', prefix .. 'due', 0, 0, 'WITHSCORES')[2]
    due, overdue_ms = due + many, math.max(overdue_ms, now - tonumber(oldest))
  end
end
if due > 0 and keeps_house then rang = ring() end

local function tidy()
  -- Whoever kept house when a worker fell silent may not have known of this workspace.
  for _, worker in ipairs(redis.pcall('HKEYS', P .. 'rules:workers')) do
    if not redis.pcall('ZSCORE', S .. 'workers', worker) then redis.pcall('HDEL', P .. 'rules:workers', worker) end
  end
  for _, list in ipairs({'settled', 'failed', 'quarantine', 'unanswered'}) do
    redis.pcall('ZREMRANGEBYSCORE', P .. list, '-inf', now - tonumber(ARGV[3]))
  end
  -- A target that is away, and that nobody has wanted to ask anything since.
  for _, cause in ipairs(redis.pcall('HKEYS', P .. 'problems')) do
    local target = cause:match('^(notify:.+):away$')
    for _, name in ipairs({'awork', 'workiva'}) do
      if cause == name .. ':away' or cause == name .. ':token-rejected' then target = name end
    end
    if target and redis.call('EXISTS', P .. 'circuit:' .. target) == 0 then
      redis.call('HDEL', P .. 'problems', cause)
    end
  end
  -- Workers without rules say so twice a minute (workers/space.py).
  local lacking = redis.pcall('HGET', P .. 'problems', 'rules:not-loaded')
  if type(lacking) == 'string' and cjson.decode(lacking).last_ms < now - 90000 then
    redis.call('HDEL', P .. 'problems', 'rules:not-loaded')
  end
  -- Rules that went round (workers/circles.py), one of which is in no files any more: over, unless
  -- the other is there and paused. Not while workers have different sets.
  local ids, sets = redis.pcall('HGET', P .. 'rules', 'ids'), redis.pcall('HVALS', P .. 'rules:workers')
  local one_set = type(ids) == 'string' and #sets > 0
  for _, hash in ipairs(sets) do one_set = one_set and hash == sets[1] end
  for _, cause in ipairs(one_set and redis.pcall('HKEYS', P .. 'problems') or {}) do
    local rules = cause:match('^rule:(.+):loop$') or cause:match('^rules:(.+):undo%-each%-other$') or ''
    local gone, held = false, false
    for rule in rules:gmatch('[^+]+') do
      local there = ('\n' .. ids .. '\n'):find('\n' .. rule .. '\n', 1, true)
      gone = gone or not there
      held = held or (there and redis.pcall('HEXISTS', P .. 'paused', rule) ~= 0)
    end
    if gone and not held then redis.call('HDEL', P .. 'problems', cause) end
  end
end

-- Tidying comes last, and a list that somebody has overwritten keeps the others from nothing.
if keeps_house then
  redis.pcall('ZREMRANGEBYSCORE', S .. 'workers', '-inf', now - tonumber(ARGV[2]))
  for _, prefix in ipairs(KEYS) do
    P = prefix
    tidy()
  end
end
if spoilt and due == 0 then error(spoilt) end
return {rang, due, overdue_ms, waiting}
