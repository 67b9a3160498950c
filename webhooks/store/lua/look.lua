-- What is kept of a read, if it was answered after `after_us`; else who shall read it.
-- ARGV: now, key, after_us, mark, mark_ms
-- Returns {'kept', value} | {'read'} (it is the caller's to read) | {'wait'} (another reads it now)
local kept = redis.call('GET', P .. 'kept:' .. ARGV[2])
if kept and tonumber(kept:match('^%d+')) >= tonumber(ARGV[3]) then return {'kept', kept} end
if redis.call('SET', P .. 'reading:' .. ARGV[2], ARGV[4], 'NX', 'PX', ARGV[5]) then
  return {'read'}
end
return {'wait'}
