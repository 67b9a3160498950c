-- Remember an object as ours, with all that is remembered beside it, at least so long; not when
-- this decision has noted it before, or a later one since: then this is but another try of it.
-- ARGV: now, thing, id, held, expiry_s, decided_ms
local key = P .. 'holding:' .. ARGV[2]
local before = redis.call('HGET', key, ARGV[3])
if before and (cjson.decode(before).decided_ms or 0) >= tonumber(ARGV[6]) then return 0 end
redis.call('HSET', key, ARGV[3], ARGV[4])
if redis.call('TTL', key) < tonumber(ARGV[5]) then redis.call('EXPIRE', key, ARGV[5]) end
return 1
