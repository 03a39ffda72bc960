/**
 * What means nothing between double quotes in HAProxy's configuration, in its log format, and to the controllers on the way there.
 * Not `[`: jcmoraisjr's fills in `%[service]` and the like, also behind a doubled `%`. Not `/`: it drops every line of a snippet in
 * which a word reads like the path of the cluster's credentials.
 */
const meansNothing = /^[A-Za-z0-9 _.,:;=()<>@!?*+&~^|-]$/;

/**
 * Returns plain text as the inside of a double-quoted word of HAProxy's configuration that is read as log format: `%` doubled, what
 * could mean anything as `\xHH`. The text must be ASCII that shows.
 * http://docs.haproxy.org/2.6/configuration.html#2.2 and #8.2.4
 */
export function configText(text: string): string {
  return Array.from(text, (character) => {
    if (character === '%') return '%%';
    return meansNothing.test(character) ? character : `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
  }).join('');
}
