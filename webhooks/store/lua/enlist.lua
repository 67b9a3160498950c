-- A worker's sign of life, with the bell it wants to hear and the rule set it has.
-- ARGV: now, worker, bell, rules hash, ids of the rules (one per line), why newer rules do not load
-- Returns now, the ms of its last sign of life, the name this store was born under, and the ms of
-- the oldest unsettled event ('' when there is none): what tells a Redis that has lost something.
must_be('zset', P .. 'workers', P .. 'waiting')
must_be('hash', P .. 'rules', P .. 'rules:workers')
must_be('string', P .. 'born')
local now = clock()
redis.call('SET', P .. 'born', table.concat(redis.call('TIME'), '.') .. ' ' .. ARGV[2], 'NX')
-- One that was silent for long is off the list; then any worker's sign will do.
local before = redis.call('ZSCORE', P .. 'workers', ARGV[2]) or redis.call('HGET', P .. 'rules', 'at')
redis.call('ZADD', P .. 'workers', now, ARGV[2])
redis.call('SET', P .. 'bell', ARGV[3])
redis.call('HSET', P .. 'rules', 'hash', ARGV[4], 'ids', ARGV[5], 'at', now, 'problem', ARGV[6])
redis.call('HSET', P .. 'rules:workers', ARGV[2], ARGV[4])
local oldest = redis.call('ZRANGE', P .. 'waiting', 0, 0, 'WITHSCORES')[2]
return {now, before or '', redis.call('GET', P .. 'born'), oldest or ''}
