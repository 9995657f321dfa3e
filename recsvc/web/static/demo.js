// Tells which cards were in view: half of each, for a second. The pages work without it.

const SECOND = 1000;
const waiting = new Map();
let seen = [];

const tell = () => {
  if (seen.length === 0) return;
  const fields = new URLSearchParams();
  for (const card of seen) {
    fields.append("list", card.closest("[data-list]").dataset.list);
    fields.append("rank", card.dataset.rank);
    fields.append("item", card.dataset.item);
  }
  seen = [];
  navigator.sendBeacon(new URL("../../demo/seen", import.meta.url), fields);
};

const eyes = new IntersectionObserver(
  (cards) => {
    for (const { target, isIntersecting } of cards) {
      clearTimeout(waiting.get(target));
      waiting.delete(target);
      if (isIntersecting) {
        waiting.set(target, setTimeout(() => {
          eyes.unobserve(target);
          seen.push(target);
        }, SECOND));
      }
    }
  },
  { threshold: 0.5 },
);

for (const card of document.querySelectorAll("[data-list] [data-rank]")) eyes.observe(card);
setInterval(tell, SECOND);
addEventListener("pagehide", tell);
