import { spawn, type ChildProcess } from 'node:child_process';

export type ChildRequest = {
  readonly words: readonly [string, ...string[]];
  readonly folder: string;
  /** All of it: nothing of ours is passed on. */
  readonly env: Readonly<Record<string, string>>;
  readonly ms: number;
  readonly outputBytes: number;
  readonly errorBytes: number;
};

export type ChildEnd = {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: Buffer;
  readonly errors: string;
  /** Why it was stopped by us, if it was. */
  readonly stopped: 'time' | 'output' | undefined;
};

/** Runs programs without a shell, each in a process group of its own, which is killed as one. */
export type Children = {
  /** Throws when it cannot be started, or when `close` stops it. */
  run(request: ChildRequest): Promise<ChildEnd>;
  /** Kills what runs. */
  close(): void;
};

/** Returns a place to run programs in. */
export function openChildren(): Children {
  const running = new Set<ChildProcess>();
  let closed = false;
  return {
    run: async (request) => {
      if (closed) throw new Error('the renderer is closed');
      const end = await runChild(request, running);
      // `close` may have been called while it ran.
      if (closed as boolean) throw new Error('the renderer is closed');
      return end;
    },
    close: () => {
      closed = true;
      for (const child of running) kill(child);
    },
  };
}

function runChild({ words, folder, env, ms, outputBytes, errorBytes }: ChildRequest, running: Set<ChildProcess>): Promise<ChildEnd> {
  const [file, ...args] = words;
  return new Promise((resolve, reject) => {
    // `detached` makes it the leader of a process group.
    const child = spawn(file, args, { cwd: folder, env: { ...env }, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    let stopped: ChildEnd['stopped'];
    const stop = (why: 'time' | 'output'): void => {
      stopped ??= why;
      kill(child);
    };
    const timer = setTimeout(stop, ms, 'time');
    running.add(child);
    const [output, errors] = [collect(outputBytes), collect(errorBytes)];
    child.stdout.on('data', (chunk: Buffer) => {
      if (!output.add(chunk)) stop('output');
    });
    child.stderr.on('data', errors.add);
    const over = (): void => {
      clearTimeout(timer);
      running.delete(child);
    };
    child.on('error', (error) => {
      over();
      reject(error);
    });
    child.on('close', (code, signal) => {
      over();
      resolve({ code, signal, output: output.bytes(), errors: errors.bytes().toString(), stopped });
    });
  });
}

/** Keeps the first bytes; `add` returns whether all was kept. */
function collect(most: number): { readonly add: (chunk: Buffer) => boolean; readonly bytes: () => Buffer } {
  const chunks: Buffer[] = [];
  let size = 0;
  return {
    add: (chunk) => {
      const room = most - size;
      if (room > 0) chunks.push(chunk.subarray(0, room));
      size += chunk.length;
      return size <= most;
    },
    bytes: () => Buffer.concat(chunks),
  };
}

/** Kills the group. What is left in the pipes is not waited for. */
function kill(child: ChildProcess): void {
  child.stdout?.destroy();
  child.stderr?.destroy();
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
