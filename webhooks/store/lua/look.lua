-- What is kept of a read, if it serves: it was answered after `after_us` by awork's clock, or it was
-- begun after the event was stored here, whatever the clocks of others say. Else who shall read it.
-- ARGV: now, key, after_us, mark, mark_ms, event ('' for none)
-- Returns {'kept', value} | {'read', began} (it is the caller's to read) | {'wait'} (another reads it)
local kept = redis.call('GET', P .. 'kept:' .. ARGV[2])
if kept then
  local at, began = kept:match('^(%d+) (%d+) ')
  local stored = ARGV[6] ~= '' and redis.call('ZSCORE', P .. 'waiting', ARGV[6])
  local is_later = stored and tonumber(stored) < tonumber(began)
  if is_later or tonumber(at) >= tonumber(ARGV[3]) then return {'kept', kept} end
end
if redis.call('SET', P .. 'reading:' .. ARGV[2], ARGV[4], 'NX', 'PX', ARGV[5]) then
  return {'read', clock()}
end
return {'wait'}
