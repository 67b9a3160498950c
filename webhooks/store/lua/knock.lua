-- May one request be sent, as far as all these circuits go? ARGV: now, target, target ...
-- Returns {1, leave, leave ...} or {-1, cause, wait_ms}. For awork, spend.lua asks along with the
-- budget. All are asked first: who may not send because of one takes the probe of no other.
local now, found, leaves = clock(), {}, {1}
for i = 2, #ARGV do
  found[i] = circuit(ARGV[i], now)
  if found[i].wait > 0 then return {-1, found[i].cause, found[i].wait} end
end
for i = 2, #ARGV do leaves[i] = leave(ARGV[i], now, found[i]) end
return leaves
