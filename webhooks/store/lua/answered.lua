-- A target answered a request: its circuit closes. ARGV: now, target, leave, says (0: the answer
-- does not say how things are, so the next probe may go at once), keep_s
-- Returns {0, '', 0}, or {1, cause, ms for which it was open} when that closed it.
local now, key, of = clock(), P .. 'circuit:' .. ARGV[2], ARGV[3]:match('^(.-)%.')
local opened, cause, resumed, hold = unpack(redis.call('HMGET', key, 'opened', 'cause', 'resumed', 'hold'))
if opened and of ~= opened then
  -- It was sent before the circuit opened.
  return {0, '', 0}
elseif ARGV[4] == '0' then
  if opened then redis.call('HSET', key, 'probing', 0) end
  return {0, '', 0}
end
redis.call('DEL', key)
if opened then redis.call('HDEL', P .. 'problems', cause) end
if opened or resumed then redis.call('HSET', key, 'resumed', opened and now or resumed) end
-- The pause it asked for was asked for by another answer.
if tonumber(hold or 0) > now then redis.call('HSET', key, 'hold', hold) end
redis.call('EXPIRE', key, ARGV[5])
return {opened and 1 or 0, cause or '', opened and now - tonumber(opened) or 0}
