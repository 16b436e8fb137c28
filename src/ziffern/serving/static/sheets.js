// Pages with what was read laid over them: to point at, to correct by hand, to look at closely.

import { element, replace } from "./dom.js";
import { correct, corrected, restore } from "./reading.js";

const ZOOMS = [1, 1.5, 2, 3, 4];

// Returns {element}; `changed` is called after each correction.
export function sheets(reading, context, changed) {
  const { t, percent } = context;
  const marks = reading.pages.flatMap((page, p) =>
    page.lines.flatMap((line, l) => line.digits.map((mark, d) => ({ page, p, line, l, mark, d }))),
  );
  let chosen = -1;
  let zoom = 0;

  // one button a mark; one of them is a stop of the Tab key, the arrow keys go on from it
  for (const [i, each] of marks.entries()) {
    const [x, y, width, height] = each.mark.box;
    const [w, h] = each.page.size;
    each.label = element("span", { "aria-hidden": "true" });
    each.button = element(
      "button",
      {
        type: "button",
        class: "mark",
        tabindex: i ? "-1" : "0",
        "--x": x / w,
        "--y": y / h,
        "--w": width / w,
        "--h": height / h,
        "--tall": height / w,
        onfocus: () => choose(i),
        onclick: () => each.button.focus(),
        onkeydown: (event) => pressed(event, i),
      },
      each.label,
    );
  }
  const texts = new Map(); // line → where its text stands

  const look = (i) => {
    const { mark, button, label, l, d, p } = marks[i];
    const state = corrected(mark) ? "corrected" : mark.state;
    button.dataset.state = state;
    label.textContent = mark.digit === null ? "" : `${mark.digit}${state === "unsure" ? "?" : ""}`;
    const values = {
      page: p + 1,
      line: l + 1,
      n: d + 1,
      digit: mark.digit ?? "",
      state: t(`read.state.${state}`),
    };
    button.setAttribute(
      "aria-label",
      t(mark.digit === null ? "read.mark_none" : "read.mark", values),
    );
  };
  const write = (line) =>
    replace(
      texts.get(line),
      marks.flatMap((each, i) =>
        each.line === line && each.mark.digit !== null
          ? [
              element(
                "span",
                {
                  class: i === chosen ? "chosen" : null,
                  "data-state": corrected(each.mark) ? "corrected" : each.mark.state,
                  onclick: () => each.button.focus(),
                },
                String(each.mark.digit),
              ),
            ]
          : [],
      ),
    );
  const choose = (i) => {
    const before = marks[chosen];
    if (before) {
      before.button.tabIndex = -1;
      before.button.classList.remove("chosen");
    }
    chosen = i;
    const { button, line } = marks[i];
    button.tabIndex = 0;
    button.classList.add("chosen");
    if (before) write(before.line);
    write(line);
    editor.show(marks[i]);
  };
  const go = (i) => marks[i]?.button.focus();
  const say = (i, digit) => {
    const { line, mark } = marks[i];
    if (digit === undefined) restore(line, mark);
    else correct(line, mark, digit);
    look(i);
    write(line);
    editor.show(marks[i]);
    changed();
    context.say(marks[i].button.getAttribute("aria-label"));
  };
  const pressed = (event, i) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { key } = event;
    const line = (step) => nearest(marks, i, step);
    if (/^[0-9]$/.test(key)) say(i, Number(key));
    else if (key === "Delete" || key === "Backspace") say(i, null);
    else if (key === "Escape") say(i, undefined);
    else if (key === "ArrowRight") go(i + 1);
    else if (key === "ArrowLeft") go(i - 1);
    else if (key === "ArrowDown") go(line(1));
    else if (key === "ArrowUp") go(line(-1));
    else return;
    event.preventDefault();
  };

  const editor = editing(context, (digit) => chosen >= 0 && say(chosen, digit));
  const unsure = () => {
    const order = marks.map((_, k) => (k + chosen + 1) % marks.length);
    const next = order.find((i) => marks[i].mark.state === "unsure");
    if (next === undefined) context.say(t("read.all_sure"));
    else go(next);
  };
  const pages = reading.pages.map((page, p) =>
    sheet(
      page,
      p,
      reading,
      marks.filter((each) => each.p === p),
      context,
    ),
  );
  const magnify = (step) => {
    zoom = Math.min(Math.max(zoom + step, 0), ZOOMS.length - 1);
    for (const each of pages) each.style.setProperty("--zoom", ZOOMS[zoom]);
    [smaller.disabled, larger.disabled] = [zoom === 0, zoom === ZOOMS.length - 1];
  };
  const smaller = element(
    "button",
    {
      type: "button",
      class: "icon",
      disabled: true,
      "aria-label": t("read.smaller"),
      onclick: () => magnify(-1),
    },
    "−",
  );
  const larger = element(
    "button",
    { type: "button", class: "icon", "aria-label": t("read.larger"), onclick: () => magnify(1) },
    "+",
  );
  const lines = reading.pages.map((page, p) =>
    element(
      "div",
      {},
      reading.pages.length > 1 ? element("h3", {}, t("read.page", { n: p + 1 })) : null,
      element(
        "ol",
        { class: "lines", tabindex: "0", "aria-label": t("read.lines") },
        page.lines.map((line) => {
          const made = element("li", {});
          texts.set(line, made);
          return made;
        }),
      ),
    ),
  );
  marks.forEach((_, i) => look(i));
  for (const line of texts.keys()) write(line);
  if (!marks.length) {
    return {
      element: element("div", {}, element("p", { class: "blank muted" }, t("read.nothing")), pages),
    };
  }
  return {
    element: element(
      "div",
      { class: "desk" },
      element(
        "div",
        {},
        element(
          "div",
          { class: "row tools" },
          smaller,
          larger,
          element("button", { type: "button", onclick: unsure }, t("read.next_unsure")),
        ),
        pages,
      ),
      element(
        "div",
        { class: "side" },
        editor.element,
        element("section", {}, element("h3", {}, t("read.lines")), lines),
      ),
    ),
  };
}

