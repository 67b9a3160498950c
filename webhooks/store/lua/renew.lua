-- Lengthen the lease of an event still held; with a plan, keep what was decided for it.
-- ARGV: now, id, lane, fence, lease_ms, plan ('' for none). Returns 1, or 0 when it is not held.
if not owns(ARGV[2], ARGV[4]) then return 0 end
redis.call('ZADD', P .. 'due', clock() + tonumber(ARGV[5]), ARGV[3])
if ARGV[6] ~= '' then redis.call('HSET', P .. 'event:' .. ARGV[2], 'plan', ARGV[6]) end
return 1
