-- One moment of several documents.
-- KEYS the hash of each document; ARGV its id and the version that is known, ''
-- when none is. Answers the value of each, nil, or '=' when it is the known one.
local out = {}
for i = 1, #KEYS do
  local value = redis.call('HGET', KEYS[i], ARGV[2 * i - 1])
  local known = ARGV[2 * i]
  if value and known ~= '' and string.sub(value, 1, 16) == known then
    value = '='
  end
  out[i] = value
end
return out
