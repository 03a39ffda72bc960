import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { renderMarkdown } from '../../sandbox/github/markdown/render.ts';

const links = {
  mention: (login: string) => (login === 'ada' ? '/ada' : undefined),
  reference: (number: number) => (number === 241 ? '/m6/foo/pull/241' : undefined),
};
const render = (text: string): string => renderMarkdown(text, links).trim();

const cases: [title: string, text: string, html: string][] = [
  ['a paragraph keeps its line breaks', 'one\ntwo', '<p>one<br>\ntwo</p>'],
  [
    'emphasis',
    '**a** __b__ *c* _d_ ~~e~~',
    '<p><strong>a</strong> <strong>b</strong> <em>c</em> <em>d</em> <del>e</del></p>',
  ],
  ['emphasis nests', '**a _b_**', '<p><strong>a <em>b</em></strong></p>'],
  ['no emphasis inside words with underscores, or around spaces', 'a_b_c 2 * 3 * 4 **', '<p>a_b_c 2 * 3 * 4 **</p>'],
  [
    'code spans keep everything',
    '`a **b** <c>` ``d ` e``',
    '<p><code>a **b** &#60;c&#62;</code> <code>d ` e</code></p>',
  ],
  ['escapes', '\\*a\\* \\<b> \\`c\\`', '<p>*a* &#60;b&#62; `c`</p>'],
  ['a fence', '```yaml\na: <b>\n\n# c\n```\nd', '<pre><code>a: &#60;b&#62;\n\n# c\n</code></pre>\n<p>d</p>'],
  [
    'a longer fence holds a shorter one; an open one goes on to the end',
    '````\n```\na',
    '<pre><code>```\na\n</code></pre>',
  ],
  ['headings', '# a\n### b ###', '<h1>a</h1>\n<h3>b</h3>'],
  ['a rule', 'a\n\n---', '<p>a</p>\n<hr>'],
  [
    'links',
    '[a **b**](https://x.test/?q=1&r=2 "t")',
    '<p><a href="https://x.test/?q=1&#38;r=2" rel="nofollow noopener">a <strong>b</strong></a></p>',
  ],
  [
    'bare addresses',
    'see https://x.test/a_b_c, (https://x.test).',
    '<p>see <a href="https://x.test/a_b_c" rel="nofollow noopener">https://x.test/a_b_c</a>, (<a href="https://x.test" rel="nofollow noopener">https://x.test</a>).</p>',
  ],
  [
    'no other schemes',
    '[a](javascript:alert(1)) [b](data:text/html,x) [c](//evil.test)',
    '<p>[a](javascript:alert(1)) [b](data:text/html,x) [c](//evil.test)</p>',
  ],
  [
    'pictures become links',
    '![a <b>](https://x.test/p.png)',
    '<p><a href="https://x.test/p.png" rel="nofollow noopener">picture: a &#60;b&#62;</a></p>',
  ],
  [
    'mentions and references that exist',
    '@ada @bob #241 #9 x@ada.test',
    '<p><a class="reference" href="/ada">@ada</a> @bob <a class="reference" href="/m6/foo/pull/241">#241</a> #9 x@ada.test</p>',
  ],
  ['escaped ones are text', '\\@ada &#64;ada `@ada`', '<p>@ada @ada <code>@ada</code></p>'],
  [
    'entities',
    '&lt;b&gt; &amp; &#124; &#x2714; &nbsp;&nope; &#0;',
    '<p>&#60;b&#62; &#38; | ✔ \u00a0&#38;nope; \ufffd</p>',
  ],
  ['comments are not shown', 'a<!-- b\nc -->d\n\n<!-- e\n\nf -->\ng', '<p>ad</p>\n<p>g</p>'],
  ['an unclosed comment hides the rest', 'a\n\n<!-- b\n\nc', '<p>a</p>'],
  ['plain tags, closed where they are left open', '<kbd>a</kbd> <b>c <i>d', '<p><kbd>a</kbd> <b>c <i>d</i></b></p>'],
  [
    'other tags are text',
    '<script>a</script><img src=x onerror=b><b onclick=c>',
    '<p>&#60;script&#62;a&#60;/script&#62;&#60;img src=x onerror=b&#62;&#60;b onclick=c&#62;</p>',
  ],
  [
    'a table',
    '| a | b |\n|:-:|--:|\n| `c\\|d` | **e** |\n| f |',
    '<table>\n<thead>\n<tr><th class="center">a</th><th class="right">b</th></tr>\n</thead>\n<tbody>\n<tr><td class="center"><code>c|d</code></td><td class="right"><strong>e</strong></td></tr>\n<tr><td class="center">f</td><td class="right"></td></tr>\n</tbody>\n</table>',
  ],
  ['a table needs its line', 'a | b\nc | d', '<p>a | b<br>\nc | d</p>'],
  [
    'lists',
    '- a\n- b\n  - c\n1. d',
    '<ul>\n<li>a</li>\n<li>b\n<ul>\n<li>c</li>\n</ul></li>\n</ul>\n<ol>\n<li>d</li>\n</ol>',
  ],
  [
    'a list that starts later, tasks',
    '3. a\n\n- [x] b\n- [ ] c',
    '<ol start="3">\n<li>a</li>\n</ol>\n<ul>\n<li><input type="checkbox" disabled checked> b</li>\n<li><input type="checkbox" disabled> c</li>\n</ul>',
  ],
  ['a quote', '> a\n> **b**', '<blockquote>\n<p>a<br>\n<strong>b</strong></p>\n</blockquote>'],
  ['an alert', '> [!NOTE]\n> a', '<div class="alert note">\n<p class="title">Note</p>\n<p>a</p>\n</div>'],
  ['no alert without text', '> [!NOTE]', '<blockquote>\n<p>[!NOTE]</p>\n</blockquote>'],
  ['no alert in a quote', '> > [!TIP]\n> > a', '<blockquote>\n<blockquote>\n<p>[!TIP]<br>\na</p>\n</blockquote>\n</blockquote>'],
  [
    'details',
    '<details><summary>a **b**</summary>\n\n- c\n\n</details>\n\nd',
    '<details><summary>a <strong>b</strong></summary>\n<ul>\n<li>c</li>\n</ul>\n</details>\n<p>d</p>',
  ],
  [
    'details in details, open, in one line',
    '<details open>\n<summary>a</summary>\n<details><summary>b</summary>c</details>\n</details>',
    '<details open><summary>a</summary>\n<details><summary>b</summary>\n<p>c</p>\n</details>\n</details>',
  ],
];

