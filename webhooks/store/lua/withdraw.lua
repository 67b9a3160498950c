-- A write that was begun was certainly not sent: as if never begun.
-- ARGV: now, id, fence, effect
if not owns(ARGV[2], ARGV[3]) then return 0 end
local ledger = P .. 'ledger:' .. ARGV[2]
local known = redis.call('HGET', ledger, ARGV[4])
if known and known:sub(1, 1) == 'b' then redis.call('HDEL', ledger, ARGV[4]) end
return 1
