-- A worker's sign of life, with the bell it wants to hear and the rule sets it has.
-- KEYS: the prefixes of workspaces. ARGV: now, worker, bell, then for each workspace: hash of its
--   rules, their ids (one per line), why newer rules do not load
-- Returns for each workspace now, the ms of its last sign of life, the name this store was born
-- under, and the ms of the oldest unsettled event ('' when there is none): what tells a Redis that
-- has lost something; or, of one whose keys somebody has overwritten, what is wrong. Where that is
-- so of all of them, nothing is done.
must_be('zset', S .. 'workers')
must_be('string', S .. 'born')
local now, worker = clock(), ARGV[2]
local born, known = redis.call('GET', S .. 'born'), redis.call('ZSCORE', S .. 'workers', worker)
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
  return {now, before or '', born, oldest or ''}
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
redis.call('ZADD', S .. 'workers', now, worker)
redis.call('SET', S .. 'bell', ARGV[3])
return signs