describe('markdown', () => {
  for (const [title, text, html] of cases) {
    test(title, () => {
      assert.equal(render(text), html);
    });
  }

  const sign = fc.constantFrom(
    ...Array.from('<>"\'&;/=()[]{}!@#*_~`|\\-:.+ \n\t0aAx'),
    '<!--',
    '-->',
    '<details>',
    '</details>',
    '<summary>',
    '<b>',
    '</b>',
    '<script>',
    'javascript:',
    'https://x',
    '](',
    '```',
    '| - |',
    '- ',
    '&#60;',
    '&lt;',
    'onerror=',
  );
  const allowed =
    /^(?:\/?(?:p|strong|em|del|code|pre|h[1-6]|hr|br|ul|li|table|thead|tbody|tr|td|th|blockquote|details|summary|b|i|kbd|sub|sup|s|ins|samp|var|a|ol)|\/?div|div class="alert (?:note|tip|important|warning|caution)"|p class="title"|ol start="\d+"|details open|(?:td|th) class="(?:center|right)"|input type="checkbox" disabled(?: checked)?|a href="(?:https?:\/\/|mailto:|#|\/(?!\/))[^"<>]*" rel="nofollow noopener"|a class="reference" href="\/[^"<>]*")$/i;

  test('no text brings an element, attribute or address of its own', () => {
    fc.assert(
      fc.property(fc.array(sign, { maxLength: 60 }), (signs) => {
        for (const [, tag] of render(signs.join('')).matchAll(/<([^>]*)>/g)) assert.match(tag!, allowed);
      }),
      { numRuns: 2000 },
    );
  });

  test('what it opens it closes', () => {
    fc.assert(
      fc.property(fc.array(sign, { maxLength: 60 }), (signs) => {
        const open: string[] = [];
        for (const [, slash, tag] of render(signs.join('')).matchAll(/<(\/?)([a-z]+\d?)[^>]*>/g)) {
          if (['br', 'hr', 'input'].includes(tag!)) continue;
          if (slash === '') open.push(tag!);
          else assert.equal(open.pop(), tag);
        }
        assert.deepEqual(open, []);
      }),
      { numRuns: 2000 },
    );
  });

  test('long texts take no long time to come to an end', () => {
    for (const text of [
      '*'.repeat(20_000),
      '['.repeat(20_000),
      '> '.repeat(5_000),
      '`'.repeat(20_000),
      '<details>'.repeat(3_000),
      '- '.repeat(5_000),
      '<!--'.repeat(5_000),
      '**a '.repeat(5_000),
    ]) {
      assert.equal(typeof render(text), 'string');
    }
  });
});
