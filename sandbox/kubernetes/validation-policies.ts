import { BlockList, isIP, isIPv4 } from 'node:net';
import { billionths } from './quantities.ts';
import type { Cause } from './refusals.ts';
import { invalidValue, unsupported } from './validation-names.ts';
import type { LimitRange, LimitRangeItem, NetworkPolicy, ResourceQuota } from './workloads.ts';

/** What a quota may count without a domain before it. */
const counted =
  /^((requests|limits)\.(cpu|memory|ephemeral-storage|hugepages-.+)|cpu|memory|ephemeral-storage|storage|requests\.storage|pods|services(\.(nodeports|loadbalancers))?|configmaps|secrets|persistentvolumeclaims|replicationcontrollers|resourcequotas|[^/]+\/.+|.+\.storageclass\.storage\.k8s\.io\/.+)$/;

/** Returns everything that is wrong with a ResourceQuota. */
export function quotaCauses({ spec }: ResourceQuota): Cause[] {
  return Object.entries(spec.hard ?? {}).flatMap(([name, amount]) => {
    const field = `spec.hard[${name}]`;
    const rules = counted.test(name)
      ? []
      : ['must be a standard resource type or fully qualified', 'must be a standard resource for quota'];
    const negative = (billionths(amount) ?? 0n) < 0n;
    return [
      ...rules.map((rule) => invalidValue(field, name, rule)),
      ...(negative ? [invalidValue(field, amount, 'must be greater than or equal to 0')] : []),
    ];
  });
}

type Bound = keyof Omit<LimitRangeItem, 'type'>;

const words: Readonly<Record<Bound, string>> = {
  min: 'min value',
  max: 'max value',
  default: 'default value',
  defaultRequest: 'default request value',
};

/** Which amount of an item may not be over which other. */
const orders: readonly [Bound, Bound, string][] = [
  ['min', 'max', 'max value'],
  ['min', 'defaultRequest', 'default request value'],
  ['defaultRequest', 'max', 'max value'],
  ['defaultRequest', 'default', 'default limit value'],
  ['default', 'max', 'max value'],
];

function itemCauses(item: LimitRangeItem, field: string): Cause[] {
  return orders.flatMap(([low, high, word]) =>
    Object.entries(item[low] ?? {}).flatMap(([name, amount]) => {
      const bound = item[high]?.[name];
      if (bound === undefined || (billionths(amount) ?? 0n) <= (billionths(bound) ?? 0n)) return [];
      const why = `${words[low]} ${amount} is greater than ${word} ${bound}`;
      return [invalidValue(`${field}.${low}[${name}]`, low === 'default' ? bound : amount, why)];
    }),
  );
}

/** Returns everything that is wrong with a LimitRange. */
export function limitRangeCauses({ spec }: LimitRange): Cause[] {
  return spec.limits.flatMap((item, index) => itemCauses(item, `spec.limits[${index}]`));
}

function rangeOf(cidr: string): { address: string; bits: number } | undefined {
  const [address = '', length = ''] = cidr.split('/');
  const bits = Number(length);
  const most = isIPv4(address) ? 32 : 128;
  return isIP(address) !== 0 && /^\d+$/.test(length) && bits <= most ? { address, bits } : undefined;
}

const cidrRule = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)';

function blockCauses({ cidr, except = [] }: { cidr: string; except?: string[] }, field: string): Cause[] {
  const range = rangeOf(cidr);
  if (range === undefined) return [invalidValue(`${field}.cidr`, cidr, cidrRule)];
  const family = (address: string): 'ipv4' | 'ipv6' => (isIPv4(address) ? 'ipv4' : 'ipv6');
  const whole = new BlockList();
  whole.addSubnet(range.address, range.bits, family(range.address));
  return except.flatMap((part, index) => {
    const at = `${field}.except[${index}]`;
    const inner = rangeOf(part);
    if (inner === undefined) return [invalidValue(at, part, cidrRule)];
    const inside = inner.bits > range.bits && whole.check(inner.address, family(inner.address));
    return inside ? [] : [invalidValue(at, part, 'must be a strict subset of `cidr`')];
  });
}

/** Returns everything that is wrong with a NetworkPolicy, as far as its address ranges and types go. */
export function networkPolicyCauses({ spec }: NetworkPolicy): Cause[] {
  const { ingress = [], egress = [], policyTypes = [] } = spec;
  const rules = [
    ...ingress.map(({ from = [] }, index) => ({ peers: from, at: `spec.ingress[${index}].from` })),
    ...egress.map(({ to = [] }, index) => ({ peers: to, at: `spec.egress[${index}].to` })),
  ];
  const known = ['Ingress', 'Egress'];
  return [
    ...rules.flatMap(({ peers, at }) =>
      peers.flatMap(({ ipBlock }, index) =>
        ipBlock === undefined ? [] : blockCauses(ipBlock, `${at}[${index}].ipBlock`),
      ),
    ),
    ...policyTypes.flatMap((type, index) =>
      known.includes(type) ? [] : [unsupported(`spec.policyTypes[${index}]`, type, known)],
    ),
  ];
}
