-- What became of a write. ARGV: now, id, fence, effect, entry, made (id the target gave, or ''),
-- retention_s, how: 'done', 'adopt' or 'note'.
-- done: it was answered. Recorded even by a worker that has lost its lease, because it happened.
-- adopt: an object of the target is taken to be this write's; refused when another write has it.
-- note: refused for good, or looked for in vain; only by the worker that holds the event.
-- Returns {'ok'} | {'lost'} | {'taken'} | {'done', entry} when it was done before.
local ledger, effect, made, how = P .. 'ledger:' .. ARGV[2], ARGV[4], ARGV[6], ARGV[8]
local known = redis.call('HGET', ledger, effect)
if known and known:sub(1, 1) == 'd' then return {'done', known} end
if how ~= 'done' and not owns(ARGV[2], ARGV[3]) then return {'lost'} end
local maker = ARGV[2] .. ' ' .. effect
if how == 'adopt' and made ~= '' then
  local other = redis.call('GET', P .. 'made:' .. made)
  if other and other ~= maker then return {'taken'} end
end
redis.call('HSET', ledger, effect, ARGV[5])
if made ~= '' then redis.call('SET', P .. 'made:' .. made, maker, 'EX', ARGV[7]) end
-- An event that was settled meanwhile keeps its ledger no longer than itself.
local left = redis.call('TTL', P .. 'event:' .. ARGV[2])
if left > 0 then redis.call('EXPIRE', ledger, left) end
return {'ok'}
