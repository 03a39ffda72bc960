import type { ServerResponse } from 'node:http';

/** What is done to a response of a server: the header is set to the value, or taken away where there is none. */
export type ResponseRule = { readonly header: string; readonly value: string | undefined };

/**
 * Returns the rules on responses that an Ingress' annotations bring, in the words of both controllers: lines `http-response
 * set-header` and `del-header` of `config-backend` (jcmoraisjr's), lines `Name value` of `response-set-header` (haproxytech's).
 * Everything else there is left alone; so are lines under a condition, but for the one that holds for every server.
 */
export function responseRules(annotations: Readonly<Record<string, string>> = {}): readonly ResponseRule[] {
  return Object.entries(annotations).flatMap(([name, text]) => {
    const lines = text.split('\n');
    if (/^(haproxy-ingress\.github\.io|ingress\.kubernetes\.io)\/config-backend$/.test(name)) return lines.flatMap(ruleOfLine);
    return name === 'haproxy.org/response-set-header' ? lines.flatMap((line) => ruleOfLine(`http-response set-header ${line.replace(/ +(.*)$/, ' "$1"')}`)) : [];
  });
}

function ruleOfLine(line: string): ResponseRule[] {
  const [section, action, header, ...rest] = wordsOf(line);
  if (section !== 'http-response' || header === undefined) return [];
  const [value, condition] = action === 'set-header' ? [rest[0], rest.slice(1)] : [undefined, rest];
  const always = condition.length === 0 || condition.join(' ') === 'if { srv_id -m found }';
  const known = action === 'del-header' || (action === 'set-header' && value !== undefined);
  return known && always ? [{ header, value: value?.replaceAll('%%', '%') }] : [];
}

/** The words of a line as HAProxy reads them: http://docs.haproxy.org/2.6/configuration.html#2.2 */
function wordsOf(line: string): string[] {
  return Array.from(line.matchAll(/(?:"(?:[^"\\]|\\.)*"|'[^']*'|\\.|[^\s"'\\#])+|#.*/g), ([word]) => word)
    .filter((word) => !word.startsWith('#'))
    .map((word) => word.replaceAll(/"((?:[^"\\]|\\.)*)"|'([^']*)'|(\\.)/g, (_all, double?: string, single?: string, bare?: string) => single ?? unescaped(double ?? bare ?? '')));
}

function unescaped(text: string): string {
  return text.replaceAll(/\\x([0-9A-Fa-f]{2})|\\(.)/g, (_all, code?: string, character?: string) => (code === undefined ? (character ?? '') : String.fromCharCode(parseInt(code, 16))));
}

/** Lets the rules have the last word on a response, whatever the container sets; returns how to end that. */
export function rule(response: ServerResponse, rules: readonly ResponseRule[]): () => void {
  const write = response.writeHead.bind(response) as (status: number, ...rest: readonly unknown[]) => ServerResponse;
  const writeHead = (status: number, ...rest: readonly unknown[]): ServerResponse => {
    const given = rest.find((one) => typeof one === 'object' && one !== null) ?? {};
    // As a list or as a map: both are what Node takes.
    for (const [name, value] of Array.isArray(given) ? pairs(given) : Object.entries(given)) response.setHeader(name, value as string);
    for (const { header, value } of rules) {
      if (value === undefined) response.removeHeader(header);
      else response.setHeader(header, value);
    }
    return write(status, ...rest.filter((one) => typeof one === 'string'));
  };
  Object.defineProperty(response, 'writeHead', { value: writeHead, configurable: true });
  return () => {
    Reflect.deleteProperty(response, 'writeHead');
  };
}

function pairs(list: readonly unknown[]): (readonly [string, unknown])[] {
  return list.flatMap((name, index) => (index % 2 === 0 ? [[String(name), list[index + 1]] as const] : []));
}
