import { z } from 'zod';
import { cidrRule } from './cidr.ts';
import { durationBetween, durationPattern } from './duration.ts';
import { namespacePattern } from './platform-texts.ts';
import { cpuRule, memoryRule, storageRule } from './quantity.ts';
import { quantity, text, textLike } from './shape.ts';

const cidr = (): z.ZodString => text(cidrRule);

/** `limits`: what one preview may have. */
export const limits = z
  .strictObject({
    cpu: quantity(cpuRule).default('4').meta({ description: 'CPU of a preview’s containers together.', example: '4' }),
    memory: quantity(memoryRule)
      .default('8Gi')
      .meta({ description: 'Memory of a preview’s containers together.', example: '8Gi' }),
    storage: quantity(storageRule)
      .default('10Gi')
      .meta({ description: 'Disk of a preview’s volumes together; `0` allows no volumes.', example: '10Gi' }),
    pods: z.int().min(1).max(1000).default(30).meta({ description: 'Pods of a preview.', example: '30' }),
    objects: z
      .int()
      .min(1)
      .max(1000)
      .default(100)
      .meta({ description: 'Objects that a project may have in one preview.', example: '100' }),
    replicas: z
      .int()
      .min(1)
      .max(1000)
      .default(10)
      .meta({ description: 'Replicas of one workload, never more than `pods`.', example: '10' }),
    jobs: text(durationBetween('1m', '24h'), durationPattern)
      .default('30m')
      .meta({ description: 'How long a Job may run (1m to 24h).', example: '30m' }),
  })
  .prefault({})
  .meta({ description: 'What one preview may have at most.', example: '{ cpu: 4, memory: 8Gi, jobs: 30m }' });

const networkSource = z
  .strictObject({
    namespace: textLike(namespacePattern, {
      message: 'is not a namespace’s name',
      mend: 'write a DNS label, for example ingress',
    })
      .optional()
      .meta({ description: 'All of a namespace.', example: 'ingress' }),
    cidr: cidr().optional().meta({
      description: 'A range of addresses, IPv4 or IPv6: the nodes’, where the controller is on their network.',
      example: '10.0.0.0/24',
    }),
  })
  .meta({ description: 'Either a namespace or a range of addresses.', example: '{ namespace: ingress }' });

const networkTarget = z
  .strictObject({
    cidr: cidr().meta({ description: 'A range of addresses, IPv4 or IPv6.', example: '0.0.0.0/0' }),
    ports: z
      .array(z.int().min(1).max(65_535).meta({ description: 'A port.', example: '443' }))
      .min(1)
      .max(50)
      .optional()
      .meta({ description: 'TCP ports; without the key every port.', example: '[443]' }),
  })
  .meta({ description: 'Where previews may go.', example: '{ cidr: 0.0.0.0/0, ports: [443] }' });

/** `network`: what previews may reach, and what may reach them. */
export const network = z
  .strictObject({
    ingress: z.array(networkSource).max(50).default([]).meta({
      description:
        'From where previews are reached: the ingress controller. If empty, from all namespaces but previews’.',
      example: '[{ namespace: ingress }]',
    }),
    egress: z.array(networkTarget).max(50).default([]).meta({
      description: 'Where previews may go, beside DNS and their own namespace.',
      example: '[{ cidr: 0.0.0.0/0, ports: [80, 443] }]',
    }),
    never: z
      .array(cidr().meta({ description: 'A range of addresses.', example: '10.96.0.1/32' }))
      .max(50)
      .default([])
      .meta({
        description: 'Where they may not go, whatever `egress` says, beside the clouds’ metadata: the API server, say.',
        example: '[10.96.0.1/32]',
      }),
  })
  .prefault({})
  .meta({
    description: 'The network of previews.',
    example: '{ ingress: [{ namespace: ingress }], never: [10.96.0.1/32] }',
  });
