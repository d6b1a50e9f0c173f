-- The read set of an update, as readset.go lays it out behind what was taken of
-- ARGV before. Answers the value of each document, false, or '=' when it is the
-- known one; then the id that the index names and the documents of that id; and
-- whether all are those that are known.
local at = 0
local function take()
  at = at + 1
  return ARGV[at]
end
local function number() return tonumber(take()) end
-- A large document is not touched to see whether it is the known one: its
-- version is kept beside it.
local largeFrom = 16384
local large
local function document(key, id, known)
  if known ~= '' and redis.call('HSTRLEN', key, id) >= largeFrom and redis.call('HGET', large, key .. ' ' .. id) == known then
    return '', '=', true
  end
  local value = redis.call('HGET', key, id)
  if (value and string.sub(value, 1, 16) or '') ~= known then
    return value, value, false
  end
  return value, value and '=', true
end

local function readset()
  large = KEYS[number()]
  local out, texts, same = {}, {}, true
  for i = 1, number() do
    local key, id, known = KEYS[number()], take(), take()
    local text, value, is = document(key, id, known)
    texts[i], out[i], same = text, value, same and is
  end
  local guess, named = take(), ''
  for _ = 1, number() do
    local text = texts[number()]
    if named == '' and text then
      named = string.sub(text, 30) -- behind version, expiry and the mark of a text
    end
  end
  out[#out + 1], same = named, same and named == guess
  for _ = 1, number() do
    local key, known = KEYS[number()], take()
    local value, is = false, known == ''
    if named ~= '' then
      _, value, is = document(key, named, known)
    end
    out[#out + 1], same = value, same and is
  end
  return out, same
end
