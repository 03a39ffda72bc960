import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { annotationRule } from '../../app/config/annotations.ts';
import { harmlessAnnotations, possibleAnnotations } from '../../app/core/traffic/branch-annotations.ts';

describe('annotations that branches may set', () => {
  for (const name of [...harmlessAnnotations, ...possibleAnnotations])
    test(`${name} is harmless`, () => {
      assert.equal(annotationRule(name), undefined);
    });

  for (const name of ['haproxy-ingress.github.io/cors-max-age', 'external-dns.alpha.kubernetes.io/ttl', 'example.com/note'])
    test(`an administrator may add ${name}`, () => {
      assert.equal(annotationRule(name), undefined);
    });

  for (const name of ['haproxy-ingress.github.io/initial-weight', 'haproxy-ingress.github.io/slots-min-free', 'ingress.kubernetes.io/affinity', 'haproxy.org/check-interval', 'haproxy.com/cors-enable'])
    test(`${name} is not proven harmless`, () => {
      assert.match(annotationRule(name)?.message ?? '', /could make HAProxy refuse the configuration of all/);
    });

  const raw = /cannot be left to branches: its value gets into the proxy’s configuration as it stands/;
  const reaches = /cannot be left to branches: its value can name what is in other namespaces/;
  const takes = /cannot be left to branches: with it one preview takes what is meant for others/;
  const prefixes = [
    'haproxy.org',
    'haproxy.com',
    'ingress.kubernetes.io',
    'haproxy-ingress.github.io',
    'proxy.bar.com',
  ];
  const typed: [string, string][] = [
    ['limit-rps', 'traffic.rateLimit'],
    ['timeout-tunnel', 'traffic.timeouts.tunnel'],
    ['timeout-server', 'traffic.timeouts.server'],
    ['proxy-body-size', 'traffic.bodySize'],
    ['backend-protocol', 'traffic.protocol'],
    ['ssl-redirect', 'ingress.tls'],
    ['allowlist-source-range', 'access'],
  ];
  for (const [name, field] of typed)
    test(`${name} is refused under every prefix: ${field} says it`, () => {
      for (const prefix of prefixes)
        assert.deepEqual(annotationRule(`${prefix}/${name}`), {
          message: `cannot be left to branches: ${field} says it`,
          mend: 'leave it out: Avant writes it',
        });
    });

  const dangerous: [string, RegExp][] = [
    ['backend-config-snippet', raw],
    ['configuration-snippet', raw],
    ['config-backend', raw],
    ['config-backend-early', raw],
    ['config-frontend', raw],
    ['route-acl', raw],
    ['request-set-header', raw],
    ['request-add-headers', raw],
    ['response-set-header', raw],
    ['headers', raw],
    ['health-check-uri', raw],
    ['health-check-addr', raw],
    ['http-response-503', raw],
    ['http-header-match', raw],
    ['tls-alpn', raw],
    ['balance-algorithm', raw],
    ['session-cookie-name', raw],
    ['rewrite-target', raw],
    ['path-rewrite', raw],
    ['auth-secret', reaches],
    ['auth-tls-secret', reaches],
    ['auth-url', reaches],
    ['oauth', reaches],
    ['server-ca', reaches],
    ['server-crt', reaches],
    ['client-ca', reaches],
    ['cr-backend', reaches],
    ['secure-crt-secret', reaches],
    ['ssl-certificate', reaches],
    ['server-alias', takes],
    ['server-alias-regex', takes],
    ['redirect-from', takes],
    ['ssl-passthrough', takes],
    ['tcp-service-port', takes],
  ];
  for (const [name, why] of dangerous)
    test(`${name} is refused under every prefix, in any case`, () => {
      for (const prefix of prefixes) {
        assert.match(annotationRule(`${prefix}/${name}`)?.message ?? '', why);
        assert.match(annotationRule(`${prefix}/${name.toUpperCase()}`)?.message ?? '', why);
      }
    });

  test('what Avant sets itself is refused', () => {
    for (const name of ['kubernetes.io/ingress.class', 'avant/owner'])
      assert.deepEqual(annotationRule(name), {
        message: 'cannot be left to branches: Avant sets it',
        mend: 'leave it out',
      });
  });

  test('only exact names are taken', () => {
    for (const name of ['*', 'haproxy.org/*', 'haproxy-ingress.github.io/timeout-?'])
      assert.equal(annotationRule(name)?.message, 'has a wildcard', name);
    for (const name of [
      'ssl-redirect',
      '/ssl-redirect',
      'haproxy.org/',
      'a/b/c',
      'Haproxy.org/x',
      'a/b c',
      '',
      `a/${'b'.repeat(64)}`,
    ])
      assert.equal(annotationRule(name)?.message, 'is not an annotation’s name', name);
  });
});
