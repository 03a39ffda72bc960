import type { AppManifest } from '../../config/app-manifest.ts';

/** Returns text as it stands in HTML, in an attribute too. */
function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

function document(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(title)}</title>
<style>
  :root { color-scheme: light dark; }
  body { max-width: 40rem; margin: 3rem auto; padding: 0 1rem; font: 1rem/1.6 system-ui, sans-serif; }
  button { font: inherit; padding: .5rem 1.2rem; }
</style>
<h1>${escaped(title)}</h1>
${body}
</html>
`;
}

/** The page with the button: what will be made, and the manifest that goes to GitHub with it. */
export function startPage(manifest: AppManifest, posted: object, createUrl: string): string {
  const { host } = new URL(createUrl);
  const permissions = Object.entries(manifest.permissions).map(([name, level]) => `<li>${escaped(`${name}: ${level}`)}</li>`);
  return document(
    'A GitHub App for Avant',
    `<p>GitHub asks for its name, makes it, and leads back here. Its key is then kept where you said.</p>
<form method="post" action="${escaped(createUrl)}">
<input type="hidden" name="manifest" value="${escaped(JSON.stringify(posted))}">
<p><button>Create the App on ${escaped(host)}</button></p></form>
<p>It will be private, and may do in repositories:</p><ul>${permissions.join('')}</ul>
<p>Of these it is told: ${escaped(manifest.events.join(', '))}.</p>`,
  );
}

/** The page at the end. */
export function donePage({ name, where, installUrl }: { readonly name: string; readonly where: string; readonly installUrl: string }): string {
  return document(
    `${name} is made`,
    `<p>Its key is in ${escaped(where)}. The terminal has the next steps.</p>
<p><a href="${escaped(installUrl)}">Install it where your repositories are</a></p>`,
  );
}

/** What went wrong, in one paragraph. */
export function failedPage(what: string): string {
  return document('This did not work', `<p>${escaped(what)}</p>`);
}
