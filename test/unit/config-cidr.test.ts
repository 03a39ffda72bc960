import assert from 'node:assert/strict';
import { BlockList } from 'node:net';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { canonicalCidr, cidrRule } from '../../app/config/cidr.ts';
import { within } from '../../app/core/cidr.ts';

/** Without those whose end is written as IPv4: that is not taken. */
const ipV6 = fc.ipV6().filter((address) => !address.includes('.'));

describe('ranges of addresses', () => {
  const good: [string, string][] = [
    ['10.0.0.0/8', '10.0.0.0/8'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['192.168.1.1/32', '192.168.1.1/32'],
    ['::/0', '::/0'],
    ['FD00::/8', 'fd00::/8'],
    ['2001:0db8:0000:0000:0000:0000:0000:0001/128', '2001:db8::1/128'],
    ['64:ff9b::/96', '64:ff9b::/96'],
    ['1:0:0:2::/64', '1:0:0:2::/64'],
  ];
  for (const [text, written] of good)
    test(`${text} is one`, () => {
      assert.equal(cidrRule(text), undefined);
      assert.equal(canonicalCidr(text), written);
    });

  const shape = 'write an address and the length of its prefix: 10.0.0.0/8, 10.1.2.3/32, fd00::/8';
  const bad: [string, string, string][] = [
    ['10.0.0.1', 'is not a range of addresses', 'did you mean 10.0.0.1/32?'],
    ['fd00::1', 'is not a range of addresses', 'did you mean fd00::1/128?'],
    ['10.0.0.0/33', 'is not a range of addresses', shape],
    ['fd00::/129', 'is not a range of addresses', shape],
    ['10.0.0/8', 'is not a range of addresses', shape],
    ['010.0.0.0/8', 'is not a range of addresses', shape],
    ['10.0.0.0/08', 'is not a range of addresses', shape],
    ['10.0.0.0/-1', 'is not a range of addresses', shape],
    ['10.0.0.0/', 'is not a range of addresses', shape],
    ['fe80::1%eth0', 'is not a range of addresses', shape],
    ['fe80::%1/64', 'is not a range of addresses', shape],
    ['example.com/8', 'is not a range of addresses', shape],
    ['', 'is not a range of addresses', shape],
    ['10.0.0.1/8', 'has bits beyond its prefix', 'did you mean 10.0.0.0/8?'],
    ['255.255.255.255/1', 'has bits beyond its prefix', 'did you mean 128.0.0.0/1?'],
    ['2001:db8::1/64', 'has bits beyond its prefix', 'did you mean 2001:db8::/64?'],
    ['::ffff:10.0.0.0/104', 'is not a range of addresses', shape],
    ['::ffff:a00:0/104', 'is IPv4 written as IPv6', 'write it as IPv4: 10.0.0.0/8'],
  ];
  for (const [text, message, mend] of bad)
    test(`"${text}" is none`, () => {
      assert.deepEqual(cidrRule(text), { message, mend });
    });

  const pairs: [string, string, boolean][] = [
    ['10.1.0.0/16', '10.0.0.0/8', true],
    ['10.0.0.0/8', '10.0.0.0/8', true],
    ['10.0.0.0/8', '10.1.0.0/16', false],
    ['11.0.0.0/16', '10.0.0.0/8', false],
    ['10.0.0.0/8', '0.0.0.0/0', true],
    ['10.0.0.0/8', '::/0', false],
    ['fd00:1::/32', 'fd00::/8', true],
    ['fc00::/8', 'fd00::/8', false],
  ];
  for (const [inner, outer, expected] of pairs)
    test(`${inner} is ${expected ? '' : 'not '}within ${outer}`, () => {
      assert.equal(within(inner, outer), expected);
    });

  test('hold what Node’s own block list says that they hold', () => {
    const v4 = fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 }), fc.ipV4(), fc.constant('ipv4' as const));
    const v6 = fc.tuple(ipV6, fc.integer({ min: 0, max: 128 }), ipV6, fc.constant('ipv6' as const));
    fc.assert(
      fc.property(fc.oneof(v4, v6), ([network, length, address, family]) => {
        const list = new BlockList();
        list.addSubnet(network, length, family);
        const single = `${address}/${family === 'ipv4' ? 32 : 128}`;
        assert.equal(
          within(single, `${network}/${length}`),
          list.check(address, family),
          `${single} in ${network}/${length}`,
        );
      }),
      { numRuns: 500 },
    );
  });

  test('are what is proposed instead, which is right as it stands', () => {
    const any = fc.oneof(
      fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 })),
      fc.tuple(ipV6, fc.integer({ min: 0, max: 128 })),
    );
    fc.assert(
      fc.property(any, ([address, length]) => {
        const proposed = /^did you mean (.*)\?$/.exec(cidrRule(`${address}/${length}`)?.mend ?? '')?.[1];
        if (proposed !== undefined) assert.equal(cidrRule(proposed), undefined, proposed);
        else assert.match(cidrRule(`${address}/${length}`)?.message ?? 'right', /^right$|^is IPv4/);
      }),
      { numRuns: 500 },
    );
  });
});