// The mark next below or above mark `i`: that of the line `step` lines further which is nearest.
function nearest(marks, i, step) {
  const lines = [...new Set(marks.map(({ line }) => line))];
  const wanted = lines[lines.indexOf(marks[i].line) + step];
  const middle = ({ mark: { box } }) => box[0] + box[2] / 2;
  const away = (k) => Math.abs(middle(marks[k]) - middle(marks[i]));
  const there = [...marks.keys()].filter((k) => marks[k].line === wanted);
  return there.sort((a, b) => away(a) - away(b))[0];
}

function sheet(page, p, reading, marks, { t }) {
  const [width, height] = page.size;
  const alt = t("read.page_alt", { n: p + 1, file: reading.file });
  const picture = page.picture ? element("img", { src: page.picture, alt }) : null;
  return element(
    "div",
    {
      class: "sheet",
      role: "group",
      tabindex: "0",
      "aria-label": alt,
      "--ratio": `${width} / ${height}`,
      "--zoom": "1",
    },
    element(
      "div",
      { class: "surface" },
      picture,
      marks.map(({ button }) => button),
    ),
  );
}

// What stands beside the page: the chosen mark, enlarged, and keys to say what it is.
function editing({ t, percent }, say) {
  const canvas = element("canvas", { class: "crop", "aria-hidden": "true" });
  const told = element("p", {}, t("read.choose_mark"));
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
  const made = element(
    "section",
    { class: "editor" },
    element("h3", {}, t("read.correct")),
    element("div", { class: "both" }, canvas, told),
    element("div", { class: "digits", role: "group", "aria-label": t("read.correct") }, keys),
    element("div", { class: "row" }, none, back),
    element("p", { class: "small muted keys" }, t("read.keys")),
  );
  const show = ({ mark, page, button }) => {
    keys.forEach((key, digit) => {
      key.disabled = false;
      key.setAttribute("aria-pressed", String(mark.digit === digit));
    });
    none.disabled = false;
    back.disabled = !corrected(mark);
    const state = corrected(mark) ? "corrected" : mark.state;
    const sure = corrected(mark) ? "" : ` · ${percent(mark.probability)}`;
    told.textContent = `${t(`read.state.${state}`)}${sure}`;
    crop(canvas, button.closest(".surface").querySelector("img"), mark.box, page.size);
  };
  return { element: made, show };
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
