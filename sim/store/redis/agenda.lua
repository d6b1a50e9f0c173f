-- What is to be looked at. KEYS the times and the counts; ARGV what to do.
local at, times = KEYS[1], KEYS[2]
if ARGV[1] == 'remind' then
  redis.call('ZADD', at, 'LT', ARGV[3], ARGV[2])
  return redis.call('HINCRBY', times, ARGV[2], 1)
end
if ARGV[1] == 'due' then
  local out = {}
  for _, name in ipairs(redis.call('ZRANGEBYSCORE', at, '-inf', ARGV[2], 'LIMIT', 0, ARGV[4])) do
    redis.call('ZADD', at, ARGV[3], name)
    out[#out + 1], out[#out + 2] = name, redis.call('HGET', times, name) or '0'
  end
  return out
end
-- looked: the name, how often it had been asked for, when to look next or 0
local name, next = ARGV[2], ARGV[4]
if (redis.call('HGET', times, name) or '0') ~= ARGV[3] then
  if next ~= '0' then
    redis.call('ZADD', at, 'LT', next, name)
  end
elseif next ~= '0' then
  redis.call('ZADD', at, next, name)
else
  redis.call('ZREM', at, name)
  redis.call('HDEL', times, name)
end
return 0
