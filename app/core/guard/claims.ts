import { at } from '../json.ts';
import { quantityOf } from './quantity.ts';
import { fields, leftOut, listOf, oneOf, refused, text, type Check } from './shape.ts';

const source = refused(
  'claim-source',
  'chooses what is in the volume',
  'take it out: previews get new and empty volumes',
);

const storage: Check = (value, field, scope) => {
  const amount = quantityOf(value);
  if (amount === undefined || amount <= 0)
    scope.say(field, 'claim-storage', 'is not an amount of storage', 'write a number and its unit, such as 1Gi');
  return typeof value === 'number' ? String(value) : value;
};

const spec = fields(
  {
    accessModes: listOf(oneOf('ReadWriteOnce', 'ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOncePod')),
    resources: fields({ requests: fields({ storage }), limits: fields({ storage }), claims: leftOut }),
    storageClassName: text,
    volumeMode: oneOf('Filesystem'),
    volumeName: source,
    selector: source,
    dataSource: source,
    dataSourceRef: source,
    volumeAttributesClassName: source,
  },
  ['accessModes', 'resources'],
);

/** `spec` of a claim on a new volume. */
export const claimSpec: Check = (value, field, scope) => {
  const taken = spec(value, field, scope);
  if (at(at(at(value, 'resources'), 'requests'), 'storage') === undefined)
    scope.say(`${field}.resources.requests.storage`, 'claim-storage', 'is missing', 'write how much, such as 1Gi');
  return taken;
};
