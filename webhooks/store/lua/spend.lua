-- Take one request of a minute's budget, or say when to come back; a request comes back to the
-- budget a minute after it was taken, so no minute has more than the budget, wherever it begins.
-- ARGV: now, per_minute, per_second, keep, line, take
--   keep: how much of the minute has to be left for others. line: where those wait who get none.
--   take: 1 takes; 0 only looks, with the limits of whoever took last.
-- Returns {1, left, serial, leave} when it was taken, {0, left, wait_ms} when not, and
--   {-1, left, wait_ms, cause} when awork is not asked now. left: of the minute.
-- Counted by slices of time. The slice a minute ago still counts: a part of it is within one. So
-- requests come back up to one slice late, and a slice must be short: after a burst, a second's
-- delay each minute would cost a twentieth of the budget.
local SLICE, SECOND, MINUTE = 250, 4, 240
local key, now, keep = P .. 'budget:awork', clock(), tonumber(ARGV[4])
local slice, takes = math.floor(now / SLICE), ARGV[6] == '1'
local b, taken, used = {}, {}, 0
local stored = redis.call('HGETALL', key)
for i = 1, #stored, 2 do b[stored[i]] = tonumber(stored[i + 1]) end
for field, many in pairs(b) do
  local at = tonumber(field)
  if at and math.abs(slice - at) > MINUTE then
    if takes then redis.call('HDEL', key, field) end
  elseif at then
    taken[at] = many
    used = used + many
  end
end
local per_minute = tonumber(ARGV[2]) or b.per_minute or 0
local per_second = tonumber(ARGV[3]) or b.per_second or 0
-- Other clients use the same workspace: what awork says is left is left, until its own reset.
local theirs = (b['until'] or 0) > now and b.theirs
local held = (b.held or 0) > now and b.held
local left = math.max(0, math.min(per_minute - used, theirs or per_minute))
if held then left = 0 end
-- How much comes back until when there is more than `more` again, of what was taken in `length`.
local function free_at(limit, length, more)
  local back, free = limit, now
  for at = slice - length, slice do back = back - (taken[at] or 0) end
  for at = slice - length, slice do
    if back > more then break end
    back = back + (taken[at] or 0)
    free = (at + length + 1) * SLICE
  end
  return free
end
local quick = free_at(per_second, SECOND, 0)
if not takes then return {0, quick > now and 0 or left, 0} end
-- Asked first: who waits for awork takes nothing of the budget, and no place in line.
local c = circuit('awork', now)
if c.wait > 0 then return {-1, left, c.wait, c.cause} end

if left > keep and quick <= now then
  redis.call('HINCRBY', key, slice, 1)
  if theirs then redis.call('HINCRBY', key, 'theirs', -1) end
  if b.per_minute ~= per_minute or b.per_second ~= per_second then
    redis.call('HSET', key, 'per_minute', per_minute, 'per_second', per_second)
  end
  return {1, left - 1, redis.call('HINCRBY', key, 'serial', 1), leave('awork', now, c)}
end
if left > keep then return {0, left, quick - now + 1} end
local free = math.max(free_at(per_minute, MINUTE, keep), held or 0)
if theirs and theirs <= keep then free = math.max(free, b['until']) end
-- One place in line after the other, as fast as a minute's budget lasts, so that as many come back
-- as there is to take; none waits for longer than five minutes.
local line = 'next:' .. ARGV[5]
local at = math.min(math.max(free, b[line] or 0), now + 300000)
redis.call('HSET', key, line, at + 60000 / (per_minute - keep))
return {0, left, math.ceil(at - now) + 1}
