import { readFileSync } from 'node:fs';
import { startGitHub } from './github/server.ts';
import { seedStock } from './seed-stock.ts';

/**
 * The sandbox's GitHub as a process of its own, for a pod: beside an Avant that was installed for real. The public key is the App's,
 * whose private key Avant has; the pages are open to whoever reaches them.
 */
const { publicKey, webhookUrl, webhookSecret, publicUrl, image, port } = readSettings();
const github = await startGitHub({
  port,
  publicUrl,
  app: { id: 1, slug: 'avant-demo', publicKey },
  webhook: { url: webhookUrl, secret: webhookSecret },
});
console.log(`A GitHub for trying things on: ${publicUrl}${seedStock(github.world, { image })}`);
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void github.close().then(() => process.exit(0)));

function readSettings(): Readonly<Record<'publicKey' | 'webhookUrl' | 'webhookSecret' | 'publicUrl' | 'image', string>> & { readonly port: number } {
  const missing: string[] = [];
  const need = (name: string, what: string): string => {
    const value = process.env[name] ?? '';
    if (value === '') missing.push(`${name} is not set: set it to ${what}`);
    return value;
  };
  const settings = {
    publicKey: need('PUBLIC_KEY_PATH', 'the path of the App’s public key, a PEM file'),
    webhookUrl: need('WEBHOOK_URL', 'where Avant takes webhooks'),
    webhookSecret: need('WEBHOOK_SECRET', 'the secret that Avant has'),
    publicUrl: need('PUBLIC_URL', 'the address that it is reached at'),
    image: need('STOCK_IMAGE', 'an image with busybox, such as docker.io/library/busybox:1.37'),
  };
  if (missing.length > 0) {
    console.error(missing.join('\n'));
    process.exit(1);
  }
  return { ...settings, publicKey: readFileSync(settings.publicKey, 'utf8'), port: Number(process.env['PORT'] ?? '3100') };
}
