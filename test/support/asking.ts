import { request as httpRequest, type Agent } from 'node:http';

export type Status = { readonly status: number; readonly body: string };

/** Asks once; status 0: no answer, whatever the reason. */
export function askOnce(address: string, port: number, host: string, { path = '/', agent = false }: { path?: string; agent?: Agent | false } = {}): Promise<Status> {
  return new Promise((resolve) => {
    const asked = httpRequest({ host: address, port, path, headers: { host }, agent, timeout: 10_000 }, (answer) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (text: string) => (body += text));
      answer.on('end', () => {
        resolve({ status: answer.statusCode ?? 0, body });
      });
      answer.on('error', (error) => {
        resolve({ status: 0, body: String(error) });
      });
    });
    asked.on('timeout', () => asked.destroy(new Error('no answer for 10 s')));
    asked.on('error', (error) => {
      resolve({ status: 0, body: String(error) });
    });
    asked.end();
  });
}

/** Asks the ingress, on port 80, for a page of a host; status 0 when nothing answered (a pod may go while it is asked). */
export function get(address: string, host: string, path = '/'): Promise<Status> {
  return askOnce(address, 80, host, { path });
}

/** What clients in a loop have met. */
export type Loop = { readonly stop: () => Promise<{ readonly requests: number; readonly failed: number; readonly kinds: string }> };

/** Asks hosts again and again, each by its own client with new connections, until stopped; all but 200 has failed. */
export function askInLoops(address: string, port: number, hosts: readonly string[], gapMs: number): Loop {
  const kinds = new Map<string, number>();
  let going = true;
  const loops = hosts.map(async (host) => {
    while (going) {
      const { status, body } = await askOnce(address, port, host);
      const kind = status === 0 ? body : String(status);
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
      await pause(gapMs);
    }
  });
  return {
    stop: async () => {
      going = false;
      await Promise.all(loops);
      const requests = [...kinds.values()].reduce((sum, count) => sum + count, 0);
      return { requests, failed: requests - (kinds.get('200') ?? 0), kinds: [...kinds].map(([kind, count]) => `${kind}: ${count}`).join(', ') };
    },
  };
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
