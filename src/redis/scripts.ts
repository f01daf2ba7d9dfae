import { createHash } from 'node:crypto'

/**
 * A Lua script. Redis runs each as a whole, so nothing changes between its commands. Its last argument identifies the
 * call. It returns what is said below, and that argument.
 */
export interface Script {
  readonly text: string
  readonly sha: string
}

// KEYS[1] is the lease, a string. KEYS[2] is the entry, a hash: the last number, and the number, id, head and body of the
// last reading. A number is the time of Redis in microseconds, and never falls back, so a later reading has a greater one
// even after Redis has lost its data. A number in the future is no number of ours.
const numbers = `
local function clock()
  local time = redis.call('TIME')
  return time[1] * 1000000 + time[2]
end
local function known(field)
  local number = tonumber(redis.call('HGET', KEYS[2], field) or nil)
  if number == nil or number ~= number or number > clock() + 3600000000 then return 0 end
  return number
end
local function repair()
  local type = redis.call('TYPE', KEYS[2]).ok
  if type ~= 'hash' and type ~= 'none' then redis.call('DEL', KEYS[2]) end
end
local function nextNumber(keepMs)
  repair()
  local number = string.format('%.0f', math.max(known('last') + 1, clock()))
  redis.call('HSET', KEYS[2], 'last', number)
  redis.call('PEXPIRE', KEYS[2], keepMs)
  return number
end
`

/**
 * ARGV: owner, ms, keepMs, channel, message. Returns the number of a new lease and announces it, or returns 0 and the
 * remaining time of the present one.
 */
export const acquire: Script = script(`${numbers}
local kind = redis.call('TYPE', KEYS[1]).ok
if (kind ~= 'string' and kind ~= 'none') or redis.call('PTTL', KEYS[1]) == -1 then redis.call('DEL', KEYS[1]) end
if not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return {'0', redis.call('PTTL', KEYS[1])} end
redis.call('PUBLISH', ARGV[4], ARGV[5])
return {nextNumber(ARGV[3]), ARGV[2]}
`)

/** ARGV: owner, ms, keepMs. Extends the lease and returns a number for a reading, or 0 if another instance holds it. */
export const begin: Script = script(`${numbers}
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return '0' end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return nextNumber(ARGV[3])
`)

/** ARGV: owner, ms, channel, message. Extends the lease and says so, or returns 0 if another instance holds it. */
export const renew: Script = script(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return '0' end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
redis.call('PUBLISH', ARGV[3], ARGV[4])
return '1'
`)

/** ARGV: head. Removes the reading with this head. */
export const discard: Script = script(`
if redis.call('HGET', KEYS[2], 'head') == ARGV[1] then redis.call('HDEL', KEYS[2], 'number', 'id', 'head', 'body') end
return '1'
`)

/** ARGV: owner, channel, message. */
export const release: Script = script(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return '0' end
redis.call('DEL', KEYS[1])
redis.call('PUBLISH', ARGV[2], ARGV[3])
return '1'
`)

/** ARGV: keepMs, channel, message. Publishes the message with a number that later readings exceed, and returns it. */
export const ask: Script = script(`${numbers}
local number = nextNumber(ARGV[1])
redis.call('PUBLISH', ARGV[2], number .. ' ' .. ARGV[3])
return number
`)

/**
 * ARGV: number, id, head, body, keepMs, channel, message. Stores a reading that is newer than the stored one, and
 * announces it. Without a body, the stored one must have this id. Returns `older` or `absent` otherwise.
 */
export const write: Script = script(`${numbers}
repair()
if tonumber(ARGV[1]) <= known('number') then return 'older' end
if ARGV[4] == '' and redis.call('HGET', KEYS[2], 'id') ~= ARGV[2] then return 'absent' end
redis.call('HSET', KEYS[2], 'number', ARGV[1], 'id', ARGV[2], 'head', ARGV[3])
if ARGV[4] ~= '' then redis.call('HSET', KEYS[2], 'body', ARGV[4]) end
redis.call('PEXPIRE', KEYS[2], ARGV[5])
redis.call('PUBLISH', ARGV[6], ARGV[7])
return 'written'
`)

function script(body: string): Script {
  const text = `local function run()\n${body}end\nreturn {run(), ARGV[#ARGV]}`
  return { text, sha: createHash('sha1').update(text).digest('hex') }
}
