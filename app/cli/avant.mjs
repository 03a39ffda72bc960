#!/usr/bin/env node
// The command `avant`. Plain JavaScript, so that an old Node can say what it lacks.
// Until the command says otherwise nothing could be told, whatever ends it: an old Node, a missing package, a fault of ours.
let code = 3;
process.on('exit', () => {
  process.exitCode = code;
});
await import('../node.mjs');
const { main } = await import('./main.ts');
code = await main(process.argv.slice(2));
