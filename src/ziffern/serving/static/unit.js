// One unit of a layer, close by: its map, its filter, and how its sum comes about at one place.

import { following } from "./draw.js";
import { element, replace } from "./dom.js";
import { decoded, map, reach, signed } from "./maps.js";

const NUMBERS = 5; // filters up to this side are shown with their numbers
const SHOWN = 8; // channels, or inputs of a dense unit; the others are one line

// The panel beside the layers: about({model, image, answer}) says what is looked at, show(layer,
// unit, place) opens it, again() asks anew after the drawing has changed.
export function unitPanel(context, signal) {
  const { t, number } = context;
  const body = element("div", {});
  const close = element(
    "button",
    { type: "button", class: "quiet close", onclick: () => hide() },
    t("shell.close"),
  );
  const panel = element(
    "aside",
    { class: "unit", "aria-label": t("inside.unit_panel"), hidden: true },
    close,
    body,
  );
  let asked = null; // {layer, unit, place}: place null where the answer is strongest
  let at = {};

  const update = following(panel, signal, context.fail, async () => {
    if (!asked) return;
    const { layer, unit, place } = asked;
    const found = await sum(layer, unit, place);
    if (asked && asked.layer === layer && asked.unit === unit)
      draw(layer, unit, found ?? { place });
  });
  const sum = async (layer, unit, place) => {
    const path = `v1/models/${encodeURIComponent(at.model)}/unit`;
    const body = { image: at.image, layer: layer.name, unit, ...(place ? { place } : {}) };
    try {
      return await context.request(path, { method: "POST", body, signal });
    } catch (error) {
      if (error.status === 422) return null; // a layer without sums of its own
      throw error;
    }
  };

  const draw = (layer, unit, found) => {
    const { low, high, maps, values } = at.answer.layers.find((each) => each.name === layer.name);
    const parts = [element("h2", {}, t("inside.unit_of", { layer: layer.name, n: unit }))];
    if (maps) parts.push(big(layer, decoded(maps[unit], low, high), Math.max(-low, high), found));
    else parts.push(element("p", {}, t("inside.value", { value: short(values[unit]) })));
    if (found.channels) parts.push(element("h3", {}, t("inside.sum_title")), ...terms(found));
    else parts.push(element("p", { class: "small muted" }, t("inside.no_sum")));
    replace(body, parts);
  };
  // the map, enlarged; pointing or arrow keys choose the place whose sum is shown
  const big = (layer, numbers, most, { place, output }) => {
    const [height, width] = layer.shape;
    const rows = Array.from({ length: height }, (_, y) => [
      ...numbers.slice(y * width, (y + 1) * width),
    ]);
    const strongest = numbers.indexOf(Math.max(...numbers));
    const [y, x] = place ?? [Math.floor(strongest / width), strongest % width];
    const mark = element("i", {
      "--x": x / width,
      "--y": y / height,
      "--w": 1 / width,
      "--h": 1 / height,
    });
    const value = short(output ?? rows[y][x]); // maps come rounded to 255 steps
    const label = t("inside.place_pad", { row: y, column: x, value });
    const pad = element(
      "div",
      { class: "closeup", tabindex: "0", role: "application", "aria-label": label },
      map(rows, signed(most), ""),
      mark,
    );
    const go = (row, column) => {
      if (row < 0 || column < 0 || row >= height || column >= width) return;
      asked.place = [row, column];
      update().then(() => focused && body.querySelector(".closeup")?.focus());
    };
    let focused = false;
    pad.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[
        event.key
      ];
      if (!step) return;
      event.preventDefault();
      focused = true;
      go(y + step[0], x + step[1]);
    });
    pad.addEventListener("pointerdown", (event) => {
      const box = pad.getBoundingClientRect();
      go(
        Math.floor(((event.clientY - box.y) / box.height) * height),
        Math.floor(((event.clientX - box.x) / box.width) * width),
      );
    });
    return element("figure", {}, pad, element("figcaption", { class: "small" }, label));
  };
  const terms = (found) => {
    const dense = found.channels.every((channel) => channel.weights.length === 1);
    const products = dense ? inputs(found) : windows(found);
    const lines = [
      ...products,
      found.bias ? line(t("inside.bias"), found.bias) : null,
      line(t("inside.sum"), found.sum, "total"),
      found.activation === "linear" || found.activation === "softmax"
        ? null
        : line(`${found.activation}(${short(found.sum)})`, found.output, "total"),
    ];
    return [element("ul", { class: "terms" }, lines.filter(Boolean))];
  };
  // filter × window of the strongest channels
  const windows = ({ channels, rest }) => {
    const strongest = [...channels].sort((a, b) => Math.abs(b.sum) - Math.abs(a.sum));
    const most = reach(channels.flatMap(({ weights }) => weights));
    const most_in = reach(channels.flatMap(({ inputs }) => inputs));
    const numbered = channels.length === 1 && channels[0].weights.length <= NUMBERS;
    const rows = strongest
      .slice(0, SHOWN)
      .map(({ channel, weights, inputs, sum }) =>
        element(
          "li",
          { class: numbered ? "numbered" : null },
          element(
            "span",
            { class: "product" },
            block(weights, most, numbered, t("inside.filter", { n: channel })),
            "×",
            block(inputs, most_in, numbered, t("inside.window", { n: channel })),
          ),
          numbered ? line(t("inside.products"), sum, null, "p") : element("b", {}, short(sum)),
        ),
      );
    const others = strongest.slice(SHOWN).reduce((total, { sum }) => total + sum, rest);
    const count = channels.length > SHOWN || rest ? line(t("inside.others"), others) : null;
    return [...rows, count];
  };
  const block = (rows, most, numbered, alt) => {
    if (!numbered) return map(rows, signed(most), alt);
    const cells = rows.flat().map((value) => element("span", {}, short(value)));
    return element(
      "span",
      { class: "numbers", role: "img", "aria-label": alt, "--n": rows[0].length },
      map(rows, signed(most), ""),
      element("span", { class: "grid" }, cells),
    );
  };
  // the strongest products of a dense unit
  const inputs = ({ channels, rest }) => {
    const products = channels.flatMap(({ weights, inputs }) =>
      weights[0].map((weight, i) => ({
        i,
        weight,
        value: inputs[0][i],
        product: weight * inputs[0][i],
      })),
    );
    products.sort((a, b) => Math.abs(b.product) - Math.abs(a.product));
    const rows = products
      .slice(0, SHOWN)
      .map(({ i, weight, value, product }) =>
        line(t("inside.product", { n: i, weight: short(weight), value: short(value) }), product),
      );
    const others = products.slice(SHOWN).reduce((total, each) => total + each.product, rest);
    return [...rows, products.length > SHOWN || rest ? line(t("inside.others"), others) : null];
  };
  const line = (text, value, look, name = "li") =>
    element(name, { class: look }, element("span", {}, text), element("b", {}, short(value)));
  const short = (value) =>
    number(value, { minimumFractionDigits: 2, maximumFractionDigits: 2, signDisplay: "negative" });

  const hide = () => {
    asked = null;
    panel.hidden = true;
  };
  return {
    element: panel,
    hide,
    about: (what) => (at = what),
    again: () => asked && update(),
    show(layer, unit, place) {
      if (
        asked &&
        asked.layer === layer &&
        asked.unit === unit &&
        String(asked.place) === String(place ?? null)
      )
        return;
      asked = { layer, unit, place: place ?? null };
      panel.hidden = false;
      update();
    },
  };
}
