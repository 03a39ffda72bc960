import '../app/node.mjs';
import { runAvant } from '../app/program.ts';
import { startWorkers } from './start.ts';

// Works through the queue on Redis; webhooks are taken elsewhere.
await runAvant({ web: false, startWorkers });
