-- Ring when something is due and nobody is coming for it; forget workers without a sign of life.
-- ARGV: now, worker_silent_ms, retention_ms, worker, turn_ms
-- Returns bells rung, lanes due, ms the oldest is overdue, bells that wait. Whoever comes first in
-- turn_ms keeps house, the others only look: sweeping twice does no harm, and no good.
local now = clock()
local keeps_house = redis.call('SET', P .. 'housekeeper', ARGV[4], 'NX', 'PX', ARGV[5])
local waiting = is('list', QUEUE) and redis.call('LLEN', QUEUE) or 0
local due, overdue_ms, rang = redis.call('ZCOUNT', P .. 'due', '-inf', now), 0, 0
if due > 0 then
  overdue_ms = now - tonumber(redis.call('ZRANGE', P .. 'due', 0, 0, 'WITHSCORES')[2])
  rang = keeps_house and ring() or 0
end
-- Tidying comes last, and a list that somebody has overwritten keeps the others from nothing.
if keeps_house then
  for _, silent in ipairs(redis.pcall('ZRANGEBYSCORE', P .. 'workers', '-inf', now - tonumber(ARGV[2]))) do
    redis.pcall('ZREM', P .. 'workers', silent)
    redis.pcall('HDEL', P .. 'rules:workers', silent)
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
return {rang, due, overdue_ms, waiting}
