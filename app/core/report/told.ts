import type { TenantState } from '../health.ts';
import type { PullRequestRecord } from '../record.ts';
import type { Example } from './example.ts';
import type { StateWords } from './words.ts';

/** One line, and paragraphs of Markdown. */
export type Told = { readonly title: StateWords; readonly paragraphs: readonly string[] };

/** What a report tells of. */
export type StoryInput = {
  readonly record: PullRequestRecord;
  readonly states: readonly TenantState[];
  /** The platform's label. */
  readonly label: string;
  /** What an example for this repository is made of; without it there is none. */
  readonly example: Example | undefined;
};
