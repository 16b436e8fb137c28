// The view Inside: the drawing's way through one network, layer by layer, down to single sums.

import { blank, following } from "./draw.js";
import { element, replace } from "./dom.js";
import { decoded, ink, map, paint, reach, signed } from "./maps.js";
import { drawing, picture, sketch } from "./sketch.js";
import { softmax } from "./softmax.js";
import { unitPanel } from "./unit.js";

const IDLE = ["Dropout", "SpatialDropout2D", "Flatten", "Reshape", "Input"]; // they change no number

let stop = () => {};

export async function mount(place, context) {
  const { t, kept } = context;
  const quit = new AbortController();
  const pad = sketch(context);
  const choice = element("select", { id: "network" });
  const field = element(
    "p",
    { class: "field" },
    element("label", { for: "network" }, t("inside.network")),
    choice,
  );
  const jumps = element("nav", { class: "jumps", "aria-label": t("inside.layers") });
  const layers = element("div", { class: "layers" });
  const unit = unitPanel(context, quit.signal);
  place.append(
    element(
      "div",
      { class: "start" },
      field,
      pad.element,
      jumps,
    ),
    layers,
    unit.element,
  );
  stop = () => {
    quit.abort();
    pad.stop();
    drawing.changed.removeEventListener("change", changed);
  };

  let shownLayers = null; // of which network, and how to show an answer in them
  const changed = following(layers, quit.signal, context.fail, async () => {
    if (!drawing.strokes.length || !kept.model) {
      shownLayers = null;
      unit.hide();
      replace(jumps);
      replace(layers, blank(t(kept.model ? "inside.blank" : "inside.none")));
      return;
    }
    const [name, image] = [kept.model, picture()];
    const path = `v1/models/${encodeURIComponent(name)}/activations`;
    const body = { image };
    const found = await context.request(path, { method: "POST", body, signal: quit.signal });
    if (shownLayers?.name !== name) {
      unit.hide();
      const model = models.find((each) => each.name === name);
      shownLayers = { name, ...build(found, model, context, unit) };
      replace(layers, shownLayers.elements);
      replace(jumps, shownLayers.jumps);
    }
    shownLayers.show(found, image);
  });

  const models = (await context.models()).filter((model) => model.layers);
  if (quit.signal.aborted) return;
  const wanted = context.params.get("model") ?? kept.model;
  kept.model = (models.find((model) => model.name === wanted) ?? models[0])?.name;
  replace(
    choice,
    models.map((model) => element("option", {}, model.name)),
  );
  choice.value = kept.model ?? "";
  field.hidden = models.length === 0;
  choice.addEventListener("change", () => {
    kept.model = choice.value;
    changed();
  });
  drawing.changed.addEventListener("change", changed);
  await changed();
}

export function unmount() {
  stop();
}

// Makes the elements of all layers; `show(found, image)` puts an answer's numbers into them.
function build(found, model, context, unit) {
  const { t } = context;
  const start = input(context);
  const made = found.layers.map((layer, i) => section(layer, i, model, context, unit));
  const end = softmax(context);
  const averaged = model.averaging > 1;
  const note = averaged
    ? element(
        "p",
        { class: "small muted" },
        t("inside.alone", { model: model.name, n: model.averaging }),
      )
    : null;
  const show = (answer, image) => {
    unit.about({ model: model.name, image, answer });
    start.show(answer.normalised);
    answer.layers.forEach((layer, i) => made[i].show(layer));
    end.show(answer.softmax);
    unit.again();
  };
  return {
    elements: [note, start.element, ...made.map((each) => each.element), end.element],
    jumps: [...made, end].map(({ element: to }, i) => jump(found.layers[i]?.kind ?? "softmax", to)),
    show,
  };
}

// Goes to a layer without changing the address, which names the view.
function jump(name, to) {
  const go = () => {
    to.scrollIntoView({ behavior: "smooth" });
    to.querySelector("h2").focus({ preventScroll: true });
  };
  return element("button", { type: "button", class: "quiet", onclick: go }, name);
}

// What goes in: the one picture that the network sees.
function input({ t }) {
  const place = element("div", { class: "tile" });
  const made = element(
    "section",
    { class: "layer entry" },
    place,
    element(
      "div",
      {},
      element("h2", {}, t("inside.input")),
      element("p", { class: "small" }, t("inside.input_lead")),
    ),
  );
  return { element: made, show: (rows) => replace(place, map(rows, ink, t("inside.input"))) };
}

