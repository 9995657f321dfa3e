// What a shop's own TypeScript may say, and what its compiler must refuse. Checked by tsc, never run.
import { Recsvc, ServiceAway, type Shown } from "../../integrations/javascript/recsvc.js";

const recsvc = new Recsvc("http://127.0.0.1:8000", { key: "rk_x", timeoutMs: 100 });

export async function page(): Promise<string[]> {
  const shown: Shown = await recsvc.recommend({ user_id: "17850", fields: ["title"] }, { fallback: ["22423"] });
  if (shown.trouble instanceof ServiceAway) console.warn(shown.trouble.status);
  const lists = await recsvc.page({ lists: [{ name: "top", placement: "discover" }] });
  recsvc.tell({ type: "purchase", user_id: "17850", item_id: "22423", quantity: 2 });
  // @ts-expect-error there is no such type of event
  recsvc.tell({ type: "bought", user_id: "17850", item_id: "22423" });
  // @ts-expect-error an event is of an item
  recsvc.tell({ type: "view", user_id: "17850" });
  // @ts-expect-error a list has a name
  await recsvc.page({ lists: [{ placement: "discover" }] });
  // @ts-expect-error a list of the shop's own has no id that could be sent back
  const id: string = shown.recommendation_id;
  const moment = await recsvc.moment("17850");
  // @ts-expect-error of some shoppers nothing is known
  moment.state;
  return [id, ...lists.top.items.map((item) => item.item_id), moment?.state ?? "unknown"];
}
