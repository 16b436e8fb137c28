// The drawing: strokes of finger, mouse, pen or keyboard, shown on a canvas and painted as a PNG.
//
// There is one drawing for all views. Strokes are lists of points [x, y], 0…1 from the upper left
// corner, whatever size the canvas has, so that the same strokes give the same picture everywhere.
// What a network makes of it is not this module's business.

import { element } from "./dom.js";

const SIDE = 280; // pixels of the picture that is sent: ten for each that a network sees
const WIDTH = 0.075; // of the side: about as bold as a felt pen, and as MNIST
const STEP = 1 / 28; // of the keyboard's pen

export const drawing = { strokes: [], cleared: null, changed: new EventTarget() };

function change() {
  drawing.changed.dispatchEvent(new Event("change"));
}

export function undo() {
  if (drawing.strokes.length) drawing.strokes.pop();
  else if (drawing.cleared) [drawing.strokes, drawing.cleared] = [drawing.cleared, null];
  change();
}

export function clear() {
  if (drawing.strokes.length) [drawing.cleared, drawing.strokes] = [drawing.strokes, []];
  change();
}

// Paints the strokes: a curve through the middles between points, which smooths a trembling hand.
function paint(pen, strokes, side) {
  pen.lineCap = pen.lineJoin = "round";
  pen.lineWidth = WIDTH * side;
  for (const points of strokes) {
    const at = points.map(([x, y]) => [x * side, y * side]);
    pen.beginPath();
    pen.moveTo(...at[0]);
    for (let i = 1; i < at.length - 1; i++) {
      const [x, y] = at[i];
      pen.quadraticCurveTo(x, y, (x + at[i + 1][0]) / 2, (y + at[i + 1][1]) / 2);
    }
    pen.lineTo(...at[at.length - 1]);
    pen.stroke();
  }
}

// Returns the drawing as the address (data:) of a PNG, black on white, SIDE × SIDE pixels.
export function picture() {
  const canvas = element("canvas", { width: SIDE, height: SIDE });
  const pen = canvas.getContext("2d", { alpha: false });
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, SIDE, SIDE);
  pen.strokeStyle = "#000";
  paint(pen, drawing.strokes, SIDE);
  return canvas.toDataURL("image/png");
}

// Returns where the ink of the drawing is, [x, y, width, height] in 0…1; null if it is blank.
export function extent() {
  const points = drawing.strokes.flat();
  if (!points.length) return null;
  const reach = (axis, pick) => pick(...points.map((point) => point[axis]));
  const [left, top] = [0, 1].map((axis) => Math.max(reach(axis, Math.min) - WIDTH / 2, 0));
  const [right, bottom] = [0, 1].map((axis) => Math.min(reach(axis, Math.max) + WIDTH / 2, 1));
  return [left, top, right - left, bottom - top];
}

// Shows the drawing on a canvas of any size; returns a function that shows it anew.
export function shown(canvas, decorate = () => {}) {
  return () => {
    const side = (canvas.width = canvas.height = Math.round(canvas.clientWidth * devicePixelRatio));
    if (!side) return;
    const pen = canvas.getContext("2d");
    const colours = getComputedStyle(canvas);
    pen.strokeStyle = colours.color;
    paint(pen, drawing.strokes, side);
    decorate(pen, side, colours);
  };
}

// A place to draw on, with its buttons. `stop` ends it.
export function sketch({ t, say }) {
  const canvas = element("canvas", {
    class: "pad",
    tabindex: "0",
    role: "application",
    "aria-label": t("draw.pad"),
    "aria-describedby": "keys",
  });
  const hint = element("p", { class: "ghost", "aria-hidden": "true" }, t("draw.hint"));
  const undoing = element("button", { type: "button", onclick: undo }, t("draw.undo"));
  const clearing = element("button", { type: "button", onclick: clear }, t("draw.clear"));
  const keys = element("p", { id: "keys", class: "keys small muted" }, t("draw.keys"));
  const made = element(
    "div",
    { class: "sketch" },
    element("div", { class: "paper" }, canvas, hint),
    element("div", { class: "row" }, undoing, clearing),
    keys,
  );

  const cursor = { x: 0.5, y: 0.5, down: false, visible: false, held: new Set() };
  const show = shown(canvas, (pen, side, colours) => {
    if (cursor.visible) point(pen, side, cursor, colours);
  });
  let frame = 0;
  const later = () => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(show);
  };
  const changed = () => {
    const blank = !drawing.strokes.length;
    hint.hidden = !blank;
    undoing.disabled = blank && !drawing.cleared;
    clearing.disabled = blank;
    if (blank) cursor.down = false;
    later();
  };

  byPointer(canvas, cursor);
  byKeys(canvas, cursor, { t, say, later });
  const seen = new ResizeObserver(later);
  seen.observe(canvas);
  drawing.changed.addEventListener("change", changed);
  document.addEventListener("theme", later);
  changed();
  return {
    element: made,
    stop() {
      seen.disconnect();
      drawing.changed.removeEventListener("change", changed);
      document.removeEventListener("theme", later);
    },
  };
}

