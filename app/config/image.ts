/** https://github.com/opencontainers/distribution-spec and distribution/reference: name 255 characters, tag 128. */
const maxName = 255;

const component = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const registry = /^(?:[A-Za-z0-9]+(?:[.-]+[A-Za-z0-9]+)*|\[[0-9a-fA-F:]+\])(?::\d{1,5})?$/;
const tagShape = /^\w[\w.-]{0,127}$/;
const digestShape = /^[a-z0-9]+(?:[+._-][a-z0-9]+)*:[0-9a-fA-F]{32,128}$/;

/**
 * Says whether the text is an image reference, `[registry[:port]/]name[:tag][@digest]`: the name in lower case. Reads
 * no more than that: whether there is such an image only its registry knows.
 */
export function isImageReference(text: string): boolean {
  const at = text.indexOf('@');
  if (at >= 0 && !digestShape.test(text.slice(at + 1))) return false;
  const named = at < 0 ? text : text.slice(0, at);
  const colon = named.indexOf(':', named.lastIndexOf('/') + 1);
  if (colon >= 0 && !tagShape.test(named.slice(colon + 1))) return false;
  const name = colon < 0 ? named : named.slice(0, colon);
  if (name.length > maxName) return false;
  const [first = '', ...rest] = name.split('/');
  const hasRegistry = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase());
  return (hasRegistry ? registry.test(first) : component.test(first)) && rest.every((piece) => component.test(piece));
}
