-- Keep what was decided about an event, in place of what was before.
-- ARGV: now, id, fence, field, value. Returns {'lost'} | {'ok'}
if not owns(ARGV[2], ARGV[3]) then return {'lost'} end
redis.call('HSET', P .. 'event:' .. ARGV[2], ARGV[4], ARGV[5])
return {'ok'}
