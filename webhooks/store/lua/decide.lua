-- Keep what was decided about an event; the first decision stands. ARGV: now, id, fence, field, value
-- Returns {'lost'} | {'ok', value}
if not owns(ARGV[2], ARGV[3]) then return {'lost'} end
local event = P .. 'event:' .. ARGV[2]
redis.call('HSETNX', event, ARGV[4], ARGV[5])
return {'ok', redis.call('HGET', event, ARGV[4])}
