-- What became of a write. A write that is done stays done, whoever says otherwise later; and it
-- is recorded even by a worker that has lost its lease, because it did happen.
-- ARGV: now, id, effect, entry, made (id the target gave, or ''), retention_s
local ledger = P .. 'ledger:' .. ARGV[2]
local known = redis.call('HGET', ledger, ARGV[3])
if known and known:sub(1, 1) == 'd' then return 0 end
redis.call('HSET', ledger, ARGV[3], ARGV[4])
if ARGV[5] ~= '' then
  redis.call('SET', P .. 'made:' .. ARGV[5], ARGV[2] .. ' ' .. ARGV[3], 'EX', ARGV[6])
end
-- An event that was settled meanwhile keeps its ledger no longer than itself.
local left = redis.call('TTL', P .. 'event:' .. ARGV[2])
if left > 0 then redis.call('EXPIRE', ledger, left) end
return 1
