/**
 * Atomic operations on sessions in Redis: between a separate read and write, another request could do the same. Keys that a script
 * computes itself have the hash tag of the keys that it gets, and so are on the same node.
 *
 * Redis expires keys by its own clock, and the service decides by the clock that it passes in: a session ends when either says so. It
 * also ends when it is not in the set of its user's sessions: a full Redis may evict only the set, and ending all sessions would
 * then miss those that are not in it.
 *
 * During a canary and after a rollback, two releases serve the same session. A script ignores fields of the hash that it does not know,
 * keeps them, and does without each that a later release than the session's first has added. `shape` tells which release's fields a
 * session began with.
 */

/** Raised by a release that adds a field to new sessions. */
const shape = 1;

export const createScript = `
local sessionPrefix, id, tokenHash, authenticatedAt, now = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local expiresAt, endsAt, device, country, max = ARGV[6], ARGV[7], ARGV[8], ARGV[9], tonumber(ARGV[10])
local revokedAt = redis.call('GET', KEYS[3])
if revokedAt and tonumber(authenticatedAt) <= tonumber(revokedAt) then
  return 0
end
redis.call('HSET', KEYS[1], 'shape', ${shape}, 'current', tokenHash, 'createdAt', now, 'lastUsedAt', now, 'expiresAt', expiresAt,
  'endsAt', endsAt, 'device', device, 'country', country)
redis.call('PEXPIRE', KEYS[1], expiresAt - now)
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
local surplus = redis.call('ZCARD', KEYS[2]) + 1 - max
if surplus > 0 then
  for _, first in ipairs(redis.call('ZRANGE', KEYS[2], 0, surplus - 1)) do
    redis.call('DEL', sessionPrefix .. first)
    redis.call('ZREM', KEYS[2], first)
  end
end
redis.call('ZADD', KEYS[2], expiresAt, id)
redis.call('PEXPIRE', KEYS[2], redis.call('ZRANGE', KEYS[2], -1, -1, 'WITHSCORES')[2] - now)
return 1
`;

/** Without `generation`, a session is new, or from before tokens carried theirs: it is then 0. */
export const rotateScript = `
local session = redis.call('HMGET', KEYS[1], 'current', 'previous', 'lastUsedAt', 'expiresAt', 'endsAt', 'generation',
  'lateRepeats')
local current, previous, lastUsedAt, expiresAt, endsAt, known, lateRepeats = unpack(session)
local id, presented, generation, successor, now, arrivedAt, newExpiry, grace, country, most, period = unpack(ARGV)
if not current or tonumber(expiresAt) <= tonumber(now) or not redis.call('ZSCORE', KEYS[2], id) then
  return { 'unknown', 0 }
end
known, generation = tonumber(known or 0), tonumber(generation)
local isRecovered = generation > known
if presented == current or isRecovered then
  newExpiry, known = math.min(newExpiry, endsAt), math.max(known, generation) + 1
  redis.call('HSET', KEYS[1], 'current', successor, 'previous', presented, 'lastUsedAt', now,
    'expiresAt', string.format('%.0f', newExpiry), 'generation', known)
  if country ~= '' then
    redis.call('HSET', KEYS[1], 'country', country)
  end
  redis.call('PEXPIRE', KEYS[1], newExpiry - now)
  redis.call('ZADD', KEYS[2], newExpiry, id)
  redis.call('PEXPIRE', KEYS[2], redis.call('ZRANGE', KEYS[2], -1, -1, 'WITHSCORES')[2] - now)
  return { isRecovered and 'recovered' or 'rotated', known }
end
if presented == previous then
  if arrivedAt - lastUsedAt <= tonumber(grace) then
    return { 'repeated', known, current }
  end
  local times = {}
  for time in string.gmatch(lateRepeats or '', '%d+') do
    if now - time < tonumber(period) then
      times[#times + 1] = time
    end
  end
  if #times < tonumber(most) then
    times[#times + 1] = now
    redis.call('HSET', KEYS[1], 'lateRepeats', table.concat(times, ' '))
    return { 'repeated late', known, current }
  end
end
redis.call('DEL', KEYS[1])
redis.call('ZREM', KEYS[2], id)
return { 'reused', 0 }
`;

export const isOpenScript = `
local expiresAt = redis.call('HGET', KEYS[1], 'expiresAt')
if expiresAt and tonumber(expiresAt) > tonumber(ARGV[2]) and redis.call('ZSCORE', KEYS[2], ARGV[1]) then
  return 1
end
return 0
`;

/** The number of sessions, which tells a reply without sessions from one that is not the script's, and then the sessions. */
export const listScript = `
local found = { 0 }
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. ARGV[2], '+inf')) do
  local session = redis.call('HMGET', ARGV[1] .. id, 'createdAt', 'lastUsedAt', 'device', 'country')
  if session[1] then
    found[1] = #found
    found[#found + 1] = { id, session[1], session[2], session[3], session[4] }
  end
end
return found
`;

export const revokeAllScript = `
local sessionPrefix, now, memory, kept, expected = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
if expected ~= '' then
  local count = 0
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. now, '+inf')) do
    local lastUsedAt = redis.call('HGET', sessionPrefix .. id, 'lastUsedAt')
    if lastUsedAt then
      if not string.find(expected, ',' .. id .. ':' .. lastUsedAt .. ',', 1, true) then
        return 0
      end
      count = count + 1
    end
  end
  if count ~= tonumber(ARGV[6]) then
    return 0
  end
end
for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  if id ~= kept then
    redis.call('DEL', sessionPrefix .. id)
    redis.call('ZREM', KEYS[1], id)
  end
end
redis.call('SET', KEYS[2], now, 'PX', memory)
return 1
`;
