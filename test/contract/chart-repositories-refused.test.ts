import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { defaultLimits } from '../../app/io/render/limits.ts';
import { openRenderer, type OpenRenderer } from '../../app/io/render/renderer.ts';
import type { Files } from '../support/charts/cloud.ts';
import { asking, openRig, problemsOf } from '../support/charts/remote.ts';
import { chartOf, digestOf, openChartRepository, type ChartRepository, type Published } from '../support/charts/repository.ts';
import { packed, tgz } from '../support/charts/tgz.ts';
import { openFakeLog } from '../support/fake-clock.ts';

describe('subcharts from a repository that the branch has to mend', { timeout: 240_000 }, () => {
  const rig = openRig();
  const { open, repositoryOf } = rig;
  afterEach(() => rig.close());

  /** By what it says; `URL` stands for the repository. */
  const wrong: Readonly<Record<string, { readonly line: string; readonly more?: Files; readonly says: RegExp }>> = {
    'a repository that is not listed': { line: '{ name: redis, version: 1.2.3, repository: "https://elsewhere.example" }', says: /dependencies\[0\]\.repository: is "https:\/\/elsewhere\.example", which the platform takes no charts from: "redis" is not in charts\/ — run `helm dependency build`/ },
    'a path below a listed one': { line: '{ name: redis, version: 1.2.3, repository: "URL/more" }', says: /which the platform takes no charts from/ },
    'a listed one with a query': { line: '{ name: redis, version: 1.2.3, repository: "URL?a=b" }', says: /which the platform takes no charts from/ },
    'an OCI registry': { line: '{ name: redis, version: 1.2.3, repository: "oci://registry.bar.com/charts" }', says: /dependencies\[0\]\.repository: is "oci:\/\/registry\.bar\.com\/charts", and nothing is fetched from OCI registries/ },
    'no repository': { line: '{ name: redis, version: 1.2.3 }', says: /dependencies\[0\]\.name: "redis" is not in charts\// },
    'a range': { line: '{ name: redis, version: ^1.2.0, repository: "URL" }', says: /dependencies\[0\]\.version: is "\^1\.2\.0", which is a range or no version: .* — write the exact version$/ },
    'a range, and a lock file that knows': { line: '{ name: redis, version: ^1.2.0, repository: "URL" }', more: { 'Chart.lock': 'dependencies:\n- { name: redis, repository: "URL", version: 1.2.3 }\n' }, says: /write the exact version: 1\.2\.3$/ },
    'half a version': { line: '{ name: redis, version: "1.2", repository: "URL" }', says: /version: is "1\.2", which is a range or no version/ },
    'a version that is a number': { line: '{ name: redis, version: 1.2, repository: "URL" }', says: /version: is 1\.2, which is a range/ },
    'an x': { line: '{ name: redis, version: 1.2.x, repository: "URL" }', says: /write the exact version/ },
    'no version': { line: '{ name: redis, repository: "URL" }', says: /dependencies\[0\]\.version: is missing/ },
    'a version with a slash': { line: '{ name: redis, version: "1.2.3-/../../x", repository: "URL" }', says: /version: is "1\.2\.3-\/\.\.\/\.\.\/x", which is a range or no version/ },
    'a version that there is not': { line: '{ name: redis, version: 9.9.9, repository: "URL" }', says: /dependencies\[0\]: URL has no version 9\.9\.9 of "redis" — choose one that it has/ },
    'a chart that there is not': { line: '{ name: nothing, version: 1.2.3, repository: "URL" }', says: /dependencies\[0\]: URL has no chart "nothing"/ },
    'a name that is on every object': { line: '{ name: constructor, version: 1.2.3, repository: "URL" }', says: /has no chart "constructor"/ },
    'a name with a slash': { line: '{ name: ../redis, version: 1.2.3, repository: "URL" }', says: /dependencies\[0\]\.name: is "\.\.\/redis", which is no chart's name/ },
    'a name of dots': { line: '{ name: a..b, version: 1.2.3, repository: "URL" }', says: /name: is "a\.\.b", which is no chart's name/ },
    'a lock file of another version': { line: '{ name: redis, version: 1.2.3, repository: "URL" }', more: { 'Chart.lock': 'dependencies:\n- { name: redis, repository: "URL", version: 1.2.4 }\n' }, says: /dependencies\[0\]\.version: is "1\.2\.3", and the chart's lock file says "1\.2\.4" — run `helm dependency update`/ },
    'a lock file of another repository': { line: '{ name: redis, version: 1.2.3, repository: "URL" }', more: { 'Chart.lock': 'dependencies:\n- { name: redis, repository: "https://other.example", version: 1.2.3 }\n' }, says: /dependencies\[0\]\.repository: is "URL", and the chart's lock file says "https:\/\/other\.example"/ },
    'a lock file without it': { line: '{ name: redis, version: 1.2.3, repository: "URL" }', more: { 'Chart.lock': 'dependencies: []\n' }, says: /dependencies\[0\]\.name: is "redis", which the chart's lock file does not have/ },
    'a lock file that is no YAML': { line: '{ name: redis, version: 1.2.3, repository: "URL" }', more: { 'Chart.lock': '{' }, says: /api\/Chart\.lock:\d+: is not valid YAML/ },
    'no digest in the index': { line: '{ name: plain, version: 1.0.0, repository: "URL" }', says: /dependencies\[0\]: URL gives plain 1\.0\.0 no digest/ },
    'a digest of something else': { line: '{ name: forged, version: 1.0.0, repository: "URL" }', says: /dependencies\[0\]: the archive's SHA-256 is [0-9a-f]{64}, and the repository's index says (?:ab){32}/ },
    'no address in the index': { line: '{ name: nowhere, version: 1.0.0, repository: "URL" }', says: /does not say where the archive of nowhere 1\.0\.0 is/ },
    'an archive at another host': { line: '{ name: far, version: 1.0.0, repository: "URL" }', says: /has the archive of far 1\.0\.0 elsewhere \(http:\/\/127\.0\.0\.2:1\), where nothing is fetched from — vendor the chart/ },
    'an archive above the repository': { line: '{ name: above, version: 1.0.0, repository: "URL" }', says: /has the archive of above 1\.0\.0 elsewhere \(http:\/\/127\.0\.0\.1:\d+\/secret\.tgz\)/ },
    'an archive above, written otherwise': { line: '{ name: encoded, version: 1.0.0, repository: "URL" }', says: /has the archive of encoded 1\.0\.0 elsewhere/ },
    'an archive that is not there': { line: '{ name: gone, version: 1.0.0, repository: "URL" }', says: /has gone 1\.0\.0 in its index, and no archive of it/ },
    'an archive that redirects to another host': { line: '{ name: moved, version: 1.0.0, repository: "URL" }', says: /has the archive of moved 1\.0\.0 elsewhere \(http:\/\/127\.0\.0\.2:1\)/ },
    'an archive that is too large': { line: '{ name: large, version: 1.0.0, repository: "URL" }', says: /the archive of large 1\.0\.0 is larger than the 64 KiB/ },
    'several that are too large together': { line: '{ name: half, version: 1.0.0, repository: "URL" }\n  - { name: half, version: 2.0.0, repository: "URL", alias: other }', says: /dependencies\[1\]: with half 2\.0\.0, what is fetched for the chart is larger than the 64 KiB/ },
    'an archive that unpacks to too much': { line: '{ name: bomb, version: 1.0.0, repository: "URL" }', says: /charts\/bomb-1\.0\.0\.tgz: unpacks to more than a chart may have — choose another version/ },
    'an archive that leads out': { line: '{ name: slip, version: 1.0.0, repository: "URL" }', says: /charts\/slip-1\.0\.0\.tgz: slip\/\.\.\/.* is no plain path/ },
    'an archive with a link': { line: '{ name: linked, version: 1.0.0, repository: "URL" }', says: /charts\/linked-1\.0\.0\.tgz: has a symbolic link/ },
    'an archive of another chart': { line: '{ name: other, version: 1.0.0, repository: "URL" }', says: /charts\/other-1\.0\.0\.tgz\/Chart\.yaml name: is "redis", and URL calls it other/ },
    'an archive of another version': { line: '{ name: redis, version: 5.0.0, repository: "URL" }', says: /charts\/redis-5\.0\.0\.tgz\/Chart\.yaml version: is "1\.2\.3", and URL calls it 5\.0\.0/ },
    'a chart that needs itself': { line: '{ name: round, version: 1.0.0, repository: "URL" }', says: /Chart\.yaml name: is "round", as that of a chart that it is in/ },
    'a chart that needs one from elsewhere': { line: '{ name: needy, version: 1.0.0, repository: "URL" }', says: /charts\/needy-1\.0\.0\.tgz\/Chart\.yaml dependencies\[0\]\.repository: is "https:\/\/elsewhere\.example", which the platform takes no charts from/ },
    'charts of charts without end': { line: '{ name: deep0, version: 1.0.0, repository: "URL" }', says: /is more than 6 charts deep/ },
    'more charts than a chart has': { line: Array.from({ length: 60 }, (_, index) => `{ name: redis, version: 1.2.${index}, repository: "URL", alias: r${index} }`).join('\n  - '), says: /has more than 50 charts/ },
  };
  let repository: ChartRepository;
  let renderer: OpenRenderer;
  const withUrl = (text: string): string => text.replaceAll('URL', repository.url);
  before(async () => {
    repository = await openChartRepository();
    const redis = chartOf('redis', '1.2.3');
    const needing = (name: string, needs: string): Published => chartOf(name, '1.0.0', {}, withUrl(`dependencies:\n  - ${needs}\n`));
    const noise = (bytes: number): string => Array.from({ length: bytes / 32 }, (_, index) => digestOf(Buffer.from(String(index))).slice(0, 32)).join('');
    const half = { 'big.txt': noise(70_000) };
    repository.publish(
      redis,
      { ...redis, version: '5.0.0', url: 'redis-1.2.3.tgz' },
      { ...redis, name: 'other', version: '1.0.0' },
      { ...chartOf('plain', '1.0.0'), digest: null },
      { ...chartOf('forged', '1.0.0'), digest: 'ab'.repeat(32) },
      { ...chartOf('nowhere', '1.0.0'), url: null },
      { ...chartOf('far', '1.0.0'), url: 'http://127.0.0.2:1/stable/far-1.0.0.tgz' },
      { ...chartOf('above', '1.0.0'), url: '../secret.tgz' },
      { ...chartOf('encoded', '1.0.0'), url: 'x/%2e%2e/..%2fsecret.tgz' },
      { ...chartOf('gone', '1.0.0'), url: 'not-there.tgz' },
      { ...chartOf('moved', '1.0.0'), url: 'redirected.tgz' },
      chartOf('large', '1.0.0', { 'big.txt': noise(200_000) }),
      chartOf('half', '1.0.0', half),
      chartOf('half', '2.0.0', half),
      { name: 'bomb', version: '1.0.0', archive: packed('bomb', { 'Chart.yaml': 'a', 'big.txt': 'x'.repeat(20 * 1024 * 1024) }) },
      { name: 'slip', version: '1.0.0', archive: tgz([{ name: 'slip/../../../../tmp/x', content: 'x' }]) },
      { name: 'linked', version: '1.0.0', archive: tgz([{ name: 'linked/Chart.yaml', type: '2', link: '/etc/passwd' }]) },
      needing('round', '{ name: round, version: 1.0.0, repository: "URL" }'),
      needing('needy', '{ name: redis, version: 1.2.3, repository: "https://elsewhere.example" }'),
      ...Array.from({ length: 12 }, (_, index) => needing(`deep${index}`, `{ name: deep${index + 1}, version: 1.0.0, repository: "URL" }`)),
    );
    repository.answer((request, response) => {
      if (request.url !== '/stable/redirected.tgz') return false;
      response.writeHead(302, { location: 'http://127.0.0.2:1/stable/moved-1.0.0.tgz' }).end();
      return true;
    });
    renderer = openRenderer({ helm: undefined, log: openFakeLog(), chartRepositories: [repository.url], limits: { repositories: { ...defaultLimits.repositories, archiveBytes: 64 * 1024 } } });
  });
  after(async () => {
    await Promise.all([renderer.close(), repository.close()]);
  });
  for (const [what, { line, more = {}, says }] of Object.entries(wrong)) {
    test(what, async () => {
      const files = Object.fromEntries(Object.entries(asking([line], more)).map(([path, content]) => [path, withUrl(String(content))]));
      assert.match((await problemsOf(renderer, files)).replaceAll(repository.url, 'URL'), says);
      assert.ok(repository.asked.every((path) => path === '/stable/index.yaml' || /^\/stable\/[\w.-]+\.tgz$/.test(path)), repository.asked.join(' '));
    });
  }

  test('what is wrong with an archive is told without fetching it each time', async () => {
    const repository = await repositoryOf({ ...chartOf('redis', '1.2.3'), digest: 'ab'.repeat(32) });
    const renderer = open([repository.url]);
    const files = asking([`{ name: redis, version: 1.2.3, repository: "${repository.url}" }`]);
    assert.equal(await problemsOf(renderer, files), await problemsOf(renderer, files));
    assert.equal(repository.asked.filter((path) => path.endsWith('.tgz')).length, 1);
  });
});
