// What is being counted is looked at again in a moment; without scripts, a link does that.
const AGAIN_MS = 2000;
if (document.querySelector("[data-waiting]")) setTimeout(() => location.reload(), AGAIN_MS);
