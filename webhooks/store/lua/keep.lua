-- Keep what was read, unless something changed it meanwhile: then the reader's mark is gone.
-- ARGV: now, key, mark, value ('' when nothing was read), keep_ms. Returns 1 when it is kept.
local reading = P .. 'reading:' .. ARGV[2]
if redis.call('GET', reading) ~= ARGV[3] then return 0 end
redis.call('DEL', reading)
if ARGV[4] == '' then return 0 end
redis.call('SET', P .. 'kept:' .. ARGV[2], ARGV[4], 'PX', ARGV[5])
return 1
