import { setTimeout as sleep } from 'node:timers/promises';
import { askInLoops, askOnce } from '../support/asking.ts';
import { makeProject, registry, startRealWorld } from '../support/e2e-cluster.ts';
import { median, round1 } from './haproxy-process.ts';

/** One image for all commits, or a push would be measured with its import; a commit is told by the environment. */
const config = `image: ${registry}/web:bench
service: { port: { name: http, number: 8080 } }
resources: { cpu: 10m, memory: 64Mi }
readiness: { path: / }
env: { SHA: "\${sha}" }
`;

/**
 * Pushes to a preview of our own template, with real containers behind the real HAProxy, while clients ask it in loops: how long until the new
 * version answers, until nobody sees the old one, and how many requests failed.
 */
export async function measureRollouts(rounds = Number(process.env['BENCH_ROUNDS'] ?? 5)): Promise<void> {
  const world = await startRealWorld((cluster) => `domain: preview.bar.com
url: http://\${host}
ingress: { class: haproxy-v1 }
namespace: avant-bench-rollouts
registries: { "${registry}": {} }
door: { address: "http://${cluster.ingressAddress}" }
`);
  try {
    await world.cluster.tagImage(`${registry}/web:bench`);
    const rows = [];
    for (const slots of ['0', '1']) {
      await world.api.call({ method: 'PATCH', path: '/api/v1/namespaces/ingress/configmaps/haproxy-ingress', body: { data: { 'slots-min-free': slots } }, contentType: 'application/merge-patch+json' });
      const project = makeProject(world, `roll${slots}`, { '.cloud/preview.yaml': config });
      const { sha, number } = await project.open('feature');
      const host = `roll${slots}-${number}.preview.bar.com`;
      const address = world.cluster.ingressAddress;
      await answered(address, host, sha);
      const loop = askInLoops(address, 80, Array.from({ length: 4 }, () => host), 20);
      const first: number[] = [];
      const last: number[] = [];
      for (let round = 0; round < rounds; round += 1) {
        const start = performance.now();
        const next = world.github.world.commit(project.repo, 'feature', { 'round.txt': `${round}` });
        first.push((await answered(address, host, next)) - start);
        last.push((await onlyAnswers(address, host, next)) - start);
        await sleep(8_000); // The old pod has ended.
      }
      const { requests, failed, kinds } = await loop.stop();
      rows.push({ slotsMinFree: slots, pushes: rounds, 'push → new version ms': round1(median(first)), 'push → it alone ms': round1(median(last)), requests, failed, kinds });
      world.github.world.merge(project.repo, number);
    }
    console.table(rows);
  } finally {
    await world.close();
  }
}

async function answered(address: string, host: string, sha: string): Promise<number> {
  const end = performance.now() + 120_000;
  for (;;) {
    const { status, body } = await askOnce(address, 80, host);
    if (status === 200 && body.includes(sha)) return performance.now();
    if (performance.now() > end) throw new Error(`${host} does not answer with ${sha}; last ${status} ${body}`);
    await sleep(10);
  }
}

/** When twenty requests one after the other have met the new version. */
async function onlyAnswers(address: string, host: string, sha: string): Promise<number> {
  let since = performance.now();
  for (let met = 0; met < 20; ) {
    const { body } = await askOnce(address, 80, host);
    if (body.includes(sha)) met += 1;
    else {
      met = 0;
      since = performance.now();
    }
    await sleep(10);
  }
  return since;
}
