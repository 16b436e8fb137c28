// The view Draw: a digit is drawn, and every loaded network says what it takes it for.

import { clamp, takeOut } from "./clamp.js";
import { element, replace, settled } from "./dom.js";
import { ink, map } from "./maps.js";
import { drawing, extent, picture, shown, sketch } from "./sketch.js";
import { reasons } from "./why.js";

const TOLD = 900; // milliseconds of rest after which screen readers tell the answers

let stop = () => {};

export async function mount(place, context) {
  const { t } = context;
  const quit = new AbortController();
  const pad = sketch(context);
  const opinions = element("section", { class: "opinions", "aria-label": t("draw.opinions") });
  const clamped = clamp(context, arrange);
  const seen = element("div", { class: "ways" });
  const why = element("section", { class: "why panel", hidden: true });
  place.append(
    element("div", { class: "bench" }, pad.element, element("div", {}, opinions, clamped.element)),
    why,
    element(
      "section",
      { class: "panel" },
      element("h2", {}, t("draw.seen")),
      element("p", { class: "muted" }, t("draw.seen_lead")),
      seen,
    ),
  );
  const tell = settled(TOLD, (predictions) =>
    context.say(predictions.map((found) => spoken(found, context)).join("; ")),
  );
  let cards = [];
  let predictions = [];

  const changed = following(opinions, quit.signal, context.fail, async () => {
    why.hidden = true;
    const body = { images: [picture()] };
    const asked = drawing.strokes.length > 0;
    predictions = asked
      ? (await context.request("v1/predict", { method: "POST", body, signal: quit.signal }))
          .predictions
      : [];
    const answering = predictions.map(({ model }) => model);
    if (asked && answering.join("\n") !== cards.map(({ name }) => name).join("\n")) {
      return arrange(await context.models(true)); // others clamp networks in and out as well
    }
    for (const each of cards) each.show(predictions.find((found) => found.model === each.name));
    replace(seen, predictions.length ? ways(predictions, cards, context) : blank(t("draw.seen_blank")));
    if (asked) tell(predictions);
    else tell.cancel();
  });
  const explain = async (model) => {
    const image = picture();
    const body = { image };
    const path = `v1/models/${encodeURIComponent(model.name)}/why`;
    try {
      const found = await context.request(path, { method: "POST", body, signal: quit.signal });
      if (image !== picture()) return; // it was drawn on meanwhile
      const { normalised } = predictions.find((each) => each.model === model.name);
      replace(why, reasons(found, normalised, model, context));
      why.hidden = false;
      why.querySelector("h2").focus({ preventScroll: true });
      why.scrollIntoView({ behavior: "smooth", block: "nearest" });
    } catch (error) {
      context.fail(error);
    }
  };
  stop = () => {
    quit.abort();
    pad.stop();
    tell.cancel();
    drawing.changed.removeEventListener("change", changed);
  };

  // Puts a card there for each network; the focus goes to that of `sought`, or stays where it was.
  async function arrange(models, sought = null) {
    if (quit.signal.aborted) return;
    sought ??= cards.find((each) => each.element.contains(document.activeElement))?.name;
    cards = models.map((model, i) => {
      const next = (models[i + 1] ?? models[i - 1])?.name;
      // the server keeps at least one
      const out = models.length > 1 && takeOut(model, context, (left) => arrange(left, next));
      return opinion(model, context, () => explain(model), out);
    });
    replace(
      opinions,
      cards.map((each) => each.element),
    );
    if (sought) (cards.find(({ name }) => name === sought) ?? cards[0]).focus();
    await Promise.all([clamped.offer(models), changed()]).catch(context.fail);
  }

  drawing.changed.addEventListener("change", changed);
  document.addEventListener("theme", changed, { signal: quit.signal }); // canvases take new colours
  await arrange(await context.models());
}

export function unmount() {
  stop();
}

// Returns a function that calls `update` now, or again after the call that is under way: however
// fast the drawing changes, the server is asked one question at a time. `place` tells that it is so.
export function following(place, signal, fail, update) {
  let busy = false;
  let stale = false;
  return async () => {
    stale = true;
    if (busy) return;
    busy = true;
    place.setAttribute("aria-busy", "true");
    try {
      while (stale && !signal.aborted) {
        stale = false;
        await update();
      }
    } catch (error) {
      fail(error);
    } finally {
      busy = false;
      place.removeAttribute("aria-busy");
    }
  };
}

export function blank(text) {
  return element("p", { class: "blank muted" }, text);
}

function answer(found) {
  return found.digit === null ? "–" : String(found.digit);
}

function spoken(found, { t, percent }) {
  const share = percent(Math.max(...found.probabilities));
  const state = t(`draw.${found.state}`);
  return found.digit === null
    ? `${found.model}: ${state}`
    : `${found.model}: ${found.digit}, ${share}, ${state}`;
}

