// What a page gets from services that do not answer as they should; times in milliseconds are printed as JSON.
const [room, ...bases] = process.argv.slice(2);
const { Recsvc, ServiceAway } = await import(`${room}/recsvc.js`);
const found = [];
for (const base of bases) {
  const recsvc = new Recsvc(base, { timeoutMs: 200, log: () => {} });
  const started = performance.now();
  const shown = await recsvc.recommend({ n: 2, exclude: ["jam"] }, { fallback: ["tea", "jam", "tea", "milk", "cake"] });
  const ms = performance.now() - started;
  const ranked = await recsvc.rank({ item_ids: ["saw", "tea", "saw"] });
  const page = await recsvc.page({ lists: [{ name: "a", n: 1 }, { name: "b" }] }, { fallback: { a: ["tea"], b: ["tea", "milk"] } });
  const before = performance.now();
  const troubles = [];
  for (let n = 0; n < 100; n++) troubles.push((await recsvc.recommend({}, { fallback: [] })).trouble.message);
  const without = await recsvc.recommend({}).catch((error) => error);
  found.push({
    ms, items: shown.items.map((item) => item.item_id), trouble: shown.trouble.message, ranked: ranked.item_ids,
    page: [page.a, page.b].map((list) => list.items.map((item) => item.item_id)),
    later: performance.now() - before, asked: troubles.filter((one) => !one.startsWith("not asked")).length,
    rejects: without instanceof ServiceAway, offer: await recsvc.offer("ada"),
  });
}
console.log(JSON.stringify(found));
