-- Forget what was read before something happened. What was read after it knows of it.
-- ARGV: now, happened_us (by the clock of awork's answers), key, ...
for i = 3, #ARGV do
  local kept, reading = P .. 'kept:' .. ARGV[i], P .. 'reading:' .. ARGV[i]
  local at = redis.call('GET', kept)
  if at and tonumber(at:match('^%d+')) < tonumber(ARGV[2]) then redis.call('DEL', kept) end
  -- Nor may an answer be kept that is on its way and older; the mark tells its reader.
  local mark, least = (redis.call('GET', reading) or ''):match('^(%x+) ?(%d*)$')
  if mark and tonumber(least ~= '' and least or 0) < tonumber(ARGV[2]) then
    redis.call('SET', reading, mark .. ' ' .. ARGV[2], 'KEEPTTL')
  end
end
