// Each call of the JavaScript client once; what came back is printed as JSON. Run by test_javascript_client.py.
const [room, baseUrl] = process.argv.slice(2);
const { Recsvc, RequestRefused } = await import(`${room}/recsvc.js`);
const said = [], rejected = [];
const recsvc = new Recsvc(baseUrl, {
  key: process.env.KEY, timeoutMs: 10_000, log: (message) => said.push(message),
  onRejected: (event, why) => rejected.push([event.item_id, why]),
});
const found = {};

found.shown = await recsvc.recommend({ user_id: "ada", n: 3, fields: ["title", "url"], exclude: ["saw"] });
const stranger = await recsvc.recommend({ user_id: "ada", item_ids: ["tea"], exclude: Array(20).fill("x".repeat(200)), consent: false });
found.stranger = stranger.answer.user_id;
await recsvc.recommend({ placement: "similar", item_ids: ["tea"], n: 1, consent: false });
const lists = [{ name: "top", n: 2 }, { name: "next", placement: "similar", item_ids: ["tea"], n: 2 }];
const page = await recsvc.page({ user_id: "ada", lists });
found.page = Object.fromEntries(Object.entries(page).map(([name, list]) => [name, list.items.map((item) => item.item_id)]));
found.ranked = (await recsvc.rank({ user_id: "ada", item_ids: ["saw", "hammer", "tea"], own_weight: 0.1 })).item_ids;

found.put = (await recsvc.putItem("a/b é", { title: "Mug", price: 4.5, in_stock: true })).item_id;
found.patched = (await recsvc.patchItem("a/b é", { in_stock: false })).in_stock;
found.bulk = await recsvc.putItems([{ item_id: "mug", title: "Mug" }]);
await recsvc.withdrawItem("a/b é");

found.stored = await recsvc.postEvents([
  { type: "view", session_id: "s/2", item_id: "tea", recommendation_id: found.shown.recommendation_id },
  { type: "purchase", user_id: "eva", item_id: "jam", quantity: 2, unit_price: 3.5 },
]);
found.merged = (await recsvc.mergeUser("eva", { from_session_id: "s/2" })).events;
found.exported = (await recsvc.exportUser("eva")).events.map((event) => event.item_id);
found.nobody = [await recsvc.exportUser("nobody at all"), await recsvc.moment("nobody")];
found.profiling = (await recsvc.allowProfiling("eva", false)).allowed;
found.erased = (await recsvc.eraseUser("eva")).events;
found.moment = (await recsvc.moment("ada", "2026-01-04T12:00:00Z")).orders;
found.audience = (await recsvc.audience({ item_ids: ["cake"], n: 2, precision: 0.3 })).item_ids;
for (let user = 0; !found.offer && user < 60; user++) {
  const offer = await recsvc.offer(`js${user}`);
  if (offer) found.offer = [(await recsvc.takeOffer(offer.offer_id, 0)).benefit, await recsvc.offer(`js${user}`)];
}

const refused = await recsvc.recommend({ user_id: "secret-shopper", n: 101 }).catch((error) => error);
found.refused = [refused instanceof RequestRefused, refused.status, refused.message, refused.errors[0].field];
found.instead = (await recsvc.recommend({ user_id: "secret-shopper", n: 101 }, { fallback: ["tea", { item_id: "jam", title: "Jam" }] })).items;
found.leaves = (await recsvc.recommend({ user_id: "ada" }, { signal: AbortSignal.abort(), fallback: ["tea"] }).catch((error) => error)).name;

found.partly = [
  await recsvc.putItems([{ item_id: "mug" }, { item_id: "cup", price: -1 }]),
  await recsvc.postEvents([{ type: "view", session_id: "s/3", item_id: "tea", position: 0 }, { type: "view", session_id: "s/3", item_id: "tea" }]),
];

recsvc.tell({ type: "view", session_id: "visit of js", item_id: "tea" });
recsvc.tell({ type: "view", session_id: "visit of js", item_id: "bad", position: 0 });
recsvc.tell({ type: "view", item_id: 1n });
recsvc.tell(null);
found.told = [await recsvc.flush(20_000), recsvc.waitingEvents, recsvc.lostEvents, rejected];
found.text = JSON.stringify([said, recsvc, String(refused.stack)]);
console.log(JSON.stringify(found));
