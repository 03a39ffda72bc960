import { escapeHtml } from '../markdown/inline.ts';

/** Markup that is safe to send. Only `html` and `trusted` make it. */
export type Html = { readonly markup: string };

export type HtmlPart = Html | readonly Html[] | string | number | false | null | undefined;

/** Markup from a template; every text put in is escaped, nothing appears for false, null and undefined. */
export function html(strings: TemplateStringsArray, ...parts: HtmlPart[]): Html {
  return { markup: strings.map((text, index) => text + render(parts[index])).join('') };
}

function render(part: HtmlPart): string {
  if (part === false || part === null || part === undefined) return '';
  if (typeof part === 'string' || typeof part === 'number') return escapeHtml(String(part));
  if ('markup' in part) return part.markup;
  return part.map((one) => one.markup).join('');
}

/** Markup that is known to be safe, as the Markdown renderer's. */
export function trusted(markup: string): Html {
  return { markup };
}
