-- Put an unsettled event back into its lane, and its lane among what is due, where somebody has
-- taken them away. ARGV: now, id, lane, occurred_us, lease_ms. Returns 1 when something was missing.
local id, lane, event = ARGV[2], ARGV[3], P .. 'event:' .. ARGV[2]
local line, due = P .. 'lane:' .. lane, P .. 'due'
must_be('zset', P .. 'waiting', line, due)
local state = is('hash', event) and redis.call('HGET', event, 'state')
if state ~= 'due' and state ~= 'claimed' then return 0 end
local missing = 0
if not redis.call('ZSCORE', line, id) then
  -- One that was begun stays the first of its lane, also while it waits for its next try.
  local begun = state == 'claimed' or redis.call('HEXISTS', event, 'attempt') == 1
  redis.call('ZADD', line, begun and '-inf' or ARGV[4], id)
  missing = 1
end
if not redis.call('ZSCORE', due, lane) then
  -- Perhaps somebody works on it: its lease is over then at the latest.
  advance(lane, state == 'claimed' and clock() + tonumber(ARGV[5]) or clock())
  missing = 1
end
return missing
