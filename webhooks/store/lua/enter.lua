-- Store turns that no event was handed on for: the times of a clock, and the items of one time.
-- ARGV: now, keep_s, then for each: id, item ('' for a time), lane, occurred_us, head, body, rule
-- One that is on record, whatever became of it, is left as it is; and an item of which an earlier
-- turn still waits gets no other; nor does one whose line somebody has overwritten, which stops
-- none behind it. Returns for each 'stored', 'known', 'held' or 'spoilt'.
local now, answers, rang = clock(), {}, false
must_be('zset', P .. 'due', P .. 'waiting')
for i = 3, #ARGV, 7 do
  local id, item, lane, event = ARGV[i], ARGV[i + 1], ARGV[i + 2], P .. 'event:' .. ARGV[i]
  local last = item ~= '' and P .. 'item:' .. ARGV[i + 6] .. ':' .. item
  local whole = is('zset', P .. 'lane:' .. lane) and (not last or is('string', last))
  local before = whole and last and redis.call('GET', last)
  local held = before and before ~= id and is('hash', P .. 'event:' .. before)
    and redis.call('HGET', P .. 'event:' .. before, 'state')
  if redis.call('EXISTS', event) == 1 then
    answers[#answers + 1] = 'known'
  elseif not whole then
    answers[#answers + 1] = 'spoilt'
  elseif held == 'due' or held == 'claimed' then
    answers[#answers + 1] = 'held'
  else
    redis.call('HSET', event, 'state', 'due', 'head', ARGV[i + 4], 'body', ARGV[i + 5])
    redis.call('ZADD', P .. 'lane:' .. lane, ARGV[i + 3], id)
    redis.call('ZADD', P .. 'waiting', now, id)
    redis.call('ZADD', P .. 'due', 'NX', now, lane)
    if last then redis.call('SET', last, id, 'EX', ARGV[2]) end
    count('handed_on:' .. ARGV[i + 6], 1)
    answers[#answers + 1], rang = 'stored', true
  end
end
if rang then ring() end
return answers
