import { z } from 'zod';
import type { ClassForm, Dialect } from '../core/traffic/policy.ts';
import { classRule } from './platform-texts.ts';
import { text } from './shape.ts';

/** How previews are reached. */
export type IngressSettings = {
  readonly class: string;
  readonly controller: Dialect;
  /** In which form the class is named. */
  readonly classForm: ClassForm;
  /** Whether the door has a wildcard certificate. */
  readonly tls: boolean;
  /** Whether search engines are told to keep out. */
  readonly noindex: boolean;
};

/** `ingress`: the door that previews are behind. */
export const ingress = z
  .strictObject({
    class: text(classRule)
      .default('haproxy-v1')
      .meta({ description: 'The ingress class of every preview.', example: 'haproxy-v1' }),
    controller: z.enum(['haproxy-ingress', 'haproxytech']).default('haproxy-ingress').meta({
      description: 'Which controller reads it: jcmoraisjr’s haproxy-ingress, or haproxytech’s kubernetes-ingress.',
      example: 'haproxytech',
    }),
    classForm: z.enum(['annotation', 'field', 'both']).optional().meta({
      description:
        'How an Ingress names its class: by the annotation `kubernetes.io/ingress.class`, by `spec.ingressClassName`, or both; without the key as the controller reads it: `annotation` for haproxy-ingress, `field` for haproxytech.',
      example: 'field',
    }),
    tls: z.boolean().default(false).meta({
      description: 'Whether the door has a wildcard certificate: then plain requests are sent to https.',
      example: 'true',
    }),
    noindex: z
      .boolean()
      .default(true)
      .meta({ description: 'Whether search engines are told to keep out (`X-Robots-Tag: noindex`).', example: 'false' }),
  })
  .prefault({})
  .meta({ description: 'How previews are reached.', example: '{ class: haproxy-v1 }' });

/** Returns the settings with the form that the controller reads, where none is given. */
export function ingressOf(raw: z.output<typeof ingress>): IngressSettings {
  const { classForm = raw.controller === 'haproxytech' ? 'field' : 'annotation' } = raw;
  return { ...raw, classForm };
}
