import { runAvant } from '../app/program.ts';

// Works through the queue on Redis; webhooks are taken elsewhere.
await runAvant({ web: false, workers: true });
