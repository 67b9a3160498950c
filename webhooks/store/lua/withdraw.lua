-- A write that was begun was certainly not sent: as if never begun.
-- ARGV: now, id, fence, effect, rule, hour
if not owns(ARGV[2], ARGV[3]) then return 0 end
local ledger = P .. 'ledger:' .. ARGV[2]
local known = redis.call('HGET', ledger, ARGV[4])
if not known or known:sub(1, 1) ~= 'b' then return 0 end
redis.call('HDEL', ledger, ARGV[4])
redis.pcall('ZREM', P .. 'unanswered', ARGV[2] .. ' ' .. ARGV[4])
local writes = P .. 'writes:' .. ARGV[5] .. ':' .. ARGV[6]
if tonumber(redis.call('GET', writes) or 0) > 0 then redis.call('DECR', writes) end
return 1
