-- What came of asking for a token: keep it, and let others ask again when it is time.
-- ARGV: now, name, mark, token ('' when there is none), life_ms, early_ms (so long before its end the
--   next one is asked for). Returns 1 when it is kept.
local now, key, signing = clock(), P .. 'token:' .. ARGV[2], P .. 'signing:' .. ARGV[2]
if redis.call('GET', signing) == ARGV[3] then redis.call('DEL', signing) end
if ARGV[4] == '' then return 0 end
local ends = now + tonumber(ARGV[5])
redis.call('HSET', key, 'token', ARGV[4], 'renew', ends - tonumber(ARGV[6]), 'ends', ends)
redis.call('PEXPIRE', key, ARGV[5])
return 1
