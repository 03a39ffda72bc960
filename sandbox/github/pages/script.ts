/**
 * What runs in the reader's browser. Each second it asks for the page again (the server answers 304 while nothing
 * happened) and puts in what changed in the parts marked `data-live`, leaving alone what somebody is typing in, what has
 * the focus and which details are open. Forms are sent without leaving the page. Without it everything works by reloading.
 */
export const script = `
const shown = new Map();
const keep = (root) => { for (const part of root.querySelectorAll('[data-live]')) shown.set(part.id, part.innerHTML); };
keep(document);
let etag = null;

function isBusy(part) {
  const active = document.activeElement;
  if (part.contains(active) && active.matches('input, textarea, select')) return true;
  return [...part.querySelectorAll('textarea, input[type=text]')].some((field) => field.value !== field.defaultValue);
}

function replace(part, fresh) {
  const active = part.contains(document.activeElement) ? document.activeElement.id : '';
  const open = [...part.querySelectorAll('details')].map((one) => one.open);
  const same = part.querySelectorAll('details').length === fresh.querySelectorAll('details').length;
  const chosen = part.value;
  part.innerHTML = fresh.innerHTML;
  if (part.tagName === 'SELECT' && [...part.options].some((one) => one.value === chosen)) part.value = chosen;
  if (same) part.querySelectorAll('details').forEach((one, index) => { one.open = open[index]; });
  if (active) document.getElementById(active)?.focus();
}

function update(page, sent) {
  if (page.title) document.title = page.title;
  for (const list of document.querySelectorAll('[data-list]')) {
    const fresh = page.getElementById(list.id);
    if (!fresh) continue;
    const wanted = [...fresh.children];
    for (const child of [...list.children]) if (!wanted.some((one) => one.id === child.id) && !isBusy(child)) child.remove();
    wanted.forEach((child, index) => {
      if (document.getElementById(child.id)) return;
      list.insertBefore(document.importNode(child, true), list.children[index] ?? null);
      shown.set(child.id, child.innerHTML);
    });
  }
  for (const part of document.querySelectorAll('[data-live]')) {
    const fresh = page.getElementById(part.id);
    if (!fresh || fresh.innerHTML === shown.get(part.id) || isBusy(part)) continue;
    shown.set(part.id, fresh.innerHTML);
    replace(part, fresh);
  }
  for (const form of document.querySelectorAll('form[data-follow]')) {
    const fresh = page.getElementById(form.id);
    if (fresh && fresh.dataset.follow === form.dataset.follow) follow(form, fresh, form === sent);
  }
  tellTime();
}

// What was just sent is what the page has now. Otherwise a form goes along with others' changes only while it is
// untouched; a touched one keeps what it started from, so that sending it cannot undo them unseen.
function follow(form, fresh, isSent) {
  if (!isSent && isBusy(form)) return;
  for (const field of form.elements) {
    const now = fresh.elements.namedItem(field.name);
    if (!now || field.tagName === 'BUTTON' || (isSent && field.type !== 'hidden')) continue;
    if (field.value !== now.value) field.value = now.value;
    if (field.defaultValue !== now.value) field.defaultValue = now.value;
  }
}

function tellTime() {
  for (const time of document.querySelectorAll('time')) {
    const seconds = Math.max(0, Math.round((Date.now() - Date.parse(time.dateTime)) / 1000));
    const [count, unit] = seconds < 60 ? [seconds, 'second'] : seconds < 3600 ? [Math.floor(seconds / 60), 'minute']
      : seconds < 86400 ? [Math.floor(seconds / 3600), 'hour'] : [Math.floor(seconds / 86400), 'day'];
    const text = seconds < 5 ? 'just now' : count + ' ' + unit + (count === 1 ? '' : 's') + ' ago';
    if (time.textContent !== text) time.textContent = text;
  }
}

const parse = async (answer) => new DOMParser().parseFromString(await answer.text(), 'text/html');
const notice = document.getElementById('notice');

async function refresh() {
  try {
    const answer = await fetch(location.pathname + location.search, { headers: etag ? { 'if-none-match': etag } : {}, cache: 'no-store' });
    if (answer.ok) { etag = answer.headers.get('etag'); update(await parse(answer)); }
    if (notice.dataset.lost) { notice.textContent = ''; delete notice.dataset.lost; }
  } catch {
    notice.textContent = 'The sandbox does not answer. It may have been stopped.';
    notice.dataset.lost = 'yes';
  }
  tellTime();
  setTimeout(refresh, document.hidden ? 5000 : 1000);
}

document.addEventListener('submit', async (event) => {
  const form = event.target;
  if (form.method !== 'post' || form.dataset.leave !== undefined) return;
  event.preventDefault();
  const data = new URLSearchParams(new FormData(form, event.submitter));
  const pressed = event.submitter?.id;
  const buttons = [...form.querySelectorAll('button')].filter((button) => !button.disabled);
  for (const button of buttons) button.disabled = true;
  try {
    const answer = await fetch(form.getAttribute('action') || location.href, { method: 'POST', body: data });
    const page = await parse(answer);
    notice.textContent = answer.ok ? '' : (page.querySelector('[data-error]')?.textContent ?? 'That did not work.');
    if (!answer.ok) return;
    if (form.dataset.clear !== undefined) form.reset();
    for (const field of form.querySelectorAll('textarea, input[type=text]')) field.defaultValue = field.value;
    form.closest('details.menu')?.removeAttribute('open');
    if (answer.url.split('#')[0] === location.href.split('#')[0]) update(page, form); else location.href = answer.url;
  } catch {
    notice.textContent = 'The sandbox does not answer. It may have been stopped.';
  } finally {
    for (const button of buttons) button.disabled = false;
    // A disabled button has lost the focus, and one that was replaced is another.
    if (pressed && document.activeElement === document.body) document.getElementById(pressed)?.focus();
  }
});
// At once, as a page that is gone back to comes from the browser's cache.
void refresh();
`;
