-- A page of the journal. KEYS meta, journal, ends, revs; ARGV what to go by: "n"
-- for numbers from one on or "rev" for what changed after a revision; that; how
-- many at most. Answers the newest revision, then number, revision, entry and
-- end of each record.
local m = redis.call('HMGET', KEYS[1], 'rev', 'last', 'first')
local newest, last, first = m[1] or '0', tonumber(m[2] or 0), tonumber(m[3] or 1)
local most = tonumber(ARGV[3])
local numbers, revs = {}, {}
if ARGV[1] == 'n' then
  local from = math.max(tonumber(ARGV[2]), first)
  for n = from, math.min(last, from + most - 1) do
    numbers[#numbers + 1] = string.format('%.0f', n)
  end
  if #numbers > 0 then
    revs = redis.call('ZMSCORE', KEYS[4], unpack(numbers))
  end
else
  local found = redis.call('ZRANGEBYSCORE', KEYS[4], '(' .. ARGV[2], '+inf', 'WITHSCORES', 'LIMIT', 0, most)
  for i = 1, #found, 2 do
    numbers[#numbers + 1], revs[#revs + 1] = found[i], found[i + 1]
  end
end
local out = { newest }
if #numbers == 0 then
  return out
end
local entries, ends = redis.call('HMGET', KEYS[2], unpack(numbers)), redis.call('HMGET', KEYS[3], unpack(numbers))
for i = 1, #numbers do
  out[#out + 1], out[#out + 2], out[#out + 3], out[#out + 4] = numbers[i], revs[i], entries[i], ends[i]
end
return out
