-- A change, all or nothing, behind readset.lua. KEYS and ARGV are as commit.go
-- lays them out. Answers 1, the number of the journal entry (0 without one) and
-- the revision before the first document was put, or -1 where that is not known
-- any more; or 0 and the read set, when a document of it is no more what was read.
local meta, journal, ends, revs, counters, lost, tokens, lists =
  KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6], KEYS[7], KEYS[8]

-- Sent again after the connection broke: it may have been done.
local token = take()
if take() == '1' then
  for _, line in ipairs(redis.call('LRANGE', tokens, 0, -1)) do
    if string.sub(line, 1, #token) == token then
      return { 1, tonumber(string.sub(line, #token + 1)), -1 }
    end
  end
end

local documents, same = readset()
if not same then
  return { 0, unpack(documents) }
end
if take() == '0' then
  return { 1, 0, -1 } -- nothing to write
end

local m = redis.call('HMGET', meta, 'rev', 'last', 'first', 'bytes', 'gone')
local rev, last, first, bytes = tonumber(m[1] or 0), tonumber(m[2] or 0), tonumber(m[3] or 1), tonumber(m[4] or 0)

local before = rev
local function evict(key, order, kind, list, over)
  local gone = redis.call('ZPOPMIN', order, over)
  for i = 1, #gone, 2 do
    redis.call('HDEL', key, gone[i])
    if list ~= '' then
      redis.call('UNLINK', list .. gone[i])
      redis.call('SREM', lists, list .. gone[i])
      redis.call('HDEL', lost, list .. gone[i])
    end
  end
  redis.call('HINCRBY', counters, 'evicted:' .. kind, over)
end

for _ = 1, number() do
  local key, id, value, most = KEYS[number()], take(), take(), number()
  rev = rev + 1
  local version = string.format('%016.0f', rev)
  local new = redis.call('HSET', key, id, version .. value)
  if #version + #value >= largeFrom then
    redis.call('HSET', large, key .. ' ' .. id, version)
  end
  if most > 0 then
    local order, kind, list = KEYS[number()], take(), take()
    if new == 1 then
      redis.call('ZADD', order, version, id)
      local over = redis.call('ZCARD', order) - most
      if over > 0 then
        evict(key, order, kind, list, over)
      end
    end
  end
end

for _ = 1, number() do
  local key, id, order = KEYS[number()], take(), number()
  redis.call('HDEL', key, id)
  if order > 0 then
    redis.call('ZREM', KEYS[order], id)
  end
end

local n, told = 0, false
if take() == '1' then
  local entry, begin = take(), number()
  if last == 0 and begin > 0 then
    last, first = begin - 1, begin
  end
  last, rev, told = last + 1, rev + 1, true
  n = last
  redis.call('HSET', journal, n, entry)
  redis.call('ZADD', revs, rev, n)
  bytes = bytes + #entry
end
local about = n
if take() == '1' then
  local data, of = take(), take()
  rev, told = rev + 1, true
  if redis.call('HEXISTS', journal, of) == 1 then
    bytes = bytes - redis.call('HSTRLEN', ends, of) + #data
    redis.call('HSET', ends, of, data)
    redis.call('ZADD', revs, rev, of)
  end
  if n == 0 then
    about = of
  end
end

local most, room, gone = number(), number(), 0
while last > first and (last - first + 1 > most or bytes > room) do
  bytes = bytes - redis.call('HSTRLEN', journal, first) - redis.call('HSTRLEN', ends, first)
  redis.call('HDEL', journal, first)
  redis.call('HDEL', ends, first)
  redis.call('ZREM', revs, first)
  first, gone = first + 1, gone + 1
end
if gone > 0 then
  redis.call('HINCRBY', counters, 'evicted:journal', gone)
end

local bound = number()
for _ = 1, number() do
  local key, of, more, value = KEYS[number()], take(), number(), take()
  if of == '0' then
    of = about
  end
  if more > 0 then
    redis.call('HINCRBY', lost, key, more)
  end
  local size = redis.call('RPUSH', key, of .. ' ' .. value)
  if size == 1 then
    redis.call('SADD', lists, key)
  end
  if size >= 2 * bound then
    redis.call('LTRIM', key, -bound, -1)
    redis.call('HINCRBY', lost, key, size - bound)
  end
end

for _ = 1, number() do
  redis.call('HINCRBY', counters, take(), take())
end

redis.call('HSET', meta, 'rev', rev, 'last', last, 'first', first, 'bytes', bytes)
if m[5] then
  redis.call('HDEL', meta, 'gone')
  redis.call('PERSIST', meta)
end
redis.call('LPUSH', tokens, token .. n)
redis.call('LTRIM', tokens, 0, tonumber(take()))
if m[5] then
  redis.call('PERSIST', tokens)
end
if told then
  redis.call('PUBLISH', take(), '')
end
return { 1, n, before }
