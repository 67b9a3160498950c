-- A worker's sign of life, with the bell it wants to hear and the rule set it has.
-- ARGV: now, worker, bell, rules hash, ids of the rules (one per line), why newer rules do not load
local now = clock()
redis.call('ZADD', P .. 'workers', now, ARGV[2])
redis.call('SET', P .. 'bell', ARGV[3])
redis.call('HSET', P .. 'rules', 'hash', ARGV[4], 'ids', ARGV[5], 'at', now, 'problem', ARGV[6])
redis.call('HSET', P .. 'rules:workers', ARGV[2], ARGV[4])
return now
