/** The names of the templates in manifests/. */
export const templateNames = ['namespace', 'deployment', 'service', 'ingress', 'files', 'job', 'quota', 'limits', 'network', 'account'] as const;

export type TemplateName = (typeof templateNames)[number];

/** Values of a template; each is written as JSON, so none can add a key or a line. */
export type TemplateValues = Readonly<Record<string, string | number | boolean | object>>;

/** Renders one template to the object that its YAML says; throws when a value is missing. */
export type RenderTemplate = (name: TemplateName, values: TemplateValues) => unknown;
