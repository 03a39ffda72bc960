// Runs before anything else, on whatever Node there is: it must be plain JavaScript that an old Node reads.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 19)) {
  console.error(
    `Avant needs Node 22.19 or newer (24 is best); this is ${process.versions.node}. ` +
      'On Linux (x64, arm64) "npm ci" brings one along: run the npm scripts, as in "npm start". Elsewhere get it from https://nodejs.org.',
  );
  process.exit(1);
}
