import { startWorkers } from '../workers/start.ts';
import { runAvant } from './program.ts';

// `node app/main.ts` is everything in one process; `node app/main.ts web` takes webhooks alone, for workers elsewhere.
await runAvant({ web: true, startWorkers: process.argv[2] === 'web' ? undefined : startWorkers });
