-- A request to a target failed: count it, open its circuit when it is time, lengthen an open one.
-- ARGV: now, target, leave, at_once (1 opens without five), cause, message, way_out, keep_s,
--   asked (digest of the request; failures of the same one count once; '' counts by itself),
--   by (the host that met silence; '' when the target answered, or it is not known)
-- Returns {news (1 when the problem is new), ms until the next probe, or -1 while it is closed}.
local FIVE, FIRST, LONGEST = 5, 1000, 60000
local now, key, cause = clock(), P .. 'circuit:' .. ARGV[2], ARGV[5]
local opened, probes, trips, was, due, asked = unpack(redis.call('HMGET', key, 'opened', 'probes', 'trips', 'cause', 'next', 'asked'))
asked = asked or ''
local is_known = ARGV[9] ~= '' and asked:find(ARGV[9], 1, true)
local failures = redis.call('HINCRBY', key, 'failures', is_known and 0 or 1)
-- The fifth opens it, and so there are never more than five.
if not opened and not is_known and ARGV[9] ~= '' then redis.call('HSET', key, 'asked', asked .. ARGV[9] .. ' ') end
-- Silence that one host of several meets is more likely its own line: the others go on.
local by, from = ARGV[10], redis.call('HGET', key, 'from') or ' '
if by ~= '' and not from:find(' ' .. by .. ' ', 1, true) then
  from = from .. by .. ' '
  redis.call('HSET', key, 'from', from)
end
local function is_its_own()
  if by == '' or from ~= ' ' .. by .. ' ' then return false end
  for _, worker in ipairs(redis.pcall('ZRANGE', S .. 'workers', 0, -1)) do
    if worker:match('^(.*):') ~= by then return true end
  end
  return false
end
redis.call('EXPIRE', key, ARGV[8])
if not opened and ARGV[4] ~= '1' and (failures < FIVE or is_its_own()) then return {0, -1} end
if opened and ARGV[3] ~= opened .. '.' .. (probes or '') then
  -- It was on its way when the circuit opened, or too long: only the probe says how things are.
  return {0, math.max(0, tonumber(due) - now)}
end
if was and was ~= cause then redis.call('HDEL', P .. 'problems', was) end
trips = opened and tonumber(trips) + 1 or 0
local wait = math.min(LONGEST, FIRST * 2 ^ trips)
redis.call('HSET', key, 'opened', opened or now, 'trips', trips, 'next', now + wait, 'probing', 0, 'cause', cause)
return {trouble(cause, ARGV[6], ARGV[7], now), wait}
