import { createHmac, randomUUID } from 'node:crypto';
import { request, type Dispatcher } from 'undici';
import * as z from 'zod';
import { webhookPath } from '../../config/app-manifest.ts';
import type { Secret } from '../../config/secret.ts';
import { ok, problem, warning, type Verdict } from '../../core/diagnosis.ts';
import { messageOf } from '../../core/errors.ts';
import { shown } from '../../core/outside-text.ts';
import { shaped } from '../github/answer.ts';
import type { GitHubClients } from '../github/client.ts';
import { once, type Check } from './checks.ts';
import { githubApp } from './github.ts';

const configShape = z.object({
  url: z.string().optional(),
  secret: z.string().optional(),
  insecure_ssl: z.union([z.string(), z.number()]).optional(),
});
const deliveriesShape = z.array(
  z.object({ delivered_at: z.string(), status: z.string(), status_code: z.int(), event: z.string() }),
);

type Config = z.infer<typeof configShape>;
type Deliveries = z.infer<typeof deliveriesShape>;

export type WebhookParts = {
  /** Called by checks that run, not before. */
  readonly clients: () => GitHubClients;
  /** Undefined where the environment has none. */
  readonly secret: Secret | undefined;
  readonly dispatcher: Dispatcher;
};

/** Looks at the App's webhook: where it goes, whether an Avant with our secret answers there, and how GitHub's last deliveries went. */
export function webhookChecks({ clients, secret, dispatcher }: WebhookParts, needs: readonly string[]): Check[] {
  const config = once(async () =>
    shaped(configShape, (await clients().app.rest.apps.getWebhookConfigForApp()).data, 'GET /app/hook/config'),
  );
  const deliveries = once(async () => {
    const { data } = await clients().app.rest.apps.listWebhookDeliveries({ per_page: 30 });
    // One that is under way has no outcome yet.
    return shaped(deliveriesShape, data, 'GET /app/hook/deliveries').filter(({ status }) => status !== 'pending');
  });
  const named = 'webhook address';
  const otherwise = 'try again; see githubstatus.com';
  return [
    { name: named, needs: [...needs, githubApp], otherwise, run: async () => judgeConfig(await config()) },
    {
      name: 'webhook secret',
      needs: [...needs, named],
      otherwise,
      run: async () => judgeSecret(await config(), secret),
    },
    {
      name: 'webhook reached',
      needs: [...needs, named],
      otherwise: 'see that the address leads to Avant: DNS, load balancer, firewall',
      run: async (signal) => {
        const url = (await config()).url ?? '';
        const answer = await ping(url, secret, { dispatcher, signal }).catch((error: unknown) => messageOf(error));
        return typeof answer === 'string'
          ? judgeSilence(url, answer, await deliveries())
          : judgeAnswer(url, answer, secret);
      },
    },
    {
      name: 'webhook deliveries',
      needs: [...needs, named],
      otherwise,
      run: async () => judgeDeliveries(await deliveries()),
    },
  ];
}

function judgeConfig({ url, insecure_ssl: insecure }: Config): Verdict[] {
  if (url === undefined || url === '')
    return [
      problem(
        'the App has no webhook address',
        `set it in the App’s settings to https://<Avant’s host>${webhookPath}, and tick Active`,
      ),
    ];
  if (!URL.canParse(url))
    return [problem(`"${shown(url)}" is no address`, `set it to https://<Avant’s host>${webhookPath}`)];
  const plain = new URL(url).protocol === 'http:';
  const unverified = String(insecure) === '1' && !plain;
  return [
    ok(shown(url, 200)),
    ...(unverified
      ? [warning('GitHub does not verify its certificate', 'enable SSL verification in the App’s settings')]
      : []),
    ...(plain ? [warning('payloads travel unencrypted', 'give it https://, with a certificate')] : []),
  ];
}

function judgeSecret({ secret: theirs }: Config, ours: Secret | undefined): Verdict {
  if (theirs === undefined || theirs === '')
    return problem(
      'the App has no webhook secret: anybody could send webhooks',
      'set it, in the App’s settings and in WEBHOOK_SECRET, to what `openssl rand -hex 32` prints',
    );
  return ours === undefined
    ? warning(
        'the App has one; WEBHOOK_SECRET is not set here, so that it cannot be tried',
        'only processes that take webhooks need it: set it there to the App’s',
      )
    : ok('the App has one, and so have we');
}

type Answer = { readonly status: number; readonly text: string };

/** Sends what GitHub sends to try a webhook: the event `ping`, signed. Nothing comes of it. */
async function ping(
  url: string,
  secret: Secret | undefined,
  by: { readonly dispatcher: Dispatcher; readonly signal: AbortSignal },
): Promise<Answer> {
  const body = JSON.stringify({ zen: 'avant doctor looks whether anybody is there.' });
  const signature = createHmac('sha256', secret?.reveal() ?? '').update(body).digest('hex');
  const response = await request(url, {
    ...by,
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/json',
      'user-agent': 'avant-doctor',
      'x-github-delivery': randomUUID(),
      'x-github-event': 'ping',
      'x-hub-signature-256': `sha256=${signature}`,
    },
  });
  const text = await response.body.text();
  return { status: response.statusCode, text: text.slice(0, 2_000) };
}

function judgeAnswer(url: string, { status, text }: Answer, secret: Secret | undefined): Verdict {
  if (status === 200) return ok('a signed ping was taken');
  const wrongSecret = status === 400 && /signature/i.test(text);
  if (wrongSecret && secret === undefined) return ok('Avant answers; a signature could not be tried');
  if (wrongSecret)
    return problem(
      'the Avant that answers there has another WEBHOOK_SECRET than this environment',
      'give both the same, which is the one in the App’s settings; restart Avant',
    );
  const path = URL.parse(url)?.pathname;
  return problem(
    `HTTP ${status}, which is not Avant’s answer`,
    path === webhookPath
      ? 'lead the address to Avant’s webhook port (PORT)'
      : `Avant takes webhooks at ${webhookPath}: change the address in the App’s settings, unless something rewrites it`,
  );
}

/** From inside of a network its own front is not always reached: what GitHub itself met counts for more. */
function judgeSilence(url: string, why: string, [latest]: Deliveries): Verdict {
  const says = `${shown(url, 200)} is not reached from here (${why})`;
  return latest !== undefined && delivered(latest)
    ? warning(says, `GitHub reached it at ${latest.delivered_at}: it may only be so from here`)
    : problem(says, 'see that the name leads to Avant, and that GitHub may connect: DNS, load balancer, firewall');
}

function delivered({ status_code: status }: Deliveries[number]): boolean {
  return status >= 200 && status < 300;
}

function judgeDeliveries(deliveries: Deliveries): Verdict {
  const [latest] = deliveries;
  if (!latest)
    return warning('GitHub has sent nothing yet', 'install the App, or label a pull request, and look again');
  const failed = deliveries.filter((one) => !delivered(one));
  if (failed.length === 0) return ok(`the last ${deliveries.length} were taken, the latest at ${latest.delivered_at}`);
  const [worst = latest] = failed;
  const says = `${failed.length} of the last ${deliveries.length} failed, the latest of them at ${worst.delivered_at} (${worst.event}: ${shown(worst.status)}, ${worst.status_code})`;
  return delivered(latest)
    ? warning(`${says}; GitHub’s last was taken`, 'nothing is lost: resync finds what was not heard')
    : problem(says, 'GitHub must reach the webhook’s address; its page "Advanced" of the App shows what it met');
}
