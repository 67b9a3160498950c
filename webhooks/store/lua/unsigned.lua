-- A token is not taken any more: forget it, unless there is another one already.
-- ARGV: now, name, token. Returns 1 when it was the one.
local key = P .. 'token:' .. ARGV[2]
if redis.call('HGET', key, 'token') ~= ARGV[3] then return 0 end
return redis.call('DEL', key)
