import { z } from 'zod';
import { projectAccess } from './access-schema.ts';
import { valuesSchema } from './chart-values.ts';
import { durationBetween, durationPattern } from './duration.ts';
import { secretPattern, secretRule } from './platform-texts.ts';
import * as texts from './project-texts.ts';
import { cpuRule, memoryRule } from './quantity.ts';
import { quantity, text, textLike } from './shape.ts';
import { projectTraffic } from './traffic-schema.ts';

export const maxVariables = 100;
export const maxEnvBytes = 32 * 1024;
export const maxFiles = 50;
/** A ConfigMap holds 1 MiB; a preview's objects are kept below that together. */
export const maxFileBytes = 256 * 1024;
export const maxApps = 10;
export const maxChecks = 20;
const maxHooks = 10;

const probe = (description: string): z.ZodObject<{ path: z.ZodString }> =>
  z.strictObject({
    path: textLike(texts.urlPathPattern, texts.wrongUrlPath).meta({ description, example: '/healthz' }),
  });

const words = z
  .array(
    z
      .union([text(texts.wordRule), z.number(), z.boolean()])
      .meta({ description: 'A word; numbers and booleans are taken as they are written.', example: 'serve' }),
  )
  .min(1)
  .max(100);

const env = z
  .record(
    textLike(texts.variablePattern, texts.wrongVariable).meta({ title: 'variable' }),
    z.union([text(texts.contentRule), z.number(), z.boolean()]).meta({
      description: 'A variable of the container. A template; numbers and booleans are taken as they are written.',
      example: '"${tenant}"',
    }),
  )
  .prefault({})
  .meta({
    description: `The container’s environment: ${maxVariables} variables at most, 32 KiB together.`,
    example: '{ TENANT: "${tenant}" }',
  });

const secrets = z
  .array(text(secretRule, secretPattern).meta({ description: 'Name of a Secret.', example: 'foo-preview' }))
  .max(20)
  .default([])
  .meta({
    description: 'Secrets that the platform gives to the project, whose keys become variables too; not for forks.',
    example: '[foo-preview]',
  });

const service = z
  .strictObject({
    name: textLike(texts.servicePattern, texts.wrongService).optional().meta({
      description:
        'The Service’s name; without it the app’s. For a chart or manifests: the Service that the host leads to.',
      example: 'foo-service',
    }),
    port: z
      .strictObject({
        name: text(texts.portNameRule).default('http').meta({ description: 'The port’s name.', example: 'nginx' }),
        number: z
          .int()
          .min(1)
          .max(65_535)
          .default(8080)
          .meta({ description: 'The port that the container listens on.', example: '8080' }),
      })
      .prefault({})
      .meta({
        description: 'The Service’s port; not for charts and manifests.',
        example: '{ name: http, number: 8080 }',
      }),
  })
  .prefault({})
  .meta({
    description: 'The Service in front of the container.',
    example: '{ name: foo-service, port: { name: nginx, number: 8080 } }',
  });

const resources = z
  .strictObject({
    cpu: quantity(cpuRule).default('100m').meta({ description: 'CPU that each container is given.', example: '100m' }),
    memory: quantity(memoryRule)
      .default('256Mi')
      .meta({ description: 'Memory that each container is given, and may not exceed.', example: '256Mi' }),
  })
  .prefault({})
  .meta({ description: 'What each container needs.', example: '{ cpu: 100m, memory: 256Mi }' });

const files = z
  .record(
    text(texts.filePathRule).meta({ title: 'path' }),
    text(texts.contentRule).meta({ description: 'What is in the file. A template.', example: '"tenant: ${tenant}"' }),
  )
  .prefault({})
  .meta({
    description: `Files in the container, by absolute path: ${maxFiles} at most, 256 KiB together.`,
    example: '{ /etc/foo/config.yaml: "tenant: ${tenant}" }',
  });

/** What an app is that is one image in Avant's own template. */
const container = {
  image: text(texts.imageRule).optional().meta({
    description: 'The container image of the commit. A template.',
    example: '"registry.bar.com/foo:${sha}"',
  }),
  service,
  env,
  secrets,
  command: words.optional().meta({
    description: 'The container’s command, instead of the image’s. Not a template.',
    example: '[node, server.js]',
  }),
  args: words.optional().meta({
    description: 'The command’s arguments, instead of the image’s. Not a template.',
    example: '[--port, 8080]',
  }),
  readiness: probe('The HTTP path that answers 2xx or 3xx once the container is ready.').optional().meta({
    description: 'When the container is ready; without the key, when its port takes connections.',
    example: '{ path: /healthz }',
  }),
  liveness: probe('The HTTP path that answers 2xx or 3xx as long as the container works.').optional().meta({
    description: 'When the container is started anew; without the key, when it ends.',
    example: '{ path: /healthz }',
  }),
  resources,
  replicas: z.int().min(1).default(1).meta({
    description: 'How many containers each preview has; the platform’s `limits.replicas` is the most.',
    example: '2',
  }),
  files,
};

