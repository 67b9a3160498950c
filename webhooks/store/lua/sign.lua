-- The token that requests to a target are signed with, and who shall ask for the next one: one at a
-- time, when the one that is there ends soon.
-- ARGV: now, name, mark, mark_ms. Returns {token ('' when there is none), 1 when the caller shall ask}
local now = clock()
local token, renew, ends = unpack(redis.call('HMGET', P .. 'token:' .. ARGV[2], 'token', 'renew', 'ends'))
if token and now < tonumber(renew) then return {token, 0} end
local asks = redis.call('SET', P .. 'signing:' .. ARGV[2], ARGV[3], 'NX', 'PX', ARGV[4])
return {token and now < tonumber(ends) and token or '', asks and 1 or 0}
