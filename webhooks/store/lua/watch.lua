-- Take one of the requests that the comparison with awork may send within a minute.
-- ARGV: now, limit. Returns 0 when it was taken, else the ms until one may be.
-- The list has the times of the last `limit` requests: the oldest of them has to be a minute ago.
local key, now, limit = P .. 'watch:sent', clock(), tonumber(ARGV[2])
local oldest = tonumber(redis.call('LINDEX', key, limit - 1))
if oldest and now - oldest <= 60000 then return oldest + 60001 - now end
redis.call('LPUSH', key, now)
redis.call('LTRIM', key, 0, limit - 1)
redis.call('PEXPIRE', key, 60001)
return 0