// What a network is known for, in one line.
function known({ parameters, card }, { t, percent }) {
  const facts = [t("draw.parameters", { n: parameters })];
  if (card) {
    const share = percent(card.accuracy);
    const sets = card.data.title.split(" + ");
    const joined = t("draw.accuracy_joined", { share, n: sets.length });
    facts.unshift(sets.length > 1 ? joined : t("draw.accuracy", { share, dataset: sets[0] }));
  }
  return facts.join(" · ");
}

// One network's opinion: its answer, what may be said of it, and a bar for each class.
function opinion(model, context, explain, out) {
  const { t, percent } = context;
  const digit = element("strong", {});
  const state = element("span", { class: "state" });
  const bars = model.class_names.map((name) => {
    const share = element("span", {});
    const bar = element("i", { "aria-hidden": "true" });
    return { bar, share, row: element("li", {}, element("b", {}, name), bar, share) };
  });
  const label = t("draw.why_of", { model: model.name });
  const ask = element(
    "button",
    { type: "button", onclick: explain, "aria-label": label },
    t("draw.why"),
  );
  const heading = element("h2", { tabindex: "-1" }, model.name);
  const made = element(
    "article",
    { class: "opinion" },
    heading,
    element("p", { class: "small muted" }, known(model, context)),
    element("p", { class: "answer" }, digit, state),
    element(
      "ol",
      { class: "bars" },
      bars.map(({ row }) => row),
    ),
    ask,
    out,
  );
  const show = (found) => {
    const most = found ? Math.max(...found.probabilities) : 0;
    made.dataset.state = found?.state ?? "nothing";
    digit.textContent = found ? answer(found) : "";
    state.textContent = t(`draw.${found?.state ?? "nothing"}`);
    ask.disabled = !found;
    bars.forEach(({ row, bar, share }, index) => {
      const value = found?.probabilities[index] ?? 0;
      bar.style.setProperty("--p", `${100 * value}%`);
      share.textContent = found ? percent(value) : "";
      row.className = found && value === most ? "best" : "";
    });
  };
  show();
  const { name, contract } = model;
  return { name, contract, element: made, show, focus: () => heading.focus() };
}

// How the picture came about, once for all networks that have it made in the same way.
function ways(predictions, cards, context) {
  const groups = new Map();
  predictions.forEach(({ model, normalised }, i) => {
    const { contract } = cards[i];
    const key = [contract.box, contract.centre, normalised].join();
    const models = [...(groups.get(key)?.models ?? []), model];
    groups.set(key, { normalised, contract, models });
  });
  return [...groups.values()].map(({ normalised, contract, models }) =>
    element(
      "div",
      {},
      groups.size > 1 ? element("h3", {}, models.join(", ")) : null,
      element("ol", { class: "way" }, way(normalised, contract, context)),
    ),
  );
}

function way(normalised, { box, centre }, { t, number }) {
  const side = normalised.length;
  if (centre === "frame") {
    const seen = map(normalised, ink, t("draw.step_final_alt", { side }));
    return station(seen, t("draw.step_frame", { side }));
  }
  const inked = {
    rows: normalised.map((row) => row.some(Boolean)),
    columns: normalised.map((_, x) => normalised.some((row) => row[x])),
  };
  if (!inked.rows.includes(true))
    return station(map(normalised, ink, t("draw.blank")), t("draw.blank"));
  const [top, left] = [inked.rows.indexOf(true), inked.columns.indexOf(true)];
  const height = inked.rows.lastIndexOf(true) + 1 - top;
  const width = inked.columns.lastIndexOf(true) + 1 - left;
  const cut = normalised.slice(top, top + height).map((row) => row.slice(left, left + width));
  const [x, y] = massCentre(cut).map((at) => number(at, { maximumFractionDigits: 1 }));
  return [
    station(found(), t("draw.step_ink")),
    station(map(cut, ink, t("draw.step_box_alt")), t("draw.step_box", { box, width, height })),
    station(
      element(
        "div",
        { class: "crossed" },
        map(normalised, ink, t("draw.step_final_alt", { side })),
      ),
      t("draw.step_final", { side, x, y }),
    ),
  ];
}

function station(drawn, text) {
  return element(
    "li",
    {},
    element("figure", {}, drawn, element("figcaption", { class: "small" }, text)),
  );
}

// The drawing with a dashed box around its ink.
function found() {
  const [x, y, width, height] = extent() ?? [0, 0, 1, 1];
  const canvas = element("canvas", { class: "found", "aria-hidden": "true" });
  const show = shown(canvas, (pen, side, colours) => {
    pen.strokeStyle = colours.outlineColor;
    pen.lineWidth = side / 60;
    pen.setLineDash([side / 20, side / 30]);
    pen.strokeRect(x * side, y * side, width * side, height * side);
  });
  requestAnimationFrame(show);
  return canvas;
}

// Where the ink has its centre of mass, [x, y] in pixels from the upper left corner.
function massCentre(rows) {
  let [mass, x, y] = [0, 0, 0];
  rows.forEach((row, i) =>
    row.forEach((value, j) => {
      mass += value;
      x += (j + 0.5) * value;
      y += (i + 0.5) * value;
    }),
  );
  return [x / mass, y / mass];
}
