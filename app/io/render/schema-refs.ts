/** The schemas of JSON Schema itself, which helm has built in. */
const standard = /^https?:\/\/json-schema\.org\/(?:draft-0[4-7]|draft\/20(?:19-09|20-12))\/(?:schema|hyper-schema)#?$/;
const references: ReadonlySet<string> = new Set(['$ref', '$dynamicRef', '$recursiveRef', '$schema']);

/** Returns the first reference of a JSON schema that leads out of its file: helm would read it from the disk or the network. */
export function foreignReference(schema: unknown): { readonly field: string; readonly target: string } | undefined {
  const open: { readonly value: unknown; readonly field: string }[] = [{ value: schema, field: '' }];
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    if (typeof one.value !== 'object' || one.value === null) continue;
    for (const [key, value] of Object.entries(one.value)) {
      const field = one.field === '' ? key : `${one.field}.${key}`;
      if (references.has(key) && typeof value === 'string' && !value.startsWith('#') && !standard.test(value)) return { field, target: value };
      open.push({ value, field });
    }
  }
  return undefined;
}
