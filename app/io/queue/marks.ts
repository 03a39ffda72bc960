import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Verdict } from './attempt.ts';
import { send } from './redis.ts';

/*
 * What bull cannot hold is kept beside its keys, under the same `<prefix>:<name>:`.
 *
 *   mark<id>  hash   there is work to do for the id:
 *               gen       microseconds of the latest hint, so that a run can tell which hints it had seen
 *               changed   gen of the latest hint that said so; gone when a run that began later ends well
 *               due       when the next run is wanted, in ms; absent while a run has nothing after it yet
 *               tries     runs begun since the last good end (or since the id was unparked)
 *               failures  those that ended badly; tries beyond them died with their process
 *   marked    set    ids that have a mark, for `adopt`
 *   parked    set    ids that wait for a new hint
 *
 * Bull's job for an id is called `<id>`, brackets included: so neither `wait` nor `a:lock` can hit a key of bull's own.
 * Times are Redis' own. Bull compares a delayed job's with the worker's clock: if the two differ, so does the delay.
 *
 * Each script is one atomic step, a hint and its job in one round trip. So it writes bull's layout of a job itself
 * (addJob-6.lua of bull 4.16); bull's own `add` drops what it is told about a job that exists, and leaves a delayed one
 * where it is. A contract test compares a job written here with one written by bull.
 */
const PRELUDE = `
local base, id = KEYS[1], ARGV[1]
local job = '<' .. id .. '>'
local mark = base .. 'mark' .. job
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function number(field)
  return tonumber(redis.call('HGET', mark, field))
end

-- Notes that a run is wanted at 'due', unless an earlier one is; returns the earlier of the two.
local function want(due)
  local wanted = number('due')
  if wanted and wanted <= due then return wanted end
  redis.call('HSET', mark, 'due', due)
  return due
end

-- Gives bull a job to run at 'due', or brings forward the one that waits for later; returns 1 for a new job.
local function place(due)
  local key, delayed = base .. job, base .. 'delayed'
  -- A hash without options is no job: bull writes a field or two into one that was flushed away under its feet.
  local exists = redis.call('HEXISTS', key, 'opts') == 1
  if exists then
    local score = tonumber(redis.call('ZSCORE', delayed, job))
    if not score or (due > now and score <= due * 4096) then return 0 end
  else
    local options = '{"removeOnComplete":true,"removeOnFail":true,"attempts":1,"delay":0}'
    redis.call('HSET', key, 'name', '__default__', 'data', '{}', 'opts', options, 'timestamp', now,
      'delay', math.max(due - now, 0), 'priority', 0)
  end
  if due > now then
    redis.call('ZADD', delayed, due * 4096, job)
    redis.call('PUBLISH', delayed, due)
  else
    redis.call('ZREM', delayed, job)
    redis.call('LPUSH', base .. (redis.call('EXISTS', base .. 'meta-paused') == 1 and 'paused' or 'wait'), job)
  end
  return exists and 0 or 1
end
`;

/** ARGV: id, whether GitHub changed ('1'), delay. */
const HINT = script(`
local gen = math.max(time[1] * 1000000 + time[2], (number('gen') or 0) + 1)
redis.call('HSET', mark, 'gen', gen)
if ARGV[2] == '1' then redis.call('HSET', mark, 'changed', gen) end
redis.call('SADD', base .. 'marked', id)
if redis.call('SREM', base .. 'parked', id) == 1 then redis.call('HDEL', mark, 'tries', 'failures', 'due') end
return place(want(now + ARGV[3]))
`);

/** ARGV: id, deaths after which the id parks. Returns gen, changed, tries, failures, parked; or nil: nothing to do. */
const BEGIN = script(`
if redis.call('EXISTS', mark) == 0 or redis.call('SISMEMBER', base .. 'parked', id) == 1 then return false end
redis.call('HDEL', mark, 'due')
local tries, failures, parked = redis.call('HINCRBY', mark, 'tries', 1), number('failures') or 0, 0
if tries - 1 - failures >= tonumber(ARGV[2]) then
  redis.call('SADD', base .. 'parked', id)
  parked = 1
end
return { redis.call('HGET', mark, 'gen'), redis.call('HEXISTS', mark, 'changed'), tries, failures, parked }
`);

