-- Ring when something is due and nobody is coming for it; forget workers without a sign of life.
-- ARGV: now, worker_silent_ms, retention_ms, worker, turn_ms
-- Returns bells rung, lanes due, ms the oldest is overdue. Whoever comes first in turn_ms keeps
-- house, the others only look: sweeping twice does no harm, and no good.
local now = clock()
local keeps_house = redis.call('SET', P .. 'housekeeper', ARGV[4], 'NX', 'PX', ARGV[5])
if keeps_house then
  for _, silent in ipairs(redis.call('ZRANGEBYSCORE', P .. 'workers', '-inf', now - tonumber(ARGV[2]))) do
    redis.call('ZREM', P .. 'workers', silent)
    redis.call('HDEL', P .. 'rules:workers', silent)
  end
  for _, list in ipairs({'settled', 'failed', 'quarantine'}) do
    redis.call('ZREMRANGEBYSCORE', P .. list, '-inf', now - tonumber(ARGV[3]))
  end
end
local due = redis.call('ZCOUNT', P .. 'due', '-inf', now)
if due == 0 then return {0, 0, 0} end
local oldest = redis.call('ZRANGE', P .. 'due', 0, 0, 'WITHSCORES')[2]
return {keeps_house and ring() or 0, due, now - tonumber(oldest)}
