/** What `avant doctor` found about one thing. */
export type Diagnosis = {
  readonly check: string;
  /** `unchecked`: what it needs has a problem itself, which is told in its own line. */
  readonly state: 'ok' | 'warning' | 'problem' | 'unchecked';
  /** Never has a secret in it. */
  readonly says: string;
  /** What to do; undefined where there is nothing. */
  readonly mend: string | undefined;
};

/** A diagnosis without its name. */
export type Verdict = Omit<Diagnosis, 'check' | 'state'> & { readonly state: Exclude<Diagnosis['state'], 'unchecked'> };

export function ok(says: string): Verdict {
  return { state: 'ok', says, mend: undefined };
}

/** Worth knowing; it works all the same. */
export function warning(says: string, mend: string): Verdict {
  return { state: 'warning', says, mend };
}

export function problem(says: string, mend: string): Verdict {
  return { state: 'problem', says, mend };
}