/** What an app is that is a chart. */
const chart = {
  values: valuesSchema.optional().meta({
    description: 'Values for the chart, above its own and the platform’s. For charts only.',
    example: '{ replicaCount: 2 }',
  }),
  tag: text(texts.tagRule).optional().meta({
    description: 'The chart’s `image.tag`; without the key `${sha}`. A template. For charts only.',
    example: '"pr-${pr}"',
  }),
};

const app = z
  .strictObject({
    ...container,
    chart: textLike(texts.folderPattern, texts.wrongFolder)
      .optional()
      .meta({ description: 'Instead of an image: a chart, by its folder in `.cloud/charts/`.', example: 'api' }),
    ...chart,
    manifests: z
      .boolean()
      .optional()
      .meta({ description: 'Instead of an image: `true` for what is in `.cloud/manifests/`.', example: 'true' }),
    traffic: projectTraffic.meta({
      description: 'The app’s own: the same keys, above those of the top.',
      example: '{ protocol: grpc }',
      sameAs: 'traffic',
    }),
    access: projectAccess.meta({ description: 'Who may look at the app, instead of the top’s.', example: 'office' }),
  })
  .meta({ description: 'An app: an image, a chart or manifests, and what goes with it.', example: '{ chart: api }' });

const apps = z
  .record(textLike(texts.partPattern, texts.wrongPart).meta({ title: 'app' }), app)
  .optional()
  .meta({
    description: `Several apps, each with a host of its own, by the word that it has in its host: ${maxApps} at most.`,
    example: '{ api: { chart: api }, front: { image: "registry.bar.com/front:${sha}" } }',
  });

const waitFor = z
  .strictObject({
    checks: z
      .array(
        text(texts.checkRule).meta({
          description: 'A commit status’s context, or a check run’s name.',
          example: 'continuous-integration/jenkins/pr-head',
        }),
      )
      .min(1)
      .max(maxChecks)
      .meta({
        description: `Checks that must be green: ${maxChecks} at most.`,
        example: '[continuous-integration/jenkins/pr-head]',
      }),
    timeout: text(durationBetween('1m', '24h'), durationPattern)
      .default('30m')
      .meta({ description: 'How long they are waited for (1m to 24h).', example: '30m' }),
  })
  .optional()
  .meta({
    description: 'What CI must have said of a commit before it is deployed.',
    example: '{ checks: [continuous-integration/jenkins/pr-head] }',
  });

const hook = z
  .strictObject({
    name: textLike(texts.hookPattern, texts.wrongHook).meta({ description: 'The Job’s name.', example: 'migrate' }),
    image: text(texts.imageRule).optional().meta({
      description: 'Its image; without the key that of the project’s only `image`. A template.',
      example: '"registry.bar.com/foo:${sha}"',
    }),
    command: words.meta({ description: 'Its command. Not a template.', example: '[npm, run, migrate]' }),
    env,
    secrets,
    timeout: text(durationBetween('1s', '24h'), durationPattern).optional().meta({
      description: 'How long it may run; without the key 10m, at most the platform’s `limits.jobs`.',
      example: '5m',
    }),
  })
  .meta({ description: 'A Job.', example: '{ name: migrate, image: foo, command: [npm, run, migrate] }' });

const hooks = z
  .strictObject({
    setup: z.array(hook).max(maxHooks).default([]).meta({
      description: 'Before a commit’s containers start, one after the other.',
      example: '[{ name: migrate, image: foo, command: [npm, run, migrate] }]',
    }),
    teardown: z.array(hook).max(maxHooks).default([]).meta({
      description: 'Before a preview is taken away, one after the other.',
      example: '[{ name: dump, image: foo, command: [npm, run, dump] }]',
    }),
  })
  .prefault({})
  .meta({
    description: `Jobs of the project: ${maxHooks} of each at most.`,
    example: '{ setup: [{ name: migrate, image: foo, command: [npm, run, migrate] }] }',
  });

/** What people write in `.cloud/preview.yaml`. */
export const projectSchema = z.strictObject({
  ...container,
  tenants: z
    .array(z.string().meta({ description: 'A tenant of the platform.', example: 'fr' }))
    .optional()
    .meta({
      description:
        'The project’s tenants; without the key all of the platform’s, with `[]` one preview without a tenant.',
      example: '[fr, be]',
    }),
  ...chart,
  apps,
  traffic: projectTraffic.meta({
    description: 'What happens to requests on their way to the apps, within the platform’s bounds.',
    example: '{ timeouts: { server: 2m }, bodySize: 50Mi }',
  }),
  access: projectAccess,
  waitFor,
  hooks,
});
