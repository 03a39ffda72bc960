import { stringify } from 'yaml';
import type { Secret } from './secret.ts';

/** A GitHub App that was just made, and what GitHub tells of it once. */
export type CreatedApp = {
  readonly id: number;
  readonly slug: string;
  /** Its page, where it is installed from. */
  readonly url: string;
  /** PEM, as GitHub gives it. */
  readonly privateKey: Secret;
  readonly webhookSecret: Secret;
};

export type SecretPlace = { readonly namespace: string; readonly name: string };

/** The Secret that the chart's `github.secret` names: its keys are the environment's variables. The values are in plain text. */
export function secretObject(app: CreatedApp, { namespace, name }: SecretPlace) {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    // Not app.kubernetes.io/managed-by, by which Avant knows what belongs to previews.
    metadata: { name, namespace, labels: { 'app.kubernetes.io/name': 'avant' } },
    type: 'Opaque',
    stringData: {
      APP_ID: String(app.id),
      PRIVATE_KEY: app.privateKey.reveal(),
      WEBHOOK_SECRET: app.webhookSecret.reveal(),
    },
  };
}

/** Returns that Secret as the text of a manifest. */
export function secretManifest(app: CreatedApp, place: SecretPlace): string {
  const head = `# The GitHub App ${app.slug}, ${app.url}: whoever has this can act as the App. Keep it out of Git.\n`;
  return head + stringify(secretObject(app, place), { lineWidth: 0 });
}
