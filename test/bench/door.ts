import { measureMaps, measureSizes } from './door-haproxy.ts';
import { measureLabels } from './door-labels.ts';
import { measureRollouts } from './door-rollouts.ts';

/**
 * `npm run bench door [hosts] [parts]`, such as `npm run bench door 0,100,1000 labels,rollouts,sizes,maps`: from a label to HTTP 200 through the
 * real HAProxy and what else the door is asked to be. `labels` and `rollouts` need root, Linux and test/cluster/install.sh, `sizes` and `maps` a
 * haproxy.
 */
export async function benchDoor(args: readonly string[]): Promise<void> {
  const hosts = (args[0] ?? '0,100,1000').split(',').map(Number);
  const parts = (args[1] ?? 'labels,rollouts,sizes,maps').split(',');
  const measures: Readonly<Record<string, () => Promise<void>>> = {
    labels: () => measureLabels(hosts),
    rollouts: () => measureRollouts(),
    sizes: () => measureSizes([100, 1_000, 10_000]),
    maps: () => measureMaps([100_000, 1_000_000]),
  };
  for (const part of parts) {
    const measure = measures[part];
    if (!measure) throw new Error(`no part ${part}: there are ${Object.keys(measures).join(', ')}`);
    console.log(`\n${part}`);
    await measure();
  }
}
