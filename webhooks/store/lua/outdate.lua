-- Forget what was read before something happened. What was read after it knows of it.
-- ARGV: now, happened_us (by the clock of awork's answers), mark_ms, key, ...
for i = 4, #ARGV do
  local kept, reading = P .. 'kept:' .. ARGV[i], P .. 'reading:' .. ARGV[i]
  local at = redis.call('GET', kept)
  if at and tonumber(at:match('^%d+')) < tonumber(ARGV[2]) then redis.call('DEL', kept) end
  -- Nor may a read be kept that began before it.
  local began = clock() - tonumber(ARGV[3]) + redis.call('PTTL', reading)
  if began * 1000 < tonumber(ARGV[2]) then redis.call('DEL', reading) end
end
