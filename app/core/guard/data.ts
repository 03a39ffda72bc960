import { isMap, type JsonMap } from '../json.ts';
import type { Json } from '../object.ts';
import { shown } from '../outside-text.ts';
import { leftOut, mapOf, text, textThat, type Check, type Scope } from './shape.ts';

/** Of all values together: MaxSecretSize of the core API, and the same for ConfigMaps. */
const maxSize = 1024 * 1024;

const keyShape = /^[A-Za-z0-9._-]{1,253}$/;

function keyPasses(key: string, field: string, scope: Scope): boolean {
  if (keyShape.test(key) && key !== '.' && !key.startsWith('..')) return true;
  scope.say(field, 'data-key', 'is not a key', 'write letters, digits and - _ .');
  return false;
}

const texts: Check = mapOf((key, value, field, scope) =>
  keyPasses(key, field, scope) ? text(value, field, scope) : undefined,
);

const base64: Check = mapOf((key, value, field, scope) =>
  keyPasses(key, field, scope) ? encoded(value, field, scope) : undefined,
);

const encoded: Check = textThat((value, field, scope) => {
  // Line ends are left out by those who read it.
  const joined = value.replaceAll(/[\r\n]/g, '');
  if (joined.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(joined))
    scope.say(field, 'secret-data', 'is not base64', 'write b64enc behind the value, or use stringData');
  return joined;
});

/** Types on which nothing in the cluster acts; beside them any that is not Kubernetes' own. */
const harmlessTypes: ReadonlySet<string> = new Set([
  'Opaque',
  'kubernetes.io/basic-auth',
  'kubernetes.io/dockercfg',
  'kubernetes.io/dockerconfigjson',
  'kubernetes.io/ssh-auth',
  'kubernetes.io/tls',
]);

const secretType: Check = textThat((value, field, scope) => {
  const domain = value.split('/', 1)[0] ?? '';
  if (!harmlessTypes.has(value) && /(?:^|\.)(?:kubernetes\.io|k8s\.io|helm\.sh)$/.test(domain))
    scope.say(field, 'secret-type', `is ${shown(value)}`, 'write Opaque, or take it out');
  return value === '' ? undefined : value;
});

/** What a ConfigMap and a Secret have beside `metadata`. An object that cannot be changed would keep the next push from it. */
export const configMapFields: Readonly<Record<string, Check>> = { data: texts, binaryData: base64, immutable: leftOut };
export const secretFields: Readonly<Record<string, Check>> = {
  data: base64,
  stringData: texts,
  type: secretType,
  immutable: leftOut,
};

/** Returns a Secret with its `stringData` in `data`, as the API server stores it. */
export function withData(secret: JsonMap): JsonMap {
  const { stringData, ...rest } = secret;
  if (!isMap(stringData)) return secret;
  const further = Object.entries(stringData).map(
    ([key, value]) => [key, Buffer.from(typeof value === 'string' ? value : '', 'utf8').toString('base64')] as const,
  );
  const data = rest['data'];
  return { ...rest, data: Object.fromEntries([...(isMap(data) ? Object.entries(data) : []), ...further]) };
}

/** Tells what is larger than the API server takes. */
export function sizeOfData(object: JsonMap, scope: Scope): void {
  const bytes = (value: Json | undefined): number => (typeof value === 'string' ? Buffer.byteLength(value) : 0);
  const sum = (field: string, factor: number): number => {
    const map = object[field];
    return isMap(map) ? Object.values(map).reduce<number>((total, value) => total + bytes(value), 0) * factor : 0;
  };
  const size = object['kind'] === 'Secret' ? sum('data', 0.75) : sum('data', 1) + sum('binaryData', 0.75);
  if (size > maxSize)
    scope.say(
      'data',
      'data-size',
      `is ${Math.ceil(size)} bytes`,
      `${maxSize} are the most; put large files into the image`,
    );
}
