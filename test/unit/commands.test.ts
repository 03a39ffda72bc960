import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { readCommand } from '../../app/core/commands.ts';
import { parseGfm, type MarkdownNode } from '../support/gfm.ts';

const sha = '0123456789abcdef0123456789abcdef01234567';
const kindOf = (body: string): string | undefined => readCommand(body)?.kind;

describe('the grammar', () => {
  const known: [string, ReturnType<typeof readCommand>][] = [
    ['/preview', { kind: 'deploy' }],
    ['/preview ', { kind: 'deploy' }],
    ['   /preview\t', { kind: 'deploy' }],
    ['/preview stop', { kind: 'stop' }],
    ['/preview \t stop  ', { kind: 'stop' }],
    ['/preview help', { kind: 'help' }],
    ['/preview restart', { kind: 'restart', tenant: undefined }],
    ['/preview restart fr', { kind: 'restart', tenant: 'fr' }],
    [`/preview approve ${sha}`, { kind: 'approve', sha }],
    [`/preview approve ${sha.toUpperCase()}`, { kind: 'approve', sha }],
    [`/preview approve ${'a'.repeat(64)}`, { kind: 'approve', sha: 'a'.repeat(64) }],
  ];
  for (const [body, command] of known) test(`knows ${JSON.stringify(body)}`, () => {
    assert.deepEqual(readCommand(body), command);
  });

  const none = {
    nothing: '',
    'the word alone': 'preview',
    'another word': '/previewfoo',
    'another command': '/preview2 stop',
    'a path': '/preview/fr',
    'a full stop': '/preview.',
    'a flag without a space': '/preview--ref=main',
    'another case': '/Preview',
    'capitals': '/PREVIEW stop',
    'in the middle of a line': 'please /preview',
    'a zero-width space before': '\u200b/preview',
    'a byte order mark before': '\ufeff/preview',
    'a no-break space before': '\u00a0/preview',
    'a full-width slash': '\uff0fpreview',
    'a Cyrillic letter': '/previ\u0435w stop',
    'a zero-width space inside': '/pre\u200bview',
    'a next line that is none to Markdown': 'x\u2028/preview',
    'an escaped slash': '\\/preview',
  };
  for (const [what, body] of Object.entries(none)) test(`takes for no command: ${what}`, () => {
    assert.equal(readCommand(body), undefined);
  });

  const unknown = {
    'trailing text': ['/preview please', /commands are/],
    'a commit of any pull request (B135)': [`/preview ${sha}`, /commands are/],
    'a flag (B135)': ['/preview --ref=main', /commands are/],
    'a shell’s substitution (B135)': ['/preview deploy $(x)', /`\/preview deploy \$\(x\)` is no command/],
    'text after stop': ['/preview stop it', /nothing may follow `\/preview stop`/],
    'text after help': ['/preview help me', /nothing may follow/],
    'another case of a word': ['/preview STOP', /commands are/],
    'two tenants': ['/preview restart fr be', /commands are/],
    'a tenant in capitals': ['/preview restart FR', /`FR` is no tenant's name.*lower-case/],
    'a tenant that is a path': ['/preview restart ../fr', /no tenant's name/],
    'a short commit': ['/preview approve 0123456', /whole commit/],
    'a commit of 41': [`/preview approve ${sha}0`, /whole commit/],
    'no commit': ['/preview approve', /whole commit/],
    'a commit and more': [`/preview approve ${sha} please`, /whole commit/],
    'a ref for a commit': ['/preview approve HEAD', /whole commit/],
    'a no-break space (B134)': ['/preview\u00a0stop', /no plain space/],
    'a no-break space later': ['/preview stop\u00a0', /commands are/],
    'a zero-width space after': ['/preview\u200b', /no plain space/],
    'an ideographic space': ['/preview\u3000stop', /no plain space/],
    'a NUL': ['/preview\u0000stop', /no plain space/],
    'backticks, which are made harmless': ['/preview `x`', /`\/preview 'x'` is no command/],
  } satisfies Record<string, [string, RegExp]>;
  for (const [what, [body, why]] of Object.entries(unknown)) test(`refuses, and says why: ${what}`, () => {
    const command = readCommand(body);
    assert.equal(command?.kind, 'unknown');
    assert.match(command.why, why);
  });

  test('keeps little of a long line', () => {
    const command = readCommand(`/preview ${'😀'.repeat(5000)}`);
    assert.equal(command?.kind, 'unknown');
    assert.ok(command.text.length <= 80 && command.text.isWellFormed() && command.why.length < 300);
  });
});

describe('where in a comment (B29, B134)', () => {
  const commands = {
    'after other lines': 'Looks good.\nThanks!\n/preview stop',
    'with the line ends of a browser': 'Looks good.\r\n\r\n/preview stop\r\nThanks',
    'with old line ends': 'Looks good.\r/preview stop',
    'after a quote and an empty line': '> /preview\n\n/preview stop',
    'after a list and an empty line': '- a\n- b\n\n/preview stop',
    'after fenced code': '```\n/preview\n```\n/preview stop',
    'after fenced code in a list': '- ```\n  /preview\n  ```\n/preview stop',
    'after unclosed fenced code in a quote': '> ```\n> /preview\n/preview stop',
    'after indented code': '    /preview\n\n/preview stop',
    'after a heading': '# Hello\n/preview stop',
    'after an underlined heading': 'Hello\n-----\n/preview stop',
    'after a line across': '***\n/preview stop',
    'before a line that makes a heading of it': '/preview stop\n---',
    'after an HTML comment': '<!-- use <details> for logs\n/preview\n-->\n/preview stop',
    'after folded text': '<details>\n\n/preview\n\n</details>\n\n/preview stop',
    'after a code span': 'with `a\nb` and\n/preview stop',
    'after backticks that are no code': 'a ` b\n/preview stop',
    'after an unclosed tag': 'if a <b and\n/preview stop',
    'after a link': 'see [docs](https://bar.com).\n/preview stop',
    'after an unclosed comment in a line': 'a <!-- b\n/preview stop',
    'after another word': '/preview2\n/previews\n/preview stop',
    'with a picture': '![](https://bar.com/a.png)\n/preview stop',
    'before other commands': '/preview stop\n/preview help\n/preview',
    'a hundred times (B134)': '/preview stop\n'.repeat(100),
    'in emphasis': '**a\n/preview stop\n**',
    'after a table': '| a |\n|---|\n| b |\n\n/preview stop',
  };
  for (const [what, body] of Object.entries(commands)) test(`finds one ${what}`, () => {
    assert.equal(kindOf(body), 'stop');
  });

  const nowhere = {
    'a quote': '> /preview',
    'a quote without a space': '>/preview',
    'a quote that goes on without its mark': '> somebody wrote\n/preview',
    'a quote in a quote that goes on': '> > a\n> b\n/preview',
    'a list': '- /preview',
    'a list’s second line': '- a\n  /preview',
    'a list’s second paragraph': '1. a\n\n   /preview',
    'a list that goes on without its indent': '- a\n/preview',
    'fenced code': '```\n/preview\n```',
    'fenced code of tildes': '~~~sh\n/preview\n~~~',
    'fenced code with a shorter fence inside': '````\n```\n/preview\n````',
    'fenced code with another fence inside': '```\n~~~\n/preview\n```',
    'fenced code that never ends': 'a\n```\n\n\n/preview',
    'fenced code after text': 'a\n```\n/preview\n```\n',
    'fenced code in a list': '- ```\n  /preview\n  ```',
    'indented code': '    /preview',
    'code indented by a tab': '\t/preview',
    'code indented by spaces and a tab': '  \t/preview',
    'a line indented by four in a paragraph': 'a\n    /preview',
    'a code span': '`/preview`',
    'a code span over lines': 'a `b\n/preview\nc` d',
    'a code span of two backticks': 'a ``b ` c\n/preview\nd``',
    'an HTML comment': '<!-- /preview -->',
    'an HTML comment over lines': '<!--\n/preview\n-->',
    'an HTML comment over paragraphs': '<!--\n\n/preview\n\n-->',
    'an HTML comment in a line': 'a <!-- b\n/preview\n--> c',
    'an unclosed HTML comment': '<!--\n\n/preview',
    'preformatted HTML': '<pre>\n\n/preview\n\n</pre>',
    'raw HTML': '<div>\n/preview\n</div>',
    'a tag’s attribute': 'a <b title="\n/preview\n"> c',
    'an HTML quotation': '<blockquote>\n\n/preview\n\n</blockquote>',
    'HTML code': '<code>\n\n/preview\n\n</code>',
    'HTML code in a line': 'a <code>b\n/preview\n</code> c',
    'folded text': '<details><summary>Log</summary>\n\n/preview\n\n</details>',
    'a link’s address': '[a](\n/preview\n)',
    'a link’s definition': '[a]:\n/preview',
    'a definition’s title': "[a]: b '\n/preview\n'",
    'a table': '| a |\n|---|\n/preview',
    'a table’s head': 'a\n/preview | b\n--- | ---',
    'a heading': '# /preview',
    'a footnote': '[^1]: a\n/preview',
    'containers deeper than anybody writes': `${'> '.repeat(40)}a\n\n/preview`,
  };
  for (const [what, body] of Object.entries(nowhere)) test(`finds none in ${what}`, () => {
    assert.equal(readCommand(body), undefined);
  });
});

describe('any text', () => {
  const number = /^\/preview restart t(\d+)$/;

  /** Returns the numbers of the command lines that a renderer of GitHub's Markdown shows as plain text outside of quotes and lists. */
  function shown(body: string): readonly number[] {
    const within = (node: MarkdownNode): readonly string[] =>
      node.type === 'text' ? (node.value ?? '').split('\n') : ['inlineCode', 'html'].includes(node.type) ? [] : (node.children ?? []).flatMap(within);
    return (parseGfm(body).children ?? [])
      .filter(({ type }) => type === 'paragraph' || type === 'heading')
      .flatMap(within)
      .flatMap((line) => number.exec(line.trimEnd())?.[1] ?? [])
      .map(Number);
  }

  const mark = fc.constantFrom('', '', '', '> ', '>', '- ', '-', '* ', '1. ', '1) ', '  ', '   ', '    ', '\t', '```', '~~~', '````', '`', '``', '<!--', '-->', '<div>', '</div>', '<b a="', '">', '---', '===', '# ', '\\', '***', '|', '<i>', '<ab:a`b>');
  const text = fc.constantFrom('', '', 'a', 'b c', '/preview restart', '/preview restart', '/preview restart', '`', '-->', '```', '|-|', ':-', '*', '<!-- x');
  const lines = fc.array(fc.tuple(fc.array(mark, { maxLength: 3 }), text, fc.constantFrom('\n', '\n', '\n\n', '\r\n')), { maxLength: 10 });
  const bodies = lines
    .map((some) => some.map(([marks, line, end], index) => `${marks.join('')}${line}${line.startsWith('/') ? ` t${index}` : ''}${end}`).join(''))
    // The parser of the tests and GitHub's differ in empty list items, in lists that begin with 2, and in a lone tag that follows a list or quote.
    .filter((body) => !/(?:^|[\s>])(?:[-*]|\d[.)]|<i>|<ab:a`b>)[ \t]*\r?$/m.test(body));
  // Always the same texts: where the parser of the tests and GitHub's differ is no matter of luck.
  const settings = { numRuns: 2_500, seed: 241 };

  test('the command is one that GitHub shows as plain text', () => {
    fc.assert(
      fc.property(bodies, (body) => {
        const command = readCommand(body);
        if (command?.kind === 'restart') assert.ok(shown(body).includes(Number(command.tenant?.slice(1))), JSON.stringify(body));
      }),
      settings,
    );
  });

  test('of the lines that GitHub shows as plain text, the first is the command', () => {
    // A line right after a table in a quote or list is taken for a part of it, to be on the safe side.
    const withoutTables = bodies.filter((body) => !/[|:]-/.test(body));
    fc.assert(
      fc.property(withoutTables, (body) => {
        const [first] = shown(body).filter((index) => new RegExp(`^ {0,3}/preview restart t${index}[ \\t]*\r?$`, 'm').test(body));
        if (first !== undefined) assert.deepEqual(readCommand(body), { kind: 'restart', tenant: `t${first}` }, JSON.stringify(body));
      }),
      settings,
    );
  });

  test('64 KiB of it take a moment at most', () => {
    // Linear: tens of milliseconds here, where the square of the length would be minutes.
    const pieces = ['> ', '- ', '`', '<', '<a b="', "<a b='\"", '<!-- ', '](', '[', '* ', '|-', '\\', '<a:', '\t', '\n', '```\n', '/preview2\n'];
    const texts = pieces.flatMap((piece) => [piece.repeat(65_536 / piece.length), `a\n${piece.repeat(65_000 / piece.length)}x\n/preview2`]);
    for (const text of [...texts, `${'- '.repeat(31)}a\n${'\n'.repeat(65_000)}`]) assert.equal(readCommand(`${text}\n/preview2 /preview`), undefined);
  });

  test('never throws, and yields one of the six kinds', () => {
    const piece = fc.oneof(fc.string({ unit: 'binary', maxLength: 8 }), fc.constantFrom('/preview', '\n', ' ', '`', '<', '>', '[', '](', '\t', 'stop', sha));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const kind = kindOf(pieces.join(''));
        assert.ok(kind === undefined || ['deploy', 'stop', 'restart', 'approve', 'help', 'unknown'].includes(kind));
      }),
      { numRuns: 3_000 },
    );
  });
});
