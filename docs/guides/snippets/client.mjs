// A list made on the shop's server, with the client. RECSVC_URL and RECSVC_KEY come from its environment.
import { Recsvc } from "recsvc-client";

const recsvc = new Recsvc(process.env.RECSVC_URL, { key: process.env.RECSVC_KEY, timeoutMs: 200 });
const escape = (text) => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

async function forYou(user_id) {
  const query = { user_id, placement: "for_you", n: 6, fields: ["title", "url"] };
  const { items } = await recsvc.recommend(query, { fallback: [] });
  if (!items.length) return '<p><a href="/bestsellers">See what others like</a></p>';
  const rows = items.map((item) => `<li><a href="${escape(item.url ?? "#")}">${escape(item.title ?? item.item_id)}</a></li>`);
  return `<h2>For you</h2>\n<ul>\n${rows.join("\n")}\n</ul>`;
}

console.log(await forYou("17850"));
