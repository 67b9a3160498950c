-- Before a write is sent: is it ours to send, was it sent before, may its rule write at all?
-- The lease is lengthened in the same step, so what is sent next is sent well within it.
-- ARGV: now, id, lane, fence, lease_ms, effect, entry, rule, writes_per_hour, hour
-- Returns {'lost'} | {'fresh', replicas} | {'known', entry, replicas} | {'paused', why} | {'limit'};
-- replicas: how many take what is written here
local id, effect, rule = ARGV[2], ARGV[6], ARGV[8]

-- One that cannot be asked about has none, as far as we know.
local function replicas()
  local told = redis.pcall('INFO', 'replication')
  local _, online = (type(told) == 'string' and told or ''):gsub('state=online', '')
  return online
end

if not owns(id, ARGV[4]) then return {'lost'} end
must_be('hash', P .. 'ledger:' .. id, P .. 'paused')
redis.call('ZADD', P .. 'due', clock() + tonumber(ARGV[5]), ARGV[3])
local known = redis.call('HGET', P .. 'ledger:' .. id, effect)
-- A write that is on record is looked for and settled even when its rule is paused meanwhile.
if known then return {'known', known, replicas()} end
local why = redis.call('HGET', P .. 'paused', rule)
if why then return {'paused', why} end
local writes = P .. 'writes:' .. rule .. ':' .. ARGV[10]
if tonumber(redis.call('GET', writes) or 0) >= tonumber(ARGV[9]) then return {'limit'} end
redis.call('INCR', writes)
redis.call('EXPIRE', writes, 7200)
redis.call('HSET', P .. 'ledger:' .. id, effect, ARGV[7])
redis.pcall('ZADD', P .. 'unanswered', clock(), id .. ' ' .. effect)
return {'fresh', replicas()}
