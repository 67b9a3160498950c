-- What became of a write. ARGV: now, id, fence, effect, entry, made (id the target gave, or ''),
--   retention_s, how: 'done', 'adopt' or 'note'; but for 'note' also the object the answer shows
--   ('' for none), its versions, hop, since (ms), ids of what was touched, when they changed (ms; 0
--   when they did not); for 'done' also sets (key, or ''), rule, digest of the value.
-- done: it was answered. Recorded even by a worker that has lost its lease, because it happened.
-- adopt: an object of the target is taken to be this write's; refused when another write has it.
--   Of two writes of the same it may be the other's, whose answer is not known yet. Then the other
--   stays begun when it is: it goes on looking, since when this one did, and has its own at last.
-- note: refused for good, or looked for in vain; only by the worker that holds the event.
-- Returns {'ok'} | {'lost'} | {'taken'}, of one that is done with since when its object was looked for
--   by the one that has it | {'done', entry} when it was done before | {'undoing', rule} when it is
--   recorded, and that rule and this one set one thing to two values in turn.
local HOUR_S, DAY_S, TURNS = 3600, 86400, 6
local ledger, effect, made, how = P .. 'ledger:' .. ARGV[2], ARGV[4], ARGV[6], ARGV[8]
local maker, object = ARGV[2] .. ' ' .. effect, P .. 'made:' .. made
local by = made ~= '' and is('string', object) and redis.call('GET', object) or ''
-- The second is there when it was adopted.
local who, looked_since = by:match('^([^\n]*)\n?(.*)$')
local taken = who ~= '' and who ~= maker
if taken and how == 'done' and looked_since ~= '' then return {'taken', looked_since} end
local known = redis.call('HGET', ledger, effect)
if known and known:sub(1, 1) == 'd' then return {'done', known} end
if how ~= 'done' and not owns(ARGV[2], ARGV[3]) then return {'lost'} end
if taken and how == 'adopt' then return {'taken'} end
redis.call('HSET', ledger, effect, ARGV[5])
if ARGV[5]:sub(1, 1) ~= 'b' then redis.pcall('ZREM', P .. 'unanswered', maker) end
if made ~= '' then
  local since = how == 'adopt' and '\n' .. ARGV[12] or ''
  redis.call('SET', object, maker .. since, 'EX', ARGV[7])
end
-- An event that was settled meanwhile keeps its ledger no longer than itself.
local left = redis.call('TTL', P .. 'event:' .. ARGV[2])
if left > 0 then redis.call('EXPIRE', ledger, left) end
if how == 'note' then return {'ok'} end

-- By these versions an event of it is known as ours.
local wrote = P .. 'wrote:' .. ARGV[9]
if ARGV[9] ~= '' and ARGV[10] ~= '' and is('string', wrote) then
  local latest = ARGV[10] .. ' ' .. (redis.call('GET', wrote) or '')
  redis.call('SET', wrote, latest:sub(1, 8 * 22), 'EX', DAY_S)
end

-- What is touched in the course of an event with so many hops is one hop further on from now on.
-- An event has the hops of the writes before it: those that come while it waits are not its own.
local hop, since = tonumber(ARGV[11]), ARGV[12]
for id in ARGV[13]:gmatch('%S+') do
  -- What an event shows of it is old from here on, if it happened before.
  if ARGV[14] ~= '0' then redis.call('SET', P .. 'touched:' .. id, ARGV[14], 'EX', DAY_S) end
  local hops = P .. 'hops:' .. id
  if is('hash', hops) then
    for _, known in ipairs(redis.call('HKEYS', hops)) do
      -- A chain that begins anew has nothing to do with the one before it.
      if tonumber(known) > hop then redis.call('HDEL', hops, known) end
    end
    redis.call('HSETNX', hops, hop, since)
    redis.call('EXPIRE', hops, HOUR_S)
  end
end

local sets, rule = ARGV[15], ARGV[16]
if not rule or sets == '' or not is('list', sets) then return {'ok'} end
local now, mine = clock(), rule .. ' ' .. ARGV[17] .. ' '
-- Several writes of one run, or a rule that sets it once more, are no turn of their own.
if (redis.call('LINDEX', sets, 0) or ''):sub(1, #mine) ~= mine then
  redis.call('LPUSH', sets, mine .. now)
  redis.call('LTRIM', sets, 0, TURNS - 1)
end
redis.call('EXPIRE', sets, HOUR_S)
local turns, theirs = redis.call('LRANGE', sets, 0, -1), nil
if #turns < TURNS then return {'ok'} end
for i, turn in ipairs(turns) do
  local who, value, at = turn:match('^(%S+) (%S+) (%d+)$')
  if now - tonumber(at) > 1000 * HOUR_S then return {'ok'} end
  if i % 2 == 1 then
    if who ~= rule or value ~= ARGV[17] then return {'ok'} end
  else
    theirs = theirs or {who, value}
    if who == rule or value == ARGV[17] or who ~= theirs[1] or value ~= theirs[2] then return {'ok'} end
  end
end
-- Once they are resumed it takes as many turns again.
redis.call('DEL', sets)
return {'undoing', theirs[1]}
