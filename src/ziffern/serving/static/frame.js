// A box that a person draws over a page, with pen, finger, mouse or arrow keys.

import { element } from "./dom.js";

const TAP = 0.01; // of the page's width: what is smaller was no stroke but a tap
const STEP = 1 / 8; // of the box's height, a press of an arrow key
const LEAST = 3; // pixels of the page

// Returns {element, begin, end, page, box}. `pages` are {surface, size}, as many as there are pages;
// `moved` is called at each new place, `ended` after a stroke, `typed` with a digit, `left` when it is
// given up.
export function frame({ t }, pages, { moved, ended, typed, left }) {
  const made = element("div", {
    class: "frame",
    tabindex: "0",
    role: "application",
    "aria-label": t("read.frame"),
    "aria-describedby": "frame-keys",
    onkeydown: pressed,
  });
  let page = 0;
  let box = null; // [x, y, width, height]; null while there is none
  let usual; // the size of a box that is only tapped
  let stroke = null; // the pointer that draws, and where it began

  pages.forEach(({ surface }, p) => {
    surface.addEventListener("pointerdown", (event) => down(event, p));
    surface.addEventListener("pointermove", move);
    surface.addEventListener("pointerup", up);
    surface.addEventListener("pointercancel", () => (stroke = null));
  });

  function put(p, [x, y, width, height]) {
    const { surface, size } = pages[p];
    width = Math.min(Math.max(Math.round(width), LEAST), size[0]);
    height = Math.min(Math.max(Math.round(height), LEAST), size[1]);
    x = Math.min(Math.max(Math.round(x), 0), size[0] - width);
    y = Math.min(Math.max(Math.round(y), 0), size[1] - height);
    [page, box] = [p, [x, y, width, height]];
    place(made, box, size);
    if (made.parentElement !== surface) surface.append(made);
    moved();
  }

  function at(event, p) {
    const { surface, size } = pages[p];
    const around = surface.getBoundingClientRect();
    return [
      ((event.clientX - around.left) / around.width) * size[0],
      ((event.clientY - around.top) / around.height) * size[1],
    ];
  }

  function down(event, p) {
    if (!box || stroke || event.button) return;
    event.preventDefault();
    pages[p].surface.setPointerCapture(event.pointerId);
    stroke = { id: event.pointerId, p, from: at(event, p) };
  }

  function move(event) {
    if (event.pointerId !== stroke?.id) return;
    const { p, from } = stroke;
    const to = at(event, p);
    const [x, y] = [0, 1].map((k) => Math.min(from[k], to[k]));
    put(p, [x, y, Math.abs(to[0] - from[0]), Math.abs(to[1] - from[1])]);
  }

  function up(event) {
    if (event.pointerId !== stroke?.id) return;
    const { p, from } = stroke;
    const to = at(event, p);
    stroke = null;
    const way = Math.max(Math.abs(to[0] - from[0]), Math.abs(to[1] - from[1]));
    const [width, height] = usual;
    if (way < TAP * pages[p].size[0]) put(p, [to[0] - width / 2, to[1] - height / 2, width, height]);
    made.focus({ preventScroll: true });
    ended();
  }

  function pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { key } = event;
    const [x, y, width, height] = box;
    const step = Math.max(1, Math.round(STEP * height));
    const way = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }[key];
    const other = page + { PageUp: -1, PageDown: 1 }[key];
    if (way && event.shiftKey) put(page, [x, y, width + way[0], height + way[1]]);
    else if (way) put(page, [x + way[0], y + way[1], width, height]);
    else if (/^[0-9]$/.test(key)) typed(Number(key));
    else if (key === "Escape") left();
    else if (pages[other]) (put(other, box), made.focus());
    else if (!key.startsWith("Page")) return;
    event.preventDefault();
    made.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  return {
    element: made,
    get page() {
      return page;
    },
    get box() {
      return box;
    },
    // Puts the box somewhere, and lets it be drawn anew on any page.
    begin(p, first) {
      usual = [first[2], first[3]];
      for (const { surface } of pages) surface.classList.add("adding");
      put(p, first);
      made.focus();
    },
    end() {
      [box, stroke] = [null, null];
      for (const { surface } of pages) surface.classList.remove("adding");
      made.remove();
    },
  };
}

// Lays an element over a box of a page.
export function place(made, [x, y, width, height], [w, h]) {
  const shares = { "--x": x / w, "--y": y / h, "--w": width / w, "--h": height / h, "--tall": height / w };
  for (const [name, value] of Object.entries(shares)) made.style.setProperty(name, value);
}
