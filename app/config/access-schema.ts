import { z } from 'zod';
import * as texts from './access-texts.ts';
import { secretPattern, secretRule } from './platform-texts.ts';
import { text, textLike } from './shape.ts';
import { headerPattern, headerRule } from './traffic-texts.ts';

const way = z
  .strictObject({
    addresses: z
      .array(text(texts.someAddresses).meta({ description: 'A range of addresses.', example: '203.0.113.0/24' }))
      .min(1)
      .max(100)
      .optional()
      .meta({ description: 'From where: ranges of addresses, IPv4 or IPv6.', example: '[203.0.113.0/24]' }),
    secret: text(secretRule, secretPattern).optional().meta({
      description: 'Who knows a password: a Secret in `secrets.namespace`, which the controller reads.',
      example: 'preview-passwords',
    }),
    realm: textLike(texts.realmPattern, texts.wrongRealm).optional().meta({
      description: 'What browsers say that the password is for; without the key `preview`.',
      example: 'Previews of Bar',
    }),
    request: text(texts.requestRule, texts.requestPattern).optional().meta({
      description: 'Who is let through by what the office has: each request is asked about there, 2xx lets it through.',
      example: 'http://oauth2-proxy.auth.svc:4180/oauth2/auth',
    }),
    signin: text(texts.signinRule, texts.signinPattern).optional().meta({
      description:
        'Where browsers are sent that are not let through; in its query `${url}` is where they wanted to go. Without the key they are refused.',
      example: '"https://auth.bar.com/oauth2/start?rd=${url}"',
    }),
    headers: z
      .array(
        text(headerRule, headerPattern).meta({ description: 'A header’s name.', example: 'X-Auth-Request-Email' }),
      )
      .max(20)
      .optional()
      .meta({ description: 'Headers of the answer that the app gets.', example: '[X-Auth-Request-Email]' }),
  })
  .meta({
    description: 'A way to look: one of `addresses`, `secret`, `request`, and what goes with it.',
    example: '{ addresses: [203.0.113.0/24] }',
  });

/** `access`: who may look at previews. */
export const platformAccess = z
  .strictObject({
    ways: z
      .record(text(texts.wayRule, texts.wayPattern).meta({ title: 'way' }), way)
      .nullable()
      .prefault({})
      .meta({
        description: 'Ways to look, by name, beside `open`, which is everybody.',
        example: '{ office: { addresses: [203.0.113.0/24] } }',
      }),
    default: z
      .string()
      .default(texts.everybody)
      .meta({ description: 'The way of projects that choose none.', example: 'open' }),
    choices: z
      .array(z.string().meta({ description: 'A way.', example: 'open' }))
      .max(100)
      .optional()
      .meta({
        description: 'What projects may choose beside the default; without the key every way, if the default is `open`.',
        example: '[open]',
      }),
  })
  .prefault({})
  .meta({
    description: 'Who may look at previews.',
    example: '{ ways: { office: { addresses: [203.0.113.0/24] } }, default: office }',
  });

/** `access` of a project, at the top and of an app: the name of a way. */
export const projectAccess = textLike(texts.wayPattern, texts.wrongWay)
  .nullish()
  .meta({
    description: 'Who may look: one of the platform’s ways that projects may choose; without the key its default.',
    example: 'office',
  });

export type RawAccess = z.output<typeof platformAccess>;
