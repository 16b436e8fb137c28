// Pages with what was read laid over them: to point at, to correct by hand, to add to, to look at
// closely.

import { element, replace, settled } from "./dom.js";
import { editor } from "./editor.js";
import { frame, place as lay } from "./frame.js";
import { add, added, correct, corrected, place, remove, restore } from "./reading.js";

const ZOOMS = [1, 1.5, 2, 3, 4];

// Returns {element}; `changed` is called after each correction.
export function sheets(reading, context, changed) {
  const { t } = context;
  const pages = reading.pages.map((page, p) => sheet(page, p, reading, context));
  const known = new Map(); // mark → what stands for it on the page
  const texts = new Map(); // line → where its text stands
  let marks = []; // in the order in which they are read
  let chosen = null;
  let zoom = 0;

  // one button a mark; one of them is a stop of the Tab key, the arrow keys go on from it
  const made = (mark, page, p) => {
    const each = { mark, page, p, picture: pages[p].picture };
    each.label = element("span", { "aria-hidden": "true" });
    each.button = element(
      "button",
      {
        type: "button",
        class: "mark",
        tabindex: "-1",
        onfocus: () => choose(each),
        onclick: () => each.button.focus(),
        onkeydown: (event) => pressed(event, each),
      },
      each.label,
    );
    lay(each.button, mark.box, page.size);
    return each;
  };
  const arrange = () => {
    const before = new Set(marks);
    marks = reading.pages.flatMap((page, p) =>
      page.lines.flatMap((line, l) =>
        line.digits.map((mark, d) => {
          if (!known.has(mark)) known.set(mark, made(mark, page, p));
          return Object.assign(known.get(mark), { line, l, d });
        }),
      ),
    );
    for (const each of marks) before.delete(each);
    for (const each of before) each.button.remove();
    if (!marks.includes(chosen)) chosen = null;
    texts.clear();
    reading.pages.forEach((page, p) => {
      pages[p].surface.append(...marks.filter((each) => each.p === p).map(({ button }) => button));
      for (const line of page.lines) texts.set(line, element("li", {}));
      replace(lists[p], page.lines.map((line) => texts.get(line)));
    });
    marks.forEach(look);
    for (const line of texts.keys()) write(line);
    if (!chosen && marks.length) marks[0].button.tabIndex = 0;
    nothing.hidden = marks.length > 0;
  };

  const look = ({ mark, button, label, l, d, p }) => {
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
      marks.flatMap((each) =>
        each.line === line && each.mark.digit !== null
          ? [
              element(
                "span",
                {
                  class: each === chosen ? "chosen" : null,
                  "data-state": corrected(each.mark) ? "corrected" : each.mark.state,
                  onclick: () => each.button.focus(),
                },
                String(each.mark.digit),
              ),
            ]
          : [],
      ),
    );
  const choose = (each) => {
    stopAdding();
    for (const { button } of marks) button.tabIndex = -1;
    const before = chosen;
    before?.button.classList.remove("chosen");
    chosen = each;
    each.button.tabIndex = 0;
    each.button.classList.add("chosen");
    if (before) write(before.line);
    write(each.line);
    beside.show(each);
  };
  const go = (each) => each?.button.focus();
  const say = (each, digit) => {
    const { line, mark } = each;
    if (added(mark) && !Number.isInteger(digit)) return drop(each);
    if (digit === undefined) restore(line, mark);
    else correct(line, mark, digit);
    look(each);
    write(line);
    beside.show(each);
    changed();
    context.say(each.button.getAttribute("aria-label"));
  };
  const drop = (each) => {
    const i = marks.indexOf(each);
    remove(each.page, each.line, each.mark);
    known.delete(each.mark);
    arrange();
    beside.rest();
    changed();
    context.say(t("read.removed"));
    if (marks.length) go(marks[Math.min(i, marks.length - 1)]);
    else adding.focus();
  };
  const pressed = (event, each) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { key } = event;
    const step = (count) => marks[marks.indexOf(each) + count];
    if (/^[0-9]$/.test(key)) say(each, Number(key));
    else if (key === "Delete" || key === "Backspace") say(each, null);
    else if (key === "Escape") say(each, undefined);
    else if (key === "+") startAdding();
    else if (key === "ArrowRight") go(step(1));
    else if (key === "ArrowLeft") go(step(-1));
    else if (key === "ArrowDown") go(nearest(marks, each, 1));
    else if (key === "ArrowUp") go(nearest(marks, each, -1));
    else return;
    event.preventDefault();
  };

  // a digit that was missed: a box is drawn, what is in it typed
  const tell = settled(400, context.say);
  const drawn = frame(context, pages, {
    moved() {
      const { page: p, box } = drawn;
      const page = reading.pages[p];
      const found = place(page, box);
      const sentence = t(found.fresh ? "read.add_line" : "read.add_at", { line: found.line + 1, n: found.at + 1 });
      beside.ask({ box, page, picture: pages[p].picture, sentence });
      tell(sentence);
    },
    ended: () => beside.element.scrollIntoView({ block: "nearest" }), // phones have its keys below
    typed: (digit) => put(digit),
    left: () => giveUp(),
  });
  const startAdding = () => {
    const p = chosen?.p ?? 0;
    const { size } = reading.pages[p];
    adding.textContent = t("read.add_not");
    drawn.begin(p, first(size, chosen, marks.filter((each) => each.p === p)));
  };
  const stopAdding = () => {
    if (!drawn.box) return;
    tell.cancel();
    drawn.end();
    adding.textContent = t("read.add");
  };
  const giveUp = () => {
    stopAdding();
    if (chosen) beside.show(chosen);
    else beside.rest();
    adding.focus();
  };
  const put = (digit) => {
    const page = reading.pages[drawn.page];
    const mark = add(page, drawn.box, digit);
    stopAdding();
    arrange();
    go(known.get(mark));
    changed();
    context.say(t("read.added", { mark: known.get(mark).button.getAttribute("aria-label") }));
  };
  const adding = element(
    "button",
    { type: "button", onclick: () => (drawn.box ? giveUp() : startAdding()) },
    t("read.add"),
  );

  const beside = editor(context, (digit) => {
    if (drawn.box) put(digit);
    else if (chosen) say(chosen, digit);
  });
  const unsure = () => {
    const from = marks.indexOf(chosen) + 1;
    const order = [...marks.slice(from), ...marks.slice(0, from)];
    const next = order.find(({ mark }) => mark.state === "unsure");
    if (next) go(next);
    else context.say(t("read.all_sure"));
  };
  const magnify = (step) => {
    zoom = Math.min(Math.max(zoom + step, 0), ZOOMS.length - 1);
    for (const each of pages) each.element.style.setProperty("--zoom", ZOOMS[zoom]);
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
  const nothing = element("p", { class: "blank muted" }, t("read.nothing"));
  const lists = reading.pages.map(() =>
    element("ol", { class: "lines", tabindex: "0", "aria-label": t("read.lines") }),
  );
  arrange();
  return {
    element: element(
      "div",
      { class: "desk" },
      element(
        "div",
        {},
        nothing,
        element(
          "div",
          { class: "row tools" },
          smaller,
          larger,
          element("button", { type: "button", onclick: unsure }, t("read.next_unsure")),
          adding,
        ),
        element("p", { id: "frame-keys", class: "hidden" }, t("read.add_keys")),
        pages.map((each) => each.element),
      ),
      element(
        "div",
        { class: "side" },
        beside.element,
        element(
          "section",
          {},
          element("h3", {}, t("read.lines")),
          lists.map((list, p) =>
            element(
              "div",
              {},
              lists.length > 1 ? element("h3", {}, t("read.page", { n: p + 1 })) : null,
              list,
            ),
          ),
        ),
      ),
    ),
  };
}

