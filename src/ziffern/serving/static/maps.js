// Numbers as pictures: a network's input in grey, its maps and filters in two colours.
//
//   paint(canvas, values, width, height, ink)            values 0…255, white on black
//   paint(canvas, values, width, height, signed(2.5))    from -2.5 over 0 to 2.5
//
// One pixel a number; style.css enlarges them. Colours follow light and dark.

import { element } from "./dom.js";

const paintings = new WeakMap(); // canvas → how it was painted, for when the colours change
let colours;

document.addEventListener("theme", () => {
  colours = undefined;
  for (const canvas of document.querySelectorAll("canvas.map")) paintings.get(canvas)?.();
});

// Colours of nothing, of negative and of positive numbers, as style.css has them.
function palette() {
  if (!colours) {
    const probe = element("i", { class: "palette" });
    document.body.append(probe);
    const { backgroundColor, outlineColor, color } = getComputedStyle(probe);
    colours = [backgroundColor, outlineColor, color].map((text) =>
      text.match(/[\d.]+/g).map(Number),
    );
    probe.remove();
  }
  return colours;
}

export function ink(value) {
  return [value, value, value];
}

// Returns the colours of numbers from -reach (orange) over 0 (paper) to reach (blue).
export function signed(reach) {
  return (value) => {
    const [paper, negative, positive] = palette();
    const end = value < 0 ? negative : positive;
    const share = Math.min(Math.abs(value) / (reach || 1), 1);
    return paper.map((level, i) => level + share * (end[i] - level));
  };
}

export function paint(canvas, values, width, height, colour) {
  const again = () => {
    canvas.width = width;
    canvas.height = height;
    const image = new ImageData(width, height);
    for (let i = 0; i < values.length; i++) image.data.set([...colour(values[i]), 255], 4 * i);
    canvas.getContext("2d").putImageData(image, 0, 0);
  };
  paintings.set(canvas, again);
  again();
  return canvas;
}

// Returns a picture of rows of numbers; `alt` tells it in words, "" where the words stand beside it.
export function map(rows, colour, alt) {
  const described = alt ? { role: "img", "aria-label": alt } : { "aria-hidden": "true" };
  const canvas = element("canvas", { class: "map", ...described });
  return paint(canvas, rows.flat(), rows[0].length, rows.length, colour);
}

// Returns the numbers of a map that came as base64, row by row: bytes from `low` to `high`.
export function decoded(text, low, high) {
  const bytes = atob(text);
  const step = (high - low) / 255;
  return Float32Array.from(bytes, (byte) => low + byte.charCodeAt(0) * step);
}

// Returns the greatest distance from 0 in rows of numbers.
export function reach(rows) {
  return rows.flat().reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}