/** ARGV: id, gen that the run had seen, kind of verdict, delay or ''. Returns 1 when the id parked. */
const FINISH = script(`
local gen, began, kind, delay = number('gen'), tonumber(ARGV[2]), ARGV[3], tonumber(ARGV[4])
if not gen then return 0 end
local hinted = gen > began
if kind == 'done' then
  if not hinted and not delay then
    redis.call('DEL', mark)
    redis.call('SREM', base .. 'marked', id)
    return 0
  end
  if (number('changed') or 0) <= began then redis.call('HDEL', mark, 'changed') end
  redis.call('HDEL', mark, 'tries', 'failures')
elseif kind == 'later' then
  redis.call('HINCRBY', mark, 'tries', -1)
elseif kind == 'failed' then
  redis.call('HINCRBY', mark, 'failures', 1)
elseif hinted then
  redis.call('HDEL', mark, 'tries', 'failures')
else
  redis.call('SADD', base .. 'parked', id)
  return 1
end
if delay then want(now + delay) end
return 0
`);

/** ARGV: id, the least delay. Gives a marked id its job, forgets one that has no mark; returns 1 for a new job. */
const SETTLE = script(`
if redis.call('EXISTS', mark) == 0 then
  redis.call('SREM', base .. 'marked', id)
  return 0
end
if redis.call('SISMEMBER', base .. 'parked', id) == 1 then return 0 end
return place(math.max(number('due') or now, now + ARGV[2]))
`);

/** A worker that dies five times over one id is likely killed by it. */
const DEATHS = 5;

/** What a run is told by its mark. */
export type Begun = {
  readonly gen: string;
  readonly changed: boolean;
  readonly attempt: number;
  readonly failures: number;
  readonly parked: boolean;
};

/** The atomic steps on the marks and jobs under one base key, `<prefix>:<name>:`. Each is one round trip. */
export type Marks = {
  /** Keeps a hint and sees to it that a run follows. */
  hint(id: string, changed: boolean, afterMs: number): Promise<void>;
  /** Opens a run, for all hints so far. Undefined: nothing is wanted. `parked`: the id has killed too many workers. */
  begin(id: string): Promise<Begun | undefined>;
  /** Keeps the outcome of a run; returns whether the id parked. */
  finish(id: string, gen: string, verdict: Verdict): Promise<boolean>;
  /** Gives an id that has a mark but no job its job, not before `leastMs`; returns whether it did. */
  settle(id: string, leastMs: number): Promise<boolean>;
};

/** Returns the steps; errors are those of the connection, and may hold a command's arguments. */
export function openMarks(redis: Redis, base: string): Marks {
  return {
    hint: async (id, changed, afterMs) => {
      await run(redis, HINT, [base, id, changed ? '1' : '0', String(afterMs)]);
    },
    begin: async (id) => {
      const reply = await run(redis, BEGIN, [base, id, String(DEATHS)]);
      if (!Array.isArray(reply)) return undefined;
      const [gen = 0, changed, attempt = 1, failures = 0, parked] = reply.map(Number);
      return { gen: String(gen), changed: changed === 1, attempt, failures, parked: parked === 1 };
    },
    finish: async (id, gen, verdict) => {
      const delay = 'afterMs' in verdict ? String(verdict.afterMs) : '';
      return (await run(redis, FINISH, [base, id, gen, verdict.kind, delay])) === 1;
    },
    settle: async (id, leastMs) => (await run(redis, SETTLE, [base, id, String(leastMs)])) === 1,
  };
}

type Script = { readonly lua: string; readonly sha: string };

function script(body: string): Script {
  const lua = PRELUDE + body;
  return { lua, sha: createHash('sha1').update(lua).digest('hex') };
}

async function run(redis: Redis, { lua, sha }: Script, [key, ...args]: [string, ...string[]]): Promise<unknown> {
  try {
    return await send(redis, () => redis.evalsha(sha, 1, key, ...args));
  } catch (error) {
    // A Redis that was restarted or flushed of its scripts has to be told the text again.
    if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
    return await send(redis, () => redis.eval(lua, 1, key, ...args));
  }
}
