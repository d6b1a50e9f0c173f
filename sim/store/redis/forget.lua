-- The end of a journal or, with KEYS of documents behind the first eight, of a
-- workspace. Numbers and revisions go on; of a workspace that is not used again
-- they go after a week. ARGV "drop" or "clear", the channel of the watchers.
local meta = KEYS[1]
local m = redis.call('HMGET', meta, 'rev', 'last')
local all = redis.call('SMEMBERS', KEYS[8])
for from = 1, #all, 1000 do
  redis.call('UNLINK', unpack(all, from, math.min(from + 999, #all)))
end
redis.call('UNLINK', KEYS[2], KEYS[3], KEYS[4], KEYS[6], KEYS[8])
redis.call('HSET', meta, 'rev', tonumber(m[1] or 0) + 1, 'last', m[2] or 0, 'first', tonumber(m[2] or 0) + 1, 'bytes', 0)
if ARGV[1] == 'drop' then
  redis.call('UNLINK', KEYS[5], unpack(KEYS, 9)) -- the ninth has the versions of large documents
  redis.call('HSET', meta, 'gone', 1)
  redis.call('EXPIRE', meta, 604800)
  redis.call('EXPIRE', KEYS[7], 604800)
end
redis.call('PUBLISH', ARGV[2], '')
return 0
