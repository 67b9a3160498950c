-- A worker's sign of life, with the bell it wants to hear and the rule sets it has.
-- KEYS: the prefixes of workspaces. ARGV: now, worker, bell, then for each workspace: hash of its
--   rules, their ids (one per line), why newer rules do not load
-- Returns for each workspace now, the ms of its last sign of life, the name this store was born
-- under, the ms of the oldest unsettled event ('' when there is none), the ms of anybody's last sign
-- before this Redis took over from another ('' when none ever did), and 1 when this sign is the first
-- to notice: what tells a Redis that has lost something; or, of one whose keys somebody has
-- overwritten, what is wrong. Where that is so of all of them, nothing is done.
must_be('zset', S .. 'workers')
must_be('string', S .. 'born')
local now, worker = clock(), ARGV[2]
local born, known = redis.call('GET', S .. 'born'), redis.call('ZSCORE', S .. 'workers', worker)

-- Redis names the history of what it takes. A replica that takes over begins another, and says
-- which it had before. So may one that was restarted; that one has just begun to run.
must_be('string', S .. 'history')
local function history()
  local told = redis.call('INFO', 'replication')
  local name, one_before = told:match('master_replid:(%x+)'), told:match('master_replid2:(%x+)')
  local last, last_ms, took_over = (redis.call('GET', S .. 'history') or ''):match('^(%x+) (%d+) (%d*)$')
  local is_news = 0
  if last and last ~= name and one_before:find('[^0]') then
    local runs_s = redis.call('INFO', 'server'):match('uptime_in_seconds:(%d+)')
    if (runs_s + 1) * 1000 > now - last_ms then took_over, is_news = last_ms, 1 end
  end
  return name .. ' ' .. now .. ' ' .. (took_over or ''), took_over or '', is_news
end
-- Where INFO is not allowed, failovers are not told.
local asked, line, took_over, is_news = pcall(history)

if not born then born = table.concat(redis.call('TIME'), '.') .. ' ' .. worker end

local function sign(hash, ids, problem)
  must_be('zset', P .. 'waiting')
  must_be('hash', P .. 'rules', P .. 'rules:workers')
  -- One that was silent for long is off the list; then any worker's sign will do.
  local before = known or redis.call('HGET', P .. 'rules', 'at')
  redis.call('HSET', P .. 'rules', 'at', now, 'problem', problem)
  -- One that could not load any says why, and leaves alone what others have.
  if hash ~= '' then
    redis.call('HSET', P .. 'rules', 'hash', hash, 'ids', ids)
    redis.call('HSET', P .. 'rules:workers', worker, hash)
  end
  local oldest = redis.call('ZRANGE', P .. 'waiting', 0, 0, 'WITHSCORES')[2]
  return {now, before or '', born, oldest or '', asked and took_over or '', asked and is_news or 0}
end

local signs, sound_ones = {}, 0
for i, prefix in ipairs(KEYS) do
  P = prefix
  local sound, told = pcall(sign, ARGV[3 * i + 1], ARGV[3 * i + 2], ARGV[3 * i + 3])
  signs[i] = sound and told or {type(told) == 'table' and told.err or told}
  if sound then sound_ones = sound_ones + 1 end
end
if sound_ones == 0 then error(signs[1][1]) end
redis.call('SET', S .. 'born', born)
if asked then redis.call('SET', S .. 'history', line) end
redis.call('ZADD', S .. 'workers', now, worker)
for _, prefix in ipairs(KEYS) do
  redis.pcall('ZADD', S .. 'workspaces', 'NX', now, prefix:match('^' .. S .. '@(.+):$') or '')
end
redis.call('SET', S .. 'bell', ARGV[3])
return signs
