-- Keep what was read, unless something changed it meanwhile: then the reader's mark is gone, or
-- tells since when an answer has to be.
-- ARGV: now, key, mark, value ('' when nothing was read), keep_ms. Returns 1 when it is kept.
local reading, value = P .. 'reading:' .. ARGV[2], ARGV[4]
local mark, least = (redis.call('GET', reading) or ''):match('^(%x+) ?(%d*)$')
if mark ~= ARGV[3] then return 0 end
redis.call('DEL', reading)
if value == '' then return 0 end
if least ~= '' and tonumber(value:match('^%d+')) < tonumber(least) then return 0 end
redis.call('SET', P .. 'kept:' .. ARGV[2], value, 'PX', ARGV[5])
return 1
