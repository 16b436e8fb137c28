// Why a network answers as it does: what of the picture it leans on, and training digits like it.

import { element } from "./dom.js";
import { ink, map, reach, signed } from "./maps.js";

// Returns what is to be shown of the server's answer, whose `occlusion` counts in logits, about a
// picture (rows of 0…255) and a model.
export function reasons(found, normalised, model, { t, number, say }) {
  const name = model.class_names[found.target];
  const title = t("draw.why_title", { model: model.name, digit: name });
  const most = reach(found.occlusion);
  say(title);
  return [
    element("h2", { tabindex: "-1" }, title),
    element(
      "div",
      { class: "reasons" },
      element(
        "figure",
        {},
        element(
          "div",
          { class: "leaning" },
          leaning(found.occlusion, normalised, most, t("draw.occlusion_alt", { digit: name })),
        ),
        key(most, { t, number }),
        element("figcaption", { class: "small" }, t("draw.occlusion", { digit: name })),
      ),
      element(
        "div",
        {},
        element("h3", {}, t("draw.nearest")),
        element(
          "ol",
          { class: "nearest" },
          found.neighbours.map((each) => neighbour(each, t, number)),
        ),
        element("p", { class: "small muted" }, t("draw.nearest_lead")),
      ),
    ),
  ];
}

// The strokes in grey, and over them what each place says.
function leaning(occlusion, normalised, most, alt) {
  const both = occlusion.map((row, i) => row.map((value, j) => [value, normalised[i][j] / 255]));
  const said = signed(most);
  const colour = ([value, stroke]) =>
    said(value).map((level) => level + 0.45 * stroke * (128 - level));
  return map(both, colour, alt);
}

function neighbour({ digit, distance, normalised }, t, number) {
  const away = number(distance, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  return element(
    "li",
    {},
    map(normalised, ink, t("draw.neighbour", { digit })),
    element("b", { "aria-hidden": "true" }, String(digit)),
    " ",
    element("span", { class: "small muted" }, away),
  );
}

// What the two colours say, from -reach to reach.
export function key(most, { t, number }) {
  const end = number(most, { maximumSignificantDigits: 2 });
  return element(
    "p",
    { class: "key small" },
    `−${end}`,
    element("i", { "aria-hidden": "true" }),
    `+${end}`,
  );
}