function begin(x, y) {
  drawing.cleared = null;
  drawing.strokes.push([[x, y]]);
  change();
}

function extend(x, y) {
  drawing.strokes.at(-1).push([x, y]);
}

function byPointer(canvas, cursor) {
  let drawn = null; // the pointer that draws: a second finger or the palm does not
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    const within = (value) => Math.min(Math.max(value, 0), 1);
    return [
      within((event.clientX - box.x) / box.width),
      within((event.clientY - box.y) / box.height),
    ];
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (drawn !== null || event.button !== 0) return;
    drawn = event.pointerId;
    cursor.visible = false;
    canvas.setPointerCapture(drawn);
    begin(...place(event));
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerId !== drawn || !drawing.strokes.length) return;
    const events = event.getCoalescedEvents?.() ?? [];
    for (const each of events.length ? events : [event]) extend(...place(each));
    change();
  });
  for (const name of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(name, (event) => {
      if (event.pointerId === drawn) drawn = null;
    });
  }
}

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

// Arrows move a pen (two of them at once go aslant, Shift goes further), Space puts it down and up.
function byKeys(canvas, cursor, { t, say, later }) {
  canvas.addEventListener("keydown", (event) => {
    const command = event.ctrlKey || event.metaKey;
    if (event.key in ARROWS && !command) {
      cursor.held.add(event.key);
      for (const key of cursor.held) move(cursor, ARROWS[key], event.shiftKey ? 4 * STEP : STEP);
      if (cursor.down && drawing.strokes.length) {
        extend(cursor.x, cursor.y);
        change();
      }
    } else if (event.key === " ") {
      cursor.down = !cursor.down;
      if (cursor.down) begin(cursor.x, cursor.y);
      say(t(cursor.down ? "draw.down" : "draw.up"));
    } else if (event.key === "Backspace" || (command && event.key.toLowerCase() === "z")) {
      cursor.down = false;
      undo();
    } else if (event.key === "Delete") {
      clear();
    } else {
      return;
    }
    event.preventDefault();
    cursor.visible = true;
    later();
  });
  canvas.addEventListener("keyup", (event) => cursor.held.delete(event.key));
  canvas.addEventListener("focus", () => {
    cursor.visible = canvas.matches(":focus-visible");
    later();
  });
  canvas.addEventListener("blur", () => {
    cursor.down = cursor.visible = false;
    cursor.held.clear();
    later();
  });
}

function move(cursor, [x, y], step) {
  cursor.x = Math.min(Math.max(cursor.x + x * step, 0), 1);
  cursor.y = Math.min(Math.max(cursor.y + y * step, 0), 1);
}

function point(pen, side, cursor, colours) {
  const [x, y, reach] = [cursor.x * side, cursor.y * side, 0.05 * side];
  pen.strokeStyle = pen.fillStyle = colours.outlineColor;
  pen.lineWidth = Math.max(2, side / 200);
  pen.beginPath();
  pen.arc(x, y, reach / 2, 0, 2 * Math.PI);
  if (cursor.down) pen.fill();
  for (const [dx, dy] of Object.values(ARROWS)) {
    pen.moveTo(x + 0.5 * reach * dx, y + 0.5 * reach * dy);
    pen.lineTo(x + 1.3 * reach * dx, y + 1.3 * reach * dy);
  }
  pen.stroke();
}
