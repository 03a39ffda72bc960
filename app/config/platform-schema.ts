import { z } from 'zod';
import { annotationPattern, harmlessAnnotations } from '../core/traffic/branch-annotations.ts';
import { platformAccess } from './access-schema.ts';
import { annotationRule } from './annotations.ts';
import { charts } from './chart-repositories.ts';
import { valuesSchema } from './chart-values.ts';
import { clusterDoor, door } from './door.ts';
import { durationBetween, durationPattern } from './duration.ts';
import { ingress } from './ingress-schema.ts';
import { limits, network } from './limits-schema.ts';
import * as texts from './platform-texts.ts';
import { text, textLike } from './shape.ts';
import { platformTraffic } from './traffic-schema.ts';

const domain = (): z.ZodString => text(texts.domainRule);
const url = (): z.ZodString => text(texts.urlRule, texts.urlPattern);
const repository = (): z.ZodString => text(texts.repositoryRule, texts.repositoryPattern).meta({ title: 'owner/name' });
const namespace = (): z.ZodString => text(texts.namespaceRule, texts.namespacePattern);
const secretName = (): z.ZodString => text(texts.secretRule, texts.secretPattern);
const duration = (least: string, most: string): z.ZodString => text(durationBetween(least, most), durationPattern);

const tenantOrAll = (): z.ZodString =>
  text((value) => (value === texts.everyTenant ? undefined : texts.tenantRule(value)), texts.tenantPattern).meta({
    title: 'tenant or all',
  });

const tenant = z
  .strictObject({
    domain: domain().optional().meta({
      description: 'The domain of the tenant’s previews, instead of the platform’s.',
      example: 'preview.bar.fr',
    }),
    url: url().optional().meta({
      description: 'A link to one of its previews, instead of the platform’s.',
      example: 'http://${host}:8080',
    }),
    cluster: z
      .string()
      .optional()
      .meta({ description: 'The cluster of its previews: one of `clusters`, or `home`.', example: 'home' }),
    values: valuesSchema
      .optional()
      .meta({ description: 'Values for every chart, below those of the project.', example: '{ currency: EUR }' }),
  })
  .nullable()
  .meta({ description: 'A tenant, and what is its own.', example: '{ domain: preview.bar.fr }' });

const tenants = z
  .record(text(texts.tenantRule, texts.tenantPattern).meta({ title: 'tenant' }), tenant)
  .nullable()
  .prefault({})
  .meta({
    description: 'The platform’s tenants, by name; without any, a pull request has one preview.',
    example: '{ fr: {}, be: {} }',
  });

const clusters = z
  .record(
    text(texts.clusterRule, texts.clusterPattern).meta({ title: 'cluster' }),
    z
      .strictObject({
        kubeconfig: textLike(texts.pathPattern, {
          message: 'is not the path of a file',
          mend: 'begin with "/": /etc/avant/eu.kubeconfig',
        }).meta({ description: 'Path of the kubeconfig file.', example: '/etc/avant/eu.kubeconfig' }),
        door: clusterDoor,
      })
      .meta({ description: 'A cluster that tenants may name.', example: '{ kubeconfig: /etc/avant/eu.kubeconfig }' }),
  )
  .nullable()
  .prefault({})
  .meta({
    description: 'Further clusters, by name, beside `home`, the one where Avant’s records are.',
    example: '{ eu: { kubeconfig: /etc/avant/eu.kubeconfig } }',
  });

const registry = z
  .strictObject({
    insecure: z
      .boolean()
      .default(false)
      .meta({ description: 'Whether Avant asks it over plain HTTP.', example: 'true' }),
    pullSecret: z
      .union([
        secretName(),
        z.record(
          tenantOrAll(),
          secretName().meta({ description: 'The Secret for this tenant.', example: 'registry-fr' }),
        ),
      ])
      .optional()
      .meta({
        description:
          'The Secret in `secrets.namespace` (kubernetes.io/dockerconfigjson) to pull with: one, or one for each tenant.',
        example: '{ all: registry, fr: registry-fr }',
      }),
  })
  .nullable()
  .meta({ description: 'A registry, or a path in it.', example: '{ pullSecret: registry }' });

const registries = z
  .record(text(texts.registryRule).meta({ title: 'registry' }), registry)
  .optional()
  .meta({
    description:
      'Whose images previews may run, by the image’s beginning; without the key any, and no registry is asked.',
    example: '{ registry.bar.com: {}, docker.io/library: {} }',
  });

