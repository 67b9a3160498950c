-- A target asked for a pause: nothing is sent to it for so long, by anybody. A shorter one does not
-- shorten a longer one. ARGV: now, target, ms, keep_s. Returns the ms until which it lasts.
local key = P .. 'circuit:' .. ARGV[2]
local hold = math.max(tonumber(redis.call('HGET', key, 'hold') or 0), clock() + tonumber(ARGV[3]))
redis.call('HSET', key, 'hold', hold)
redis.call('EXPIRE', key, ARGV[4])
return hold
