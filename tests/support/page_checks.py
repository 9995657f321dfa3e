"""What no page may get wrong, as programs that run in it and return what they found."""

FAULTS = """() => {
  const found = [], seen = element => element.getClientRects().length > 0;
  const named = element => element.getAttribute("aria-label") || element.labels?.length || element.textContent.trim();
  const main = document.querySelectorAll("main"), h1 = document.querySelectorAll("h1");
  if (main.length !== 1) found.push("main: " + main.length);
  if (h1.length !== 1) found.push("h1: " + h1.length);
  if (!document.documentElement.lang) found.push("no language");
  if (!document.title) found.push("no title");
  let level = 0;
  for (const heading of document.querySelectorAll("h1, h2, h3, h4")) {
    const its = Number(heading.tagName[1]);
    if (its > level + 1) found.push("a heading leaves out a level: " + heading.textContent);
    level = its;
  }
  for (const field of document.querySelectorAll("input:not([type=hidden]), select, textarea"))
    if (seen(field) && !field.labels.length) found.push("no label: " + field.outerHTML);
  for (const control of document.querySelectorAll("a[href], button"))
    if (!named(control)) found.push("no name: " + control.outerHTML);
  for (const image of document.querySelectorAll("img"))
    if (!image.hasAttribute("alt")) found.push("no alternative: " + image.outerHTML);
  for (const table of document.querySelectorAll("table")) {
    if (!table.caption) found.push("no caption");
    for (const cell of table.querySelectorAll("th")) if (!cell.scope) found.push("no scope: " + cell.textContent);
  }
  for (const area of document.querySelectorAll("section"))
    if (!document.getElementById(area.getAttribute("aria-labelledby"))) found.push("no label: " + area.outerHTML);
  for (const box of document.querySelectorAll(".wide"))
    if (box.tabIndex !== 0 || !box.getAttribute("aria-label")) found.push("cannot be scrolled by the keyboard");
  const ids = [...document.querySelectorAll("[id]")].map(element => element.id);
  if (new Set(ids).size !== ids.length) found.push("an id is there twice");
  return found;
}"""

CONTRAST = """() => {
  const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const light = colour => {
    canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    const part = value => value / 255 <= .03928 ? value / 255 / 12.92 : ((value / 255 + .055) / 1.055) ** 2.4;
    const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map(part);
    return .2126 * r + .7152 * g + .0722 * b;
  };
  const behind = element => {
    for (let one = element; one; one = one.parentElement) {
      const colour = getComputedStyle(one).backgroundColor;
      if (colour !== "rgba(0, 0, 0, 0)" && colour !== "transparent") return colour;
    }
    return "white";
  };
  const found = new Set();
  for (const element of document.querySelectorAll("body *")) {
    const says = [...element.childNodes].some(node => node.nodeType === 3 && node.textContent.trim());
    if (!says || !element.getClientRects().length) continue;
    const [high, low] = [light(getComputedStyle(element).color), light(behind(element))].sort((a, b) => b - a);
    const ratio = (high + .05) / (low + .05);
    if (ratio < 4.5) found.add(`${element.tagName} ${element.className}: ${ratio.toFixed(2)}`);
  }
  return [...found];
}"""

BROKEN_WORDS = """() => {
  const found = [];
  for (const cell of document.querySelectorAll("table th, table td, table caption")) {
    const walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const text = walker.currentNode;
      for (const word of text.data.matchAll(/[^\\s\\-\\/?&=_.,:;]{2,24}(?![^\\s\\-\\/?&=_.,:;])/g)) {
        if (word.index && !/[\\s\\-\\/?&=_.,:;]/.test(text.data[word.index - 1])) continue;
        const range = document.createRange();
        range.setStart(text, word.index);
        range.setEnd(text, word.index + word[0].length);
        const lines = new Set([...range.getClientRects()].map(box => Math.round(box.top)));
        if (lines.size > 1) found.push(word[0]);
      }
    }
  }
  return found;
}"""
"""Words of tables that are parted, longer ones than any of a language left aside."""