const secrets = z
  .strictObject({
    namespace: namespace().meta({
      description: 'The namespace that administrators put the Secrets into, in each cluster that has previews.',
      example: 'avant-secrets',
    }),
    projects: z
      .record(
        repository(),
        z
          .record(
            tenantOrAll(),
            z
              .array(secretName().meta({ description: 'Name of a Secret.', example: 'foo-preview' }))
              .max(20)
              .meta({ description: 'Names of Secrets for the previews of this tenant.', example: '[foo-preview]' }),
          )
          .meta({
            description: 'What the repository `owner/name` is given, by tenant.',
            example: '{ all: [foo-preview] }',
          }),
      )
      .nullable()
      .prefault({})
      .meta({
        description: 'Which of them are copied into whose previews, never into a fork’s.',
        example: '{ bar/foo: { all: [foo-preview], fr: [foo-fr] } }',
      }),
  })
  .optional()
  .meta({
    description: 'Secrets that administrators give to previews.',
    example: '{ namespace: avant-secrets, projects: { bar/foo: { all: [foo-preview] } } }',
  });

/** What people write in `avant.yaml`. */
export const platformSchema = z.strictObject({
  domain: domain().meta({
    description: 'The domain that previews’ hosts are under; a wildcard DNS record must lead from it to the ingress.',
    example: 'preview.bar.com',
  }),
  url: url().default('https://${host}').meta({
    description: 'A link to a preview: scheme, `${host}`, and a port where it is not the usual one.',
    example: 'http://${host}:8080',
  }),
  ingress,
  ingressAnnotations: z
    .array(
      text(annotationRule, annotationPattern).meta({
        description: 'Its exact name.',
        example: 'haproxy-ingress.github.io/affinity',
      }),
    )
    .max(100)
    .default([...harmlessAnnotations])
    .meta({
      description: 'Annotations of an Ingress that branches may set; all others are refused.',
      example: '[haproxy-ingress.github.io/affinity]',
    }),
  traffic: platformTraffic,
  access: platformAccess,
  tenants,
  clusters,
  door,
  registries,
  charts,
  secrets,
  limits,
  network,
  people: z
    .array(text(texts.loginRule, texts.loginPattern).meta({ description: 'A login.', example: 'ann' }))
    .max(1000)
    .default([])
    .meta({
      description: 'Who may label and command beside those with write permission: logins, apps as `name[bot]`.',
      example: '[ann, "renovate[bot]"]',
    }),
  forks: z.enum(['never', 'approved']).default('approved').meta({
    description: 'Whether pull requests from forks get previews: never, or for each commit that somebody approves.',
    example: 'never',
  }),
  namespace: namespace()
    .default('avant')
    .meta({ description: 'Avant’s own namespace, where its records are. Under another name it is another Avant: what the one before made is left alone.', example: 'avant' }),
  apps: z
    .record(
      repository(),
      text(texts.appRule).meta({
        description: 'The app name of the repository `owner/name`, instead of the one its name gives.',
        example: 'foo',
      }),
    )
    .nullable()
    .prefault({})
    .meta({
      description: 'App names for repositories whose own name does not do.',
      example: '{ bar/Foo_Service: foo }',
    }),
  label: text(texts.labelRule).default('cd/preview').meta({
    description: 'The label that asks for previews; followed by `/` and a tenant it asks for one.',
    example: 'cd/preview',
  }),
  check: z.enum(['labelled', 'always']).default('labelled').meta({
    description:
      'Which pull requests get a check: those with the label, or all (neutral without it; it can be required then).',
    example: 'always',
  }),
  logs: z.enum(['private', 'always', 'never']).default('private').meta({
    description: 'Whether a failing container’s last lines are shown: in private repositories only, always or never.',
    example: 'never',
  }),
  resync: duration('10s', '24h')
    .default('5m')
    .meta({ description: 'Time between two passes that compare everything with GitHub (10s to 24h).', example: '5m' }),
  grace: duration('1s', '365d').default('24h').meta({
    description: 'How long a repository or installation must be known gone before its previews go (1s to 365d).',
    example: '24h',
  }),
  breaker: z
    .strictObject({
      teardowns: z.int().min(1).max(100_000).default(10).meta({
        description: 'How many pull requests may lose their previews within a minute, beyond those that are closed.',
        example: '10',
      }),
    })
    .prefault({})
    .meta({ description: 'What stops Avant from taking away too much at once.', example: '{ teardowns: 10 }' }),
});