function section(layer, index, model, context, unit) {
  const { t } = context;
  const { kind, shape, text } = layer;
  const parameters = model.layers.find((each) => each.name === layer.name)?.parameters;
  const range = element("span", {});
  const facts = [shape.join("×")];
  if (parameters) facts.push(t("draw.parameters", { n: parameters }));
  const idle = IDLE.includes(kind);
  const last = index === model.layers.length - 1 && model.class_names.length === shape[0];
  const sentence = t(`inside.kinds.${kind}`);
  const units = idle
    ? null
    : layer.maps
      ? tiles(layer, context, unit)
      : vector(layer, context, unit, last ? model.class_names : null);
  const left = layer.left_out && !idle ? t("inside.left_out", { n: layer.left_out }) : null;
  const made = element(
    "section",
    { class: "layer" },
    element(
      "h2",
      { tabindex: "-1" },
      element("span", { class: "muted" }, `${index + 1} `),
      element("code", {}, text),
    ),
    element("p", { class: "small muted" }, facts.join(" · "), range),
    sentence.startsWith("inside.") ? null : element("p", { class: "small" }, sentence),
    units?.element,
    left ? element("p", { class: "small muted" }, left) : null,
  );
  const show = (answer) => {
    const ends = [answer.low, answer.high].map((value) =>
      context.number(value, { maximumFractionDigits: 2 }),
    );
    if (!idle) range.textContent = ` · ${t("inside.range", { low: ends[0], high: ends[1] })}`;
    units?.show(answer);
  };
  return { element: made, show };
}

// A tile for each unit with a map.
function tiles(layer, context, unit) {
  const [height, width] = layer.shape;
  const canvases = layer.maps.map(() => element("canvas", { class: "map", "aria-hidden": "true" }));
  const box = chooser("maps", canvases, layer, context, unit);
  const show = ({ maps, low, high }) => {
    const colour = signed(Math.max(-low, high));
    maps.forEach((text, i) => paint(canvases[i], decoded(text, low, high), width, height, colour));
  };
  return { element: box, show };
}

// A cell for each value; a recurrent layer that answers each step is one picture, a row a step.
function vector(layer, context, unit, names) {
  if (layer.shape.length > 1) {
    const canvas = element("canvas", { class: "map steps", "aria-hidden": "true" });
    const [, width] = layer.shape;
    const show = ({ values, low, high }) => {
      const height = Math.floor(values.length / width);
      paint(canvas, values.slice(0, height * width), width, height, signed(Math.max(-low, high)));
    };
    return { element: canvas, show };
  }
  const canvases = layer.values.map(() =>
    element("canvas", { class: "map", "aria-hidden": "true" }),
  );
  const box = chooser(names ? "cells named" : "cells", canvases, layer, context, unit, names);
  const show = ({ values }) => {
    const colour = signed(reach([values]));
    values.forEach((value, i) => paint(canvases[i], [value], 1, 1, colour));
  };
  return { element: box, show };
}

// The units of a layer to point at or, as one stop of the Tab key, to choose by the arrow keys.
function chooser(look, canvases, layer, { t }, unit, names) {
  const options = canvases.map((canvas, i) =>
    element(
      "div",
      {
        role: "option",
        tabindex: i ? "-1" : "0",
        "aria-selected": "false",
        "aria-label": t("inside.unit", { n: i }),
      },
      canvas,
      names ? element("b", { "aria-hidden": "true" }, names[i]) : null,
    ),
  );
  const label = t("inside.units", { layer: layer.name });
  const box = element("div", { class: look, role: "listbox", "aria-label": label }, options);
  const choose = (i, place) => {
    for (const each of document.querySelectorAll('.layers [aria-selected="true"]')) {
      each.setAttribute("aria-selected", "false");
    }
    options[i].setAttribute("aria-selected", "true");
    unit.show(layer, i, place);
  };
  options.forEach((option, i) => {
    option.addEventListener("focus", () => choose(i));
    option.addEventListener("pointermove", (event) => {
      if (event.pointerType !== "touch")
        choose(i, layer.maps ? placed(event, option, layer.shape) : null);
    });
    option.addEventListener("click", (event) =>
      choose(i, layer.maps ? placed(event, option, layer.shape) : null),
    );
  });
  box.addEventListener("keydown", (event) => {
    const at = options.indexOf(document.activeElement);
    const columns = getComputedStyle(box).gridTemplateColumns.split(" ").length;
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns };
    const next = { Home: 0, End: options.length - 1 }[event.key] ?? at + step[event.key];
    if (!options[next]) return;
    event.preventDefault();
    options[at].tabIndex = -1;
    options[next].tabIndex = 0;
    options[next].focus();
  });
  return box;
}

// Which row and column of a map the pointer is over.
function placed(event, option, [height, width]) {
  const box = option.getBoundingClientRect();
  const share = (at, start, extent, count) =>
    Math.min(Math.max(Math.floor(((at - start) / extent) * count), 0), count - 1);
  return [
    share(event.clientY, box.y, box.height, height),
    share(event.clientX, box.x, box.width, width),
  ];
}
