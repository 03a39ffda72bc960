import { readFileSync } from 'node:fs';
import Handlebars from 'handlebars';
import { CORE_SCHEMA, load } from 'js-yaml';
import { templateNames, type RenderTemplate, type TemplateName } from '../core/templates.ts';

/**
 * Reads and compiles the templates of manifests/, once. They are ours alone: nothing from a branch is ever compiled. A value
 * reaches them through one helper, which writes it as JSON (and JSON is YAML), so that no value can end its line. `js-yaml` reads
 * the result several times faster than `yaml`, whose positions nobody asks for here; every label waits for it.
 */
export function loadTemplates(): RenderTemplate {
  const handlebars = Handlebars.create();
  handlebars.registerHelper('json', (value: unknown) => {
    if (value === undefined) throw new Error('a template names a value that it was not given');
    return JSON.stringify(value);
  });
  const options = { strict: true, noEscape: true, knownHelpersOnly: true, knownHelpers: { json: true } };
  const compiled = new Map<TemplateName, HandlebarsTemplateDelegate>();
  for (const name of templateNames) {
    const text = readFileSync(new URL(`../../manifests/${name}.hbs`, import.meta.url), 'utf8');
    compiled.set(name, handlebars.compile(text, options));
  }
  return (name, values) => load(compiled.get(name)?.(values) ?? '', { schema: CORE_SCHEMA });
}
