import { at, isMap } from '../json.ts';
import { templateMetadata } from './metadata.ts';
import { claimSpec } from './claims.ts';
import { bytes } from './quantity.ts';
import { mayRefer } from './secret-references.ts';
import { bool, fields, flag, integer, kept, listOf, numberOrText, oneOf, refused, text, type Check } from './shape.ts';

/** For a volume in memory that says nothing: without a size it may take half of the node’s memory. */
const memorySize = '256Mi';

const mode = integer(0, 0o777);
const items = listOf(fields({ key: text, path: text, mode }, ['key', 'path']));
const downwardItems = listOf(
  fields(
    {
      path: text,
      mode,
      fieldRef: fields({ apiVersion: text, fieldPath: text }, ['fieldPath']),
      resourceFieldRef: fields({ containerName: text, resource: text, divisor: numberOrText }, ['resource']),
    },
    ['path'],
  ),
);

const emptyDirFields = fields({ medium: oneOf('Memory'), sizeLimit: bytes });

const emptyDir: Check = (value, field, scope) => {
  const taken = emptyDirFields(value, field, scope);
  return isMap(taken) && taken['medium'] === 'Memory' ? { sizeLimit: memorySize, ...taken } : taken;
};

const credentials = refused('pod-token', 'carries credentials of the cluster', 'take it out: previews have none');
const sourceFields = fields({
  configMap: fields({ name: text, items, optional: bool }, ['name']),
  secret: fields({ name: text, items, optional: bool }, ['name']),
  downwardAPI: fields({ items: downwardItems }),
  serviceAccountToken: credentials,
  clusterTrustBundle: credentials,
  podCertificate: credentials,
});

const source: Check = (value, field, scope) => {
  const taken = sourceFields(value, field, scope);
  const reference = at(value, 'secret');
  return reference === undefined || mayRefer(reference, 'name', `${field}.secret`, scope) ? taken : undefined;
};

const others = [
  'awsElasticBlockStore',
  'azureDisk',
  'azureFile',
  'cephfs',
  'cinder',
  'csi',
  'fc',
  'flexVolume',
  'flocker',
  'gcePersistentDisk',
  'gitRepo',
  'glusterfs',
  'image',
  'iscsi',
  'nfs',
  'photonPersistentDisk',
  'portworxVolume',
  'quobyte',
  'rbd',
  'scaleIO',
  'storageos',
  'vsphereVolume',
];

const volumeFields = fields(
  {
    name: text,
    configMap: fields({ name: text, items, defaultMode: mode, optional: bool }),
    secret: fields({ secretName: text, items, defaultMode: mode, optional: bool }, ['secretName']),
    emptyDir,
    persistentVolumeClaim: fields({ claimName: text, readOnly: flag }, ['claimName']),
    projected: fields({ sources: listOf(source), defaultMode: mode }),
    downwardAPI: fields({ items: downwardItems, defaultMode: mode }),
    ephemeral: fields({ volumeClaimTemplate: fields({ metadata: templateMetadata, spec: claimSpec }, ['spec']) }, [
      'volumeClaimTemplate',
    ]),
    // Pod Security refuses it.
    hostPath: kept,
    ...Object.fromEntries(
      others.map((type) => [
        type,
        refused('volume-type', 'is a volume that previews are not given', 'use emptyDir or a persistentVolumeClaim'),
      ]),
    ),
  },
  ['name'],
);

/** Volumes of a pod. One of an optional Secret that the preview does not have is empty, as the kubelet makes it. */
export const volumes: Check = listOf((value, field, scope) => {
  const taken = volumeFields(value, field, scope);
  const reference = at(value, 'secret');
  if (reference === undefined || mayRefer(reference, 'secretName', `${field}.secret`, scope)) return taken;
  return { name: at(value, 'name') ?? '', emptyDir: {} };
});
