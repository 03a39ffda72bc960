// Runs before anything else, on whatever Node there is: it must be plain JavaScript that an old Node reads.
import { setFlagsFromString } from 'node:v8';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 19)) {
  console.error(
    `Avant needs Node 22.19 or newer (24 is best); this is ${process.versions.node}. ` +
      'On Linux (x64, arm64) "npm ci" brings one along: run the npm scripts, as in "npm start". Elsewhere get it from https://nodejs.org.',
  );
  process.exit(1);
}

// Node 24 compiles with Maglev and Sparkplug beside the main thread (Node 22 did neither), and a process that ends while such a compiler waits
// for a garbage collection never ends: https://github.com/nodejs/node/issues/54918 and 64274, open at 24.21.
setFlagsFromString('--no-maglev');
setFlagsFromString('--no-concurrent-sparkplug');
