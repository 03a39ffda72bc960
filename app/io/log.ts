import { pino, stdTimeFunctions, type Logger } from 'pino';

/** Returns the process's logger: one JSON object a line on standard output, so that no text can forge a line. */
export function openLog(level: string): Logger {
  const redact = { paths: ['*.token', '*.authorization', '*.privateKey', '*.secret'], censor: '[secret]' };
  // `base: null` leaves the process id and host name out: in a container they say nothing.
  return pino({ level, base: null, timestamp: stdTimeFunctions.isoTime, redact });
}
