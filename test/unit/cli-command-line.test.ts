import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCommandLine, usage, UsageError, type Command } from '../../app/cli/command-line.ts';

const options = { config: undefined, repository: undefined, tenant: undefined, secrets: [], kubeVersion: undefined };

test('what the words ask for', () => {
  const cases: readonly (readonly [string, Command])[] = [
    ['help', { name: 'help' }],
    ['--help', { name: 'help' }],
    ['validate -h', { name: 'help' }],
    ['explain --help', { name: 'help' }],
    ['validate', { name: 'validate', json: false, dir: '.', options }],
    ['validate --json shop', { name: 'validate', json: true, dir: 'shop', options }],
    [
      'validate --config a.yaml --repository Bar/foo.js --tenant fr',
      {
        name: 'validate',
        json: false,
        dir: '.',
        options: { ...options, config: 'a.yaml', repository: { owner: 'Bar', name: 'foo.js' }, tenant: 'fr' },
      },
    ],
    [
      'validate --secret a --secret b --kube-version v1.36',
      { name: 'validate', json: false, dir: '.', options: { ...options, secrets: ['a', 'b'], kubeVersion: '1.36' } },
    ],
    ['explain bar/foo#241 --json', { name: 'explain', json: true, what: { owner: 'bar', name: 'foo', number: 241 } }],
  ];
  for (const [words, command] of cases) assert.deepEqual(readCommandLine(words.split(' ')), command, words);
});

test('what is wrong is named', () => {
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [[], /a command is missing/],
    [['valdiate'], /there is no command valdiate/],
    [['--json', 'validate'], /there is no command --json/],
    [['\u001b[31m'], /there is no command \\u\{1b\}\[31m/],
    [['validate', 'a', 'b'], /one directory is enough; b is more/],
    [['validate', '--tenant'], /--tenant/],
    [['validate', '--tenant', 'FR'], /--tenant is "FR"/],
    [['validate', '--tenant', 'fr\n'], /--tenant is "fr\\u\{a\}"/],
    [['validate', '--repository', 'foo'], /--repository is "foo": give owner\/name/],
    [['validate', '--kube-version', 'newest'], /--kube-version is "newest"/],
    [['validate', '--secret', 'A/b'], /--secret is "A\/b"/],
    [['validate', '--config', ''], /--config is empty/],
    [['validate', '--config', 'a', '--secret', 'b'], /--secret: with --config/],
    [['validate', '--frobnicate'], /--frobnicate/],
    [['explain'], /names no pull request/],
    [['explain', 'bar/foo'], /"bar\/foo" names no pull request/],
    [['explain', 'bar/foo#0'], /names no pull request/],
    [['explain', 'bar/foo#1', 'bar/foo#2'], /names no pull request/],
    [['explain', 'bar/foo#1', '--tenant', 'fr'], /--tenant/],
  ];
  for (const [argv, message] of cases) {
    assert.throws(
      () => readCommandLine(argv),
      (error: unknown) => error instanceof UsageError && message.test(error.message),
      JSON.stringify(argv),
    );
  }
});

test('the usage names every option and exit code', () => {
  for (const word of [
    '--config',
    '--repository',
    '--tenant',
    '--secret',
    '--kube-version',
    '--json',
    '0 fine',
    '1 problems',
    '2 wrong',
    '3 could',
  ])
    assert.ok(usage.includes(word), word);
  assert.ok(usage.split('\n').every((line) => line.length <= 120));
});
