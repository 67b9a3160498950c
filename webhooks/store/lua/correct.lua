-- What awork's answer says of the budget, where it is less than we believed.
-- ARGV: now, hold_ms (nothing may be sent for so long; 0: no such wish), serial, left, reset_ms
--   left: what was left after request `serial`, until reset_ms from now; '' when not told.
local key, now = P .. 'budget:awork', clock()
local b = redis.call('HMGET', key, 'held', 'serial', 'theirs', 'until')
local held = now + tonumber(ARGV[2])
if held > math.max(now, tonumber(b[1] or 0)) then redis.call('HSET', key, 'held', held) end
if ARGV[4] == '' then return end
-- What was taken since may be on its way, and not counted by awork yet.
local left = tonumber(ARGV[4]) - (tonumber(b[2] or 0) - tonumber(ARGV[3]))
-- An answer that was overtaken by another knows less; within one window it only gets less.
if tonumber(b[4] or 0) > now then left = math.min(left, tonumber(b[3])) end
redis.call('HSET', key, 'theirs', left, 'until', now + tonumber(ARGV[5]))
