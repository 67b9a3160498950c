-- May one request be sent to a target? ARGV: now, target
-- Returns {1, leave} or {-1, cause, wait_ms}. For awork, spend.lua asks along with the budget.
local now = clock()
local c = circuit(ARGV[2], now)
if c.wait > 0 then return {-1, c.cause, c.wait} end
return {1, leave(ARGV[2], now, c)}
