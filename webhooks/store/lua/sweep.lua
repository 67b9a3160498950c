-- Ring when something is due and nobody is coming for it; forget workers without a sign of life.
-- ARGV: now, worker_silent_ms, retention_ms. Returns bells rung, lanes due, ms the oldest is overdue.
local now = clock()
redis.call('ZREMRANGEBYSCORE', P .. 'workers', '-inf', now - tonumber(ARGV[2]))
for _, list in ipairs({'settled', 'failed', 'quarantine'}) do
  redis.call('ZREMRANGEBYSCORE', P .. list, '-inf', now - tonumber(ARGV[3]))
end
local due = redis.call('ZCOUNT', P .. 'due', '-inf', now)
if due == 0 then return {0, 0, 0} end
local oldest = redis.call('ZRANGE', P .. 'due', 0, 0, 'WITHSCORES')[2]
return {ring(), due, now - tonumber(oldest)}
