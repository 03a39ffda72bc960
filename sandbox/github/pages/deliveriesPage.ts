import type { Delivery } from '../webhooks/deliveries.ts';
import { html, type Html } from './html.ts';
import { act, timeTag, type Page, type PageCall } from './layout.ts';

/** Attempts shown at once. */
const mostShown = 100;

function badge(delivery: Delivery): Html {
  const tone = delivery.statusCode === 0 ? 'waiting' : delivery.status === 'OK' ? 'ok' : 'failure';
  return html`<span class="badge ${tone}">${delivery.statusCode === 0 ? 'under way' : delivery.statusCode}</span>`;
}

function what(delivery: Delivery): string {
  return delivery.action === null ? delivery.event : `${delivery.event}.${delivery.action}`;
}

function redeliver(delivery: Delivery): Html {
  return html`<form method="post">${act('redeliver')}<input type="hidden" name="id" value="${delivery.id}"><button id="again-${delivery.id}">Redeliver</button></form>`;
}

/** The App's webhook deliveries, newest first. */
export function deliveriesPage(call: PageCall): Page {
  const all = call.deliveries.all().reverse();
  const rows = all.slice(0, mostShown).map(
    (
      one,
    ) => html`<div>${badge(one)}<div class="grow"><p><a href="${call.url.pathname}/${one.id}"><b>${what(one)}</b></a>
${one.redelivery && html`<span class="soft small">redelivery</span>`}</p><p class="soft small"><span class="code">${one.guid}</span> · ${timeTag(one.at)} · ${one.duration} s
${one.status !== 'OK' && `· ${one.status}`}</p></div>${redeliver(one)}</div>`,
  );
  return {
    title: 'Webhook deliveries',
    body: html`<h1>Webhook deliveries</h1><p class="soft">To the App <b>${call.world.state.app.identity.slug}</b>. A delivery waits ten seconds
for its answer and is not repeated by itself. ${all.length > mostShown && `The latest ${mostShown} attempts of ${all.length}.`}</p>
<section class="card"><div class="rows" id="deliveries" data-live>${rows.length === 0 ? html`<p class="soft">None yet.</p>` : rows}</div></section>`,
  };
}

function headersView(headers: Record<string, string | string[] | undefined>): Html {
  const lines = Object.entries(headers).map(
    ([name, value]) => `${name}: ${Array.isArray(value) ? value.join(', ') : (value ?? '')}`,
  );
  return html`<pre><code>${lines.join('\n')}</code></pre>`;
}

/** One attempt: what was sent and what came back. */
export function deliveryPage(call: PageCall, delivery: Delivery): Page {
  const payload = JSON.stringify(JSON.parse(delivery.request.body), null, 2);
  return {
    title: `${what(delivery)} · delivery`,
    body: html`<p class="small"><a href="/settings/apps/${call.world.state.app.identity.slug}/deliveries">Webhook deliveries</a></p>
<h1>${what(delivery)}</h1><div id="delivery" data-live><p>${badge(delivery)} ${delivery.status}
<span class="soft">${timeTag(delivery.at)} · ${delivery.duration} s · to ${delivery.url} · <span class="code">${delivery.guid}</span></span></p>
<h2>Response</h2>${headersView(delivery.response.headers)}<pre><code>${delivery.response.body}</code></pre></div>
${redeliver(delivery)}<h2>Request</h2>${headersView(delivery.request.headers)}<pre><code>${payload}</code></pre>`,
  };
}
