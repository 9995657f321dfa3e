// Small comforts; every page works without them.

// A picture that does not load is replaced by the one that the service draws.
for (const picture of document.querySelectorAll("img[data-otherwise]")) {
  const replace = () => {
    picture.src = picture.dataset.otherwise;
    picture.removeAttribute("data-otherwise");
  };
  if (picture.complete && picture.naturalWidth === 0) replace();
  else picture.addEventListener("error", replace, { once: true });
}

// A text to copy is copied by a button beside it.
for (const text of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) break;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "plain";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(text.textContent);
    button.textContent = "Copied";
  });
  text.after(button);
}

// A file that is too large is not sent at all.
for (const field of document.querySelectorAll("input[data-max-bytes]")) {
  field.addEventListener("change", () => {
    const most = Number(field.dataset.maxBytes), size = field.files[0]?.size ?? 0;
    const words = `This file has ${Math.ceil(size / 1048576)} MB, and at most ${Math.floor(most / 1048576)} MB are looked at here.`;
    field.setCustomValidity(size > most ? words : "");
    field.reportValidity();
  });
}

// A second click sends nothing again.
const AGAIN_MS = 3000;
const SLOW_MS = 120000;
for (const form of document.querySelectorAll("form[method=post]")) {
  const show = sent => {
    form.toggleAttribute("data-sent", sent);
    for (const button of form.querySelectorAll("button")) {
      if (sent) button.setAttribute("aria-disabled", "true");
      else button.removeAttribute("aria-disabled");
    }
  };
  form.addEventListener("submit", event => {
    if (form.hasAttribute("data-sent")) return event.preventDefault();
    show(true);
    setTimeout(show, form.hasAttribute("data-slow") ? SLOW_MS : AGAIN_MS, false); // a download leaves the page where it is
  });
  addEventListener("pageshow", () => show(false));
}
