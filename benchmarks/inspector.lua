-- The alternative that was measured: the same judgement within Envoy. It is not deployed.
local byte, find, sub = string.byte, string.find, string.sub
local MAX_DEPTH, MAX_VALUES = 64, 50000
local FIELDS = { webhook = true, destinations = true, visualurl = true, url = true, audiourl = true, src = true }
local HOSTS = { ["video.pictory.ai"] = true }
local ESCAPES = { ['"'] = '"', ["\\"] = "\\", ["/"] = "/", b = "\b", f = "\f", n = "\n", r = "\r", t = "\t" }

local text, values

local function space(at)
  return find(text, "[^ \t\n\r]", at) or #text + 1
end

local function unescaped(raw)
  if find(raw, "\\u[dD][89a-fA-F]") then error("surrogates") end
  return (raw:gsub("\\(.)(%x?%x?%x?%x?)", function(kind, digits)
    if kind ~= "u" then return (ESCAPES[kind] or error("escape")) .. digits end
    if #digits < 4 then error("escape") end
    local code = tonumber(digits, 16)
    return code < 128 and string.char(code) or "\239\191\189"
  end))
end

local function string_at(at)
  local start = at + 1
  local here = start
  while true do
    here = find(text, '["\\%c]', here)
    local found = here and byte(text, here)
    if found == 34 then
      local raw = sub(text, start, here - 1)
      return find(raw, "\\", 1, true) and unescaped(raw) or raw, here + 1
    elseif found == 92 then
      here = here + 2
    else
      error("string")
    end
  end
end

local function check_url(url)
  local host = url:match("^https://([a-z0-9.-]+)") or error("url")
  local rest = sub(url, 9 + #host, 9 + #host)
  if not (rest == "" or find(rest, "[/?#]")) then error("url") end
  if not HOSTS[host] then error("host") end
end

local value_at

local function object_at(at, depth)
  local seen = {}
  at = space(at + 1)
  if byte(text, at) == 125 then return at + 1 end
  while true do
    if byte(text, at) ~= 34 then error("key") end
    local key
    key, at = string_at(at)
    if seen[key] then error("twice") end
    seen[key] = true
    at = space(at)
    if byte(text, at) ~= 58 then error("colon") end
    at = value_at(space(at + 1), depth + 1, FIELDS[(key:lower():gsub("[_-]", ""))])
    at = space(at)
    local next_byte = byte(text, at)
    if next_byte == 125 then return at + 1 end
    if next_byte ~= 44 then error("comma") end
    at = space(at + 1)
  end
end

local function array_at(at, depth, leads)
  at = space(at + 1)
  if byte(text, at) == 93 then return at + 1 end
  while true do
    at = space(value_at(at, depth + 1, leads))
    local next_byte = byte(text, at)
    if next_byte == 93 then return at + 1 end
    if next_byte ~= 44 then error("comma") end
    at = space(at + 1)
  end
end

function value_at(at, depth, leads)
  values = values + 1
  if depth > MAX_DEPTH or values > MAX_VALUES then error("complex") end
  local first = byte(text, at)
  if first == 34 then
    local content, after = string_at(at)
    if leads and content ~= "" then check_url(content) end
    return after
  elseif first == 123 then
    return object_at(at, depth)
  elseif first == 91 then
    return array_at(at, depth, leads)
  end
  for _, word in ipairs({ "true", "false", "null" }) do
    if sub(text, at, at + #word - 1) == word then return at + #word end
  end
  local _, last = find(text, "^-?%d+%.?%d*[eE]?[+-]?%d*", at)
  return last and last + 1 or error("value")
end

local function utf8(body)
  local at = find(body, "[\128-\255]")
  while at do
    local _, last = find(body, "^[\194-\223][\128-\191]", at)
    if not last then _, last = find(body, "^[\224-\239][\128-\191][\128-\191]", at) end
    if not last then _, last = find(body, "^[\240-\244][\128-\191][\128-\191][\128-\191]", at) end
    if not last then error("utf-8") end
    at = find(body, "[\128-\255]", last + 1)
  end
end

local function judge(body)
  utf8(body)
  text, values = body, 0
  local start = space(1)
  if byte(text, start) ~= 123 then error("object") end
  if space(object_at(start, 1)) <= #text then error("trailing") end
end

function envoy_on_request(handle)
  local body = handle:body()
  if body == nil then return end
  local ok = pcall(judge, body:getBytes(0, body:length()))
  if not ok then handle:respond({ [":status"] = "403" }, "refused") end
end
