// A list in a page without the widget: <ul id="for-you"> holds what is shown where the service is away or slow.
const SERVICE = "https://recommend.shop.example";
const KEY = "rk_…"; // of the scope widget
const TIMEOUT_MS = 500;

async function recommend(query) {
  try {
    const answer = await fetch(`${SERVICE}/v1/recommend`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-API-Key": KEY },
      body: JSON.stringify(query),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

// As text/plain with the key in the address, it is sent although the page is being left.
function tell(events) {
  const url = `${SERVICE}/v1/events?key=${KEY}`;
  fetch(url, { method: "POST", body: JSON.stringify({ events }), keepalive: true }).catch(() => {});
}

async function show(element, shopper) {
  const list = await recommend({ ...shopper, placement: "for_you", n: 6, fields: "title,url" });
  if (!list?.items.length) return;
  const event = (type, item) => ({
    ...shopper, type, item_id: item.item_id, position: item.rank,
    recommendation_id: list.recommendation_id, event_id: crypto.randomUUID(),
  });
  element.replaceChildren(...list.items.map((item) => {
    const link = document.createElement("a");
    link.textContent = item.title; // never innerHTML: a title is text
    link.href = item.url;
    link.addEventListener("click", () => tell([event("click", item)]));
    const row = document.createElement("li");
    row.append(link);
    return row;
  }));
  tell(list.items.map((item) => event("impression", item)));
}

show(document.getElementById("for-you"), { user_id: "17850" });