// The mark next below or above a mark: that of the line `step` lines further which is nearest.
function nearest(marks, from, step) {
  const lines = [...new Set(marks.map(({ line }) => line))];
  const wanted = lines[lines.indexOf(from.line) + step];
  const middle = ({ mark: { box } }) => box[0] + box[2] / 2;
  const away = (each) => Math.abs(middle(each) - middle(from));
  return marks.filter(({ line }) => line === wanted).sort((a, b) => away(a) - away(b))[0];
}

// Where a box begins before it is drawn: behind the chosen mark, or in the middle of the page; as
// large as the marks there mostly are.
function first([width, height], chosen, marks) {
  const usual = (k) => marks.map(({ mark }) => mark.box[k]).sort((a, b) => a - b)[marks.length >> 1];
  const [w, h] = [usual(2) ?? width / 12, usual(3) ?? width / 10];
  if (!chosen) return [(width - w) / 2, (height - h) / 2, w, h];
  const [x, y, wide, tall] = chosen.mark.box;
  return [x + wide + w / 4, y + (tall - h) / 2, w, h];
}

// A page: its picture on a surface over which marks are laid.
function sheet(page, p, reading, { t }) {
  const [width, height] = page.size;
  const alt = t("read.page_alt", { n: p + 1, file: reading.file });
  const picture = page.picture ? element("img", { src: page.picture, alt }) : null;
  const surface = element("div", { class: "surface" }, picture);
  const holder = element(
    "div",
    {
      class: "sheet",
      role: "group",
      tabindex: "0",
      "aria-label": alt,
      "--ratio": `${width} / ${height}`,
      "--zoom": "1",
    },
    surface,
  );
  return { element: holder, surface, picture, size: page.size };
}
