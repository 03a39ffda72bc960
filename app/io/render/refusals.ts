import { RenderRefused } from '../../core/ports.ts';

/** Refused for what it costs: another try may go differently, so this answer is not kept for long. */
export class OverLimit extends RenderRefused {}
