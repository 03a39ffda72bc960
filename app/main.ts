import './node.mjs';
import { startWorkers } from '../workers/start.ts';
import { runAccessLog, runAvant } from './program.ts';

// `node app/main.ts` is everything in one process; `node app/main.ts web` takes webhooks alone, for workers elsewhere;
// `node app/main.ts access-log` counts visits beside a HAProxy.
if (process.argv[2] === 'access-log') await runAccessLog();
else await runAvant({ web: true, startWorkers: process.argv[2] === 'web' ? undefined : startWorkers });
