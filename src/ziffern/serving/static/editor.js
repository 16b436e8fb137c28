// What stands beside the pages: a mark, or the box of a digit to be added, enlarged, and keys to say
// what it is.

import { element } from "./dom.js";
import { added, corrected } from "./reading.js";

// Returns {element, show, ask}; `say` is called with a digit, with null for no digit, and with
// undefined for what was read.
export function editor({ t, percent }, say) {
  const canvas = element("canvas", { class: "crop", "aria-hidden": "true" });
  const told = element("p", {}, t("read.choose_mark"));
  const title = element("h3", {}, t("read.correct"));
  const keys = [..."0123456789"].map((name) =>
    element("button", { type: "button", disabled: true, onclick: () => say(Number(name)) }, name),
  );
  const none = element(
    "button",
    { type: "button", disabled: true, onclick: () => say(null) },
    t("read.no_digit"),
  );
  const back = element(
    "button",
    { type: "button", disabled: true, onclick: () => say(undefined) },
    t("read.restore"),
  );
  const help = element("p", { class: "small muted keys" }, t("read.keys"));
  const made = element(
    "section",
    { class: "editor" },
    title,
    element("div", { class: "both" }, canvas, told),
    element("div", { class: "digits", role: "group", "aria-label": t("read.correct") }, keys),
    element("div", { class: "row" }, none, back),
    help,
  );

  // a mark, which can be corrected
  function show({ mark, page, picture }) {
    title.textContent = t("read.correct");
    help.textContent = t("read.keys");
    keys.forEach((key, digit) => {
      key.disabled = false;
      key.setAttribute("aria-pressed", String(mark.digit === digit));
    });
    none.disabled = false;
    none.textContent = t(added(mark) ? "read.remove" : "read.no_digit");
    back.disabled = !mark.read;
    const state = corrected(mark) ? "corrected" : mark.state;
    const sure = corrected(mark) ? "" : ` · ${percent(mark.probability)}`;
    told.textContent = `${t(`read.state.${state}`)}${sure}`;
    crop(canvas, picture, mark.box, page.size);
  }

  // a box, and the sentence that says where its digit would stand
  function ask({ box, page, picture, sentence }) {
    title.textContent = t("read.add");
    help.textContent = t("read.add_keys");
    for (const key of keys) {
      key.disabled = false;
      key.removeAttribute("aria-pressed");
    }
    none.disabled = back.disabled = true;
    none.textContent = t("read.no_digit");
    told.textContent = sentence;
    crop(canvas, picture, box, page.size);
  }

  // nothing is chosen
  function rest() {
    title.textContent = t("read.correct");
    help.textContent = t("read.keys");
    told.textContent = t("read.choose_mark");
    for (const key of [...keys, none, back]) key.disabled = true;
    for (const key of keys) key.removeAttribute("aria-pressed");
    canvas.width = canvas.height = 160; // which wipes it
  }

  return { element: made, show, ask, rest };
}

// Shows the surroundings of a box of the page, square.
function crop(canvas, picture, [x, y, width, height], [pageWidth]) {
  const side = 1.5 * Math.max(width, height);
  const scale = picture ? picture.naturalWidth / pageWidth : 1;
  canvas.width = canvas.height = 160;
  if (!picture) return;
  const pen = canvas.getContext("2d");
  pen.imageSmoothingQuality = "high";
  const [left, top] = [x + width / 2 - side / 2, y + height / 2 - side / 2];
  pen.drawImage(picture, left * scale, top * scale, side * scale, side * scale, 0, 0, 160, 160);
}
