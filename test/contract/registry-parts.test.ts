import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { checkLiteral, mayReach } from '../../app/io/registry/addresses.ts';
import { readChallenge } from '../../app/io/registry/challenge.ts';
import { readReference } from '../../app/io/registry/reference.ts';

const digest = `sha256:${'0'.repeat(64)}`;

describe('readReference', () => {
  const references: Record<string, [string, string, string]> = {
    nginx: ['docker.io', 'library/nginx', 'latest'],
    'nginx:1.27': ['docker.io', 'library/nginx', '1.27'],
    'bitnami/nginx:1': ['docker.io', 'bitnami/nginx', '1'],
    'docker.io/nginx': ['docker.io', 'library/nginx', 'latest'],
    'index.docker.io/library/nginx:1': ['docker.io', 'library/nginx', '1'],
    'registry.bar.com/foo:v1': ['registry.bar.com', 'foo', 'v1'],
    'Registry.Bar.com/team/foo:V1': ['registry.bar.com', 'team/foo', 'V1'],
    'localhost/foo': ['localhost', 'foo', 'latest'],
    'registry:5000/foo:v1': ['registry:5000', 'foo', 'v1'],
    '127.0.0.1:5000/a/b/c': ['127.0.0.1:5000', 'a/b/c', 'latest'],
    '[::1]:5000/foo:v1': ['[::1]:5000', 'foo', 'v1'],
  };
  for (const [image, [host, name, wanted]] of Object.entries(references)) test(`reads ${image}`, () => {
    assert.deepEqual(readReference(image), { host, name, wanted, pinned: false });
  });

  test('reads a digest, with and without a tag', () => {
    for (const image of [`registry.bar.com/foo@${digest}`, `registry.bar.com/foo:v1@${digest}`]) {
      assert.deepEqual(readReference(image), { host: 'registry.bar.com', name: 'foo', wanted: digest, pinned: true });
    }
  });

  for (const image of ['', 'Foo', 'foo:', 'foo@', 'foo bar', 'a/../b', 'https://bar.com/foo', 'foo:v1/..', '//foo', 'foo@sha256:xyz', 'bar.com/foo?x=y', 'bar.com/foo#x'])
    test(`refuses ${JSON.stringify(image)}`, () => {
      assert.equal(readReference(image), undefined);
    });
});

describe('readChallenge', () => {
  const bearer = { scheme: 'bearer', realm: 'https://auth.bar.com/token', service: undefined, scope: undefined };
  const challenges: Record<string, [string, ReturnType<typeof readChallenge>]> = {
    'a token': ['Bearer realm="https://auth.bar.com/token",service="registry.bar.com",scope="repository:foo:pull"', { ...bearer, scheme: 'bearer', service: 'registry.bar.com', scope: 'repository:foo:pull' }],
    'a token, in other letters and with spaces': ['bearer  REALM = "https://auth.bar.com/token" , service=it', { ...bearer, scheme: 'bearer', service: 'it' }],
    'a password': ['Basic realm="Registry"', { scheme: 'basic' }],
    'a password without a realm': ['basic', { scheme: 'basic' }],
    'both, the token first': ['Basic realm="x", Bearer realm="https://auth.bar.com/token"', { ...bearer, scheme: 'bearer' }],
    'a password whose realm speaks of a token': ['Basic realm="Bearer realm=\\"https://evil/\\""', { scheme: 'basic' }],
    'a scope with commas': ['Bearer realm="https://auth.bar.com/token",scope="repository:foo:pull,push"', { ...bearer, scheme: 'bearer', scope: 'repository:foo:pull,push' }],
    'a token without a realm': ['Bearer service="it"', undefined],
    'another scheme': ['Negotiate', undefined],
    nothing: ['', undefined],
    'an unclosed text': ['Bearer realm="https://auth.bar.com', undefined],
    'what is too long': [`Bearer realm="https://${'a'.repeat(5_000)}"`, undefined],
  };
  for (const [what, [header, challenge]] of Object.entries(challenges)) test(`reads ${what}`, () => {
    assert.deepEqual(readChallenge(header), challenge);
  });

  test('never throws', () => {
    const piece = fc.oneof(fc.string({ maxLength: 5 }), fc.constantFrom('Bearer ', 'Basic ', 'realm=', '"', ',', '\\', '='));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        assert.ok([undefined, 'basic', 'bearer'].includes(readChallenge(pieces.join(''))?.scheme));
      }),
    );
  });
});

describe('which addresses may be asked', () => {
  const never = ['169.254.169.254', '169.254.0.1', 'fe80::1', 'fe80::1%eth0', 'fd00:ec2::254', '100.100.100.200', '168.63.129.16', '::ffff:169.254.169.254', '::ffff:a9fe:a9fe', '64:ff9b::a9fe:a9fe', 'localhost', '', '1.2.3'];
  for (const address of never) test(`never ${JSON.stringify(address)}`, () => {
    assert.ok(!mayReach(address, 'registry') && !mayReach(address, 'elsewhere'));
  });

  const inside = ['127.0.0.1', '127.8.8.8', '10.1.2.3', '172.16.0.1', '172.31.255.255', '192.168.1.1', '100.64.0.1', '0.0.0.0', '::1', '::', 'fd12::1', '::ffff:10.0.0.1', '64:ff9b::7f00:1', '2002:7f00:1::', '64:ff9b:1::a00:1', '255.255.255.255', '224.0.0.1', 'ff02::1'];
  for (const address of inside) test(`${address} only for the registry itself`, () => {
    assert.ok(mayReach(address, 'registry') && !mayReach(address, 'elsewhere'));
  });

  for (const address of ['1.1.1.1', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '::ffff:1.1.1.1', '64:ff9b::101:101']) test(`${address} for anybody`, () => {
    assert.ok(mayReach(address, 'registry') && mayReach(address, 'elsewhere'));
  });

  test('a URL that writes such an address in another way is seen through', () => {
    for (const host of ['0x7f.1', '2130706433', '017700000001', '127.1', '[::1]', '[::ffff:7f00:1]', '\uff11\uff12\uff17.0.0.1']) {
      assert.throws(() => {
        checkLiteral(new URL(`http://${host}/`), 'elsewhere');
      }, host);
    }
    checkLiteral(new URL('http://bar.com/'), 'elsewhere');
  });
});
