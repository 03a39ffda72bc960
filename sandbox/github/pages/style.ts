/** The look of all pages: own design, light and dark by the reader's system. */
export const style = `
:root { color-scheme: light dark; --page: #f6f5f2; --card: #fff; --ink: #24262b; --soft: #646872; --line: #dddad2;
  --link: #2456b8; --accent: #5b3fc4; --good: #1c7d43; --bad: #b92c35; --wait: #99690a; --note: #efedf8; --code: #f0eee9; }
@media (prefers-color-scheme: dark) { :root { --page: #16171b; --card: #1e2026; --ink: #e4e5e9; --soft: #9a9eaa; --line: #343741;
  --link: #8ab0ff; --accent: #ab94ff; --good: #58c481; --bad: #ff7f86; --wait: #e0b04d; --note: #272338; --code: #2a2c34; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.55 system-ui, sans-serif; }
a { color: var(--link); text-decoration: none; } a:hover { text-decoration: underline; }
header.top { display: flex; flex-wrap: wrap; gap: .5rem 1.2rem; align-items: center; padding: .7rem 1.4rem; background: var(--card); border-bottom: 1px solid var(--line); }
header.top .brand { font-weight: 700; color: var(--ink); } header.top nav { display: flex; gap: 1rem; flex: 1; }
header.top form { display: flex; gap: .4rem; align-items: center; color: var(--soft); font-size: .87rem; }
main { max-width: 75rem; margin: 0 auto; padding: 1.4rem; }
h1 { font-size: 1.6rem; font-weight: 600; line-height: 1.25; margin: .2rem 0 .5rem; } h1 .number { color: var(--soft); font-weight: 400; }
h2 { font-size: 1.05rem; margin: 1.6rem 0 .6rem; }
.soft { color: var(--soft); } .small { font-size: .87rem; }
.columns { display: grid; grid-template-columns: minmax(0, 1fr) 15rem; gap: 1.6rem; align-items: start; margin-top: 1.1rem; }
.halves { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem; align-items: start; }
@media (max-width: 55rem) { .columns, .halves { grid-template-columns: minmax(0, 1fr); } }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 8px; margin-bottom: 1rem; overflow: hidden; }
.card > .head { display: flex; gap: .55rem; align-items: center; padding: .5rem .9rem; border-bottom: 1px solid var(--line); font-size: .9rem; }
.card > .head .end { margin-left: auto; } .card > .body { padding: .7rem .9rem; } .card > .body > :last-child { margin-bottom: 0; }
.card.bot > .head { background: var(--note); }
.rows > * { display: flex; gap: .7rem; align-items: center; padding: .55rem .9rem; border-bottom: 1px solid var(--line); flex-wrap: wrap; }
.rows > :last-child { border-bottom: 0; } .rows + .body { border-top: 1px solid var(--line); } .rows .grow { flex: 1; min-width: 12rem; } .rows p { margin: 0; }
.event { display: flex; gap: .6rem; align-items: center; padding: .1rem .9rem .9rem; color: var(--soft); font-size: .9rem; flex-wrap: wrap; }
.event b { color: var(--ink); font-weight: 600; } .event::before { content: ''; width: 8px; height: 8px; border-radius: 50%; background: var(--line); }
.badge { display: inline-block; padding: .1rem .65rem; border-radius: 1rem; font-size: .82rem; font-weight: 600; color: var(--card); background: var(--soft); }
.badge.open, .badge.success, .badge.ok { background: var(--good); } .badge.merged { background: var(--accent); }
.badge.closed, .badge.failure, .badge.error { background: var(--bad); } .badge.waiting { background: var(--wait); }
.label { display: inline-flex; align-items: center; gap: .35rem; padding: 0 .6rem; border-radius: 1rem; border: 1px solid var(--line); font-size: .84rem; line-height: 1.55; background: var(--card); }
.label::before { content: ''; width: 10px; height: 10px; border-radius: 50%; background: var(--dot); border: 1px solid var(--line); } .label.word::before { display: none; }
.labels { display: flex; flex-wrap: wrap; gap: .4rem; } .labels form { display: inline; } .reactions { margin: .4rem 0; }
.mark { width: 1.2rem; text-align: center; font-weight: 700; } .mark.success { color: var(--good); } .mark.failure { color: var(--bad); } .mark.waiting { color: var(--wait); }
button, .button { font: inherit; font-size: .9rem; padding: .28rem .8rem; border: 1px solid var(--line); border-radius: 6px; background: var(--card); color: var(--ink); cursor: pointer; display: inline-block; }
button:hover, .button:hover { border-color: var(--soft); text-decoration: none; }
button.main { background: var(--good); border-color: var(--good); color: var(--card); font-weight: 600; }
button.danger { color: var(--bad); } button:disabled { opacity: .5; cursor: default; }
button.plain { border: 0; padding: 0 .15rem; background: none; color: var(--soft); line-height: 1; } button.plain:hover { color: var(--bad); }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
input[type=text], select, textarea { font: inherit; color: var(--ink); background: var(--page); border: 1px solid var(--line); border-radius: 6px; padding: .3rem .55rem; width: 100%; }
textarea { min-height: 6rem; resize: vertical; } textarea.code { font: 13px/1.5 ui-monospace, monospace; min-height: 15rem; tab-size: 2; }
header.top input[type=text] { width: 8.5rem; }
label.field { display: block; margin-bottom: .6rem; font-size: .87rem; color: var(--soft); }
.actions { display: flex; gap: .5rem; flex-wrap: wrap; align-items: center; margin-top: .6rem; } .actions.right { justify-content: flex-end; }
.files { list-style: none; margin: 0 0 .8rem; padding: 0; display: flex; flex-wrap: wrap; gap: .35rem .9rem; font: 13px/1.6 ui-monospace, monospace; }
.files [aria-current] { color: var(--ink); font-weight: 700; }
aside .code { overflow-wrap: anywhere; } aside section { border-bottom: 1px solid var(--line); padding-bottom: .9rem; margin-bottom: .9rem; } aside h2 { margin: 0 0 .5rem; font-size: .87rem; color: var(--soft); }
details.menu > summary { cursor: pointer; color: var(--link); font-size: .87rem; } details.menu[open] > summary { margin-bottom: .5rem; }
.avatar { vertical-align: middle; width: 22px; height: 22px; border-radius: 50%; flex: none; } .avatar.square { border-radius: 5px; }
code, pre, .code { font-family: ui-monospace, monospace; font-size: 13px; } code { background: var(--code); border-radius: 4px; padding: .1em .35em; }
pre { background: var(--code); border-radius: 6px; padding: .7rem .9rem; overflow-x: auto; } pre code { background: none; padding: 0; }
.markdown table, table.list { border-collapse: collapse; display: block; overflow-x: auto; margin: .6rem 0; }
.markdown th, .markdown td { border: 1px solid var(--line); padding: .3rem .6rem; text-align: left; } .markdown th { background: var(--page); }
.markdown .center { text-align: center; } .markdown .right { text-align: right; } .markdown p { margin: 0 0 .7rem; }
.markdown h1, .markdown h2, .markdown h3, .markdown h4 { margin: .9rem 0 .5rem; font-size: 1.1rem; } .markdown blockquote { margin: 0 0 .7rem; padding-left: .8rem; border-left: 3px solid var(--line); color: var(--soft); }
.markdown .alert { margin: 0 0 .7rem; padding: .1rem .8rem; border-left: 3px solid var(--link); } .markdown .alert .title { margin: 0 0 .2rem; font-weight: 600; color: var(--link); } .markdown .alert > :last-child { margin-bottom: 0; }
.markdown .alert.warning { border-color: var(--wait); } .markdown .alert.warning .title { color: var(--wait); } .markdown .alert.caution { border-color: var(--bad); } .markdown .alert.caution .title { color: var(--bad); }
.markdown details { margin-bottom: .7rem; } .markdown summary { cursor: pointer; }
.diff { margin: 0; border-radius: 0; padding: .5rem 0; } .diff span { display: block; padding: 0 .9rem; white-space: pre; }
.diff .add { background: color-mix(in srgb, var(--good) 16%, transparent); } .diff .del { background: color-mix(in srgb, var(--bad) 16%, transparent); } .diff .at { color: var(--soft); }
.notice { position: fixed; right: 1.2rem; bottom: 1.2rem; max-width: 26rem; background: var(--bad); color: var(--card); padding: .7rem 1rem; border-radius: 8px; }
.notice:empty { display: none; }
`;
