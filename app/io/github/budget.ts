import type { Redis } from 'ioredis';
import {
  blockWrites,
  leftOf,
  longestBlockMs,
  takeWrite,
  unspentBudget,
  writeRules,
  type BudgetState,
} from '../../core/budget.ts';
import type { Clock, WriteBudget } from '../../core/ports.ts';

/** Opens a budget for one process. */
export function openMemoryBudget(clock: Pick<Clock, 'monotonicMs'>): WriteBudget {
  const states = new Map<number, BudgetState>();
  const stateOf = (installation: number) => states.get(installation) ?? unspentBudget;
  return {
    take(installation, kind) {
      const { waitMs, state } = takeWrite(stateOf(installation), writeRules, kind, clock.monotonicMs());
      states.set(installation, state);
      return Promise.resolve(waitMs);
    },
    left: (installation) => Promise.resolve(leftOf(stateOf(installation), writeRules, clock.monotonicMs())),
    block(installation, ms) {
      states.set(installation, blockWrites(stateOf(installation), ms, clock.monotonicMs()));
      return Promise.resolve();
    },
  };
}

/**
 * The arithmetic of `app/core/budget.ts`, in Redis so that taking is one step for all workers. KEYS[1]: the
 * installation's hash, a field for each rule and `blocked`. ARGV: now in ms ('' for the server's own time), 'take', the
 * longest block, and then interval and burst and name of each rule that counts; or now, 'block', the longest block, ms;
 * or now, 'read'. Returns the wait in ms, or for 'read' now and the hash.
 */
const script = `
local now = tonumber(ARGV[1])
if now == nil then
  local time = redis.call('TIME')
  now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end
local function get(field) return tonumber(redis.call('HGET', KEYS[1], field) or '0') end
local function set(field, value) redis.call('HSET', KEYS[1], field, string.format('%.3f', value)) end
local function blockedFor() return math.min(tonumber(ARGV[3]), math.max(0, get('blocked') - now)) end
local function keep(untilMs)
  local ms = math.ceil(untilMs - now) + 60000
  if redis.call('PTTL', KEYS[1]) < ms then redis.call('PEXPIRE', KEYS[1], ms) end
end

if ARGV[2] == 'read' then
  local answer = redis.call('HGETALL', KEYS[1])
  table.insert(answer, 1, string.format('%.3f', now))
  return answer
end

if ARGV[2] == 'block' then
  local blocked = now + math.max(blockedFor(), math.min(tonumber(ARGV[4]), tonumber(ARGV[3])))
  set('blocked', blocked)
  keep(blocked)
  return 0
end

local wait = blockedFor()
local free = {}
for i = 4, #ARGV, 3 do
  local interval, burst, name = tonumber(ARGV[i]), tonumber(ARGV[i + 1]), ARGV[i + 2]
  free[i] = math.min(now + burst * interval, math.max(now, get(name)))
  wait = math.max(wait, free[i] - (burst - 1) * interval - now)
end
if wait > 0 then return math.ceil(wait) end
for i = 4, #ARGV, 3 do
  local untilMs = free[i] + tonumber(ARGV[i])
  set(ARGV[i + 2], untilMs)
  keep(untilMs)
end
return 0
`;

/**
 * Opens a budget that all workers share through Redis. Its keys, `avant:budget:<installation>`, expire when they say
 * nothing more. Without a clock the time is the Redis server's, one for all workers; a clock is for tests. Rejects
 * while Redis is away.
 */
export function openRedisBudget(redis: Redis, clock?: Pick<Clock, 'now'>): WriteBudget {
  const run = (installation: number, ...args: readonly (string | number)[]) =>
    redis.eval(script, 1, `avant:budget:${installation}`, clock?.now().getTime() ?? '', ...args);
  return {
    async take(installation, kind) {
      const counting = writeRules.filter((rule) => kind === 'content' || !rule.contentOnly);
      return Number(
        await run(
          installation,
          'take',
          longestBlockMs,
          ...counting.flatMap(({ intervalMs, burst, name }) => [intervalMs, burst, name]),
        ),
      );
    },
    async left(installation) {
      const { now, state } = stateIn(await run(installation, 'read'));
      return leftOf(state, writeRules, now);
    },
    async block(installation, ms) {
      await run(installation, 'block', longestBlockMs, ms);
    },
  };
}

function stateIn(answer: unknown): { readonly now: number; readonly state: BudgetState } {
  if (!Array.isArray(answer)) throw new Error('Redis: the budget is no list');
  const [now, ...pairs] = answer.map(String);
  const free: Record<string, number> = {};
  for (let i = 0; i + 1 < pairs.length; i += 2) free[pairs[i] ?? ''] = Number(pairs[i + 1]);
  const { blocked = 0, ...rules } = free;
  return { now: Number(now), state: { free: rules, blockedUntil: blocked } };
}
