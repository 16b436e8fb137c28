// The view Runs: the board of what was trained, one run in full, and two of them compared.

import { compare } from "./compare.js";
import { element, replace, settled } from "./dom.js";
import { clock } from "./drawn.js";
import { opened } from "./run.js";

const SECONDS_BETWEEN_LOOKS = 5;
const TWO_DIGITS = { minimumFractionDigits: 2, maximumFractionDigits: 2 };

let stop = () => {};

export async function mount(place, context) {
  const { t, kept, number, percent } = context;
  kept.order ??= { key: "started", down: true };
  kept.chosen ??= [];
  let runs = [];
  let timer;
  let gone = false;
  stop = () => {
    gone = true;
    clearTimeout(timer);
  };

  const search = element("input", { id: "search", type: "search", placeholder: t("runs.search"), "aria-label": t("runs.search") });
  const count = element("p", { class: "small muted count" });
  const rows = element("tbody", {});
  const heads = element("tr", {});
  const table = element(
    "table",
    { class: "board" },
    element("caption", { class: "hidden" }, t("runs.board")),
    element("thead", {}, heads),
    rows,
  );
  const versus = element("section", { class: "versus", "aria-label": t("runs.compare"), hidden: true });
  const full = element("section", { class: "full", hidden: true });
  const board = element("div", {}, element("div", { class: "row above" }, search, count), table);
  place.append(versus, board, full);
  search.value = kept.search ?? "";
  search.addEventListener("input", settled(100, () => {
    kept.search = search.value;
    show();
  }));

  const share = (figures) => (figures ? percent(figures.accuracy) : "–");
  const interval = (figures) => {
    if (!figures?.wilson95) return null;
    const [low, high] = figures.wilson95.map((end) => number(100 * end, TWO_DIGITS));
    return element("span", { class: "interval muted" }, t("runs.interval", { low, high }));
  };
  const columns = [
    {
      key: "recipe", of: (run) => `${run.title || run.recipe || run.name} ${String(run.seed ?? "").padStart(9)}`, text: true,
      cell: (run) => [
        element("button", { type: "button", class: "name", "data-key": `open ${run.name}`, onclick: () => context.go("runs", { run: run.name }) }, run.title || run.recipe || run.name),
        element("span", { class: "muted small" }, run.members ? t("runs.members", { n: run.members }) : run.seed === null ? "" : t("train.seed_of", { seed: run.seed })),
        run.is_sample && element("span", { class: "badge" }, t("runs.sample")),
      ],
    },
    { key: "status", of: (run) => run.status, text: true, cell: (run) => element("span", { class: "standing", "data-state": run.status }, known(run)) },
    { key: "validation", of: (run) => run.validation?.accuracy, cell: (run) => [share(run.validation), interval(run.validation)] },
    { key: "test", of: (run) => run.test?.accuracy, cell: (run) => [share(run.test), interval(run.test), run.test_looks > 0 && element("span", { class: "looks muted" }, t("runs.looks", { n: run.test_looks }))] },
    { key: "time", of: (run) => run.seconds, cell: (run) => (run.seconds ? clock(run.seconds) : "–") },
    { key: "parameters", of: (run) => run.parameters, cell: (run) => (run.parameters === null ? "–" : number(run.parameters)) },
    { key: "started", of: (run) => run.started, text: true, cell: (run) => (run.started ? context.when(run.started) : "–") },
  ];

  function known(run) {
    const key = `train.status.${run.status}`;
    const said = t(key);
    const name = said === key ? t(`runs.${run.status}`) : said;
    return run.status === "running" && run.of_epochs ? `${name}, ${run.epochs}/${run.of_epochs}` : name;
  }

  function show() {
    const { key, down } = kept.order;
    const focused = table.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    replace(
      heads,
      element("th", { scope: "col" }, element("span", { class: "hidden" }, t("runs.choose"))),
      columns.map((column) =>
        element(
          "th",
          { scope: "col", class: column.key, "aria-sort": column.key === key ? (down ? "descending" : "ascending") : null },
          element("button", { type: "button", "data-key": column.key, onclick: () => sort(column) }, t(`runs.${column.key}`)),
        ),
      ),
    );
    const column = columns.find((each) => each.key === key);
    const wanted = search.value.trim().toLowerCase();
    const shown = runs.filter((run) => `${run.title} ${run.name} ${run.status} ${run.dataset}`.toLowerCase().includes(wanted));
    const compareTwo = (one, other) => {
      const [a, b] = [column.of(one), column.of(other)];
      if (a == null || b == null) return (a == null) - (b == null); // what is not known stands last
      return (down ? -1 : 1) * (typeof a === "string" ? a.localeCompare(b, context.language) : a - b);
    };
    shown.sort(compareTwo);
    replace(rows, shown.map(row));
    count.textContent = runs.length ? t("runs.count", { n: shown.length }) : "";
    if (runs.length === 0) {
      replace(rows, element("tr", {}, element("td", { colspan: columns.length + 1, class: "blank" }, t("runs.none"), " ", element("a", { href: "#train" }, t("runs.train_one")))));
    }
    table.hidden = false;
    if (focused) table.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  }

  function sort({ key, text }) {
    const { order } = kept;
    kept.order = { key, down: order.key === key ? !order.down : key === "started" || !text };
    show();
  }

  function row(run) {
    const chosen = kept.chosen.includes(run.name);
    const box = element("input", {
      type: "checkbox", checked: chosen, "data-key": `choose ${run.name}`, "aria-label": t("runs.choose_one", { run: run.name }), onchange: (event) => choose(run.name, event.target.checked),
    });
    return element(
      "tr",
      { class: chosen ? "chosen" : null },
      element("td", { class: "choose" }, box),
      columns.map((column) => element("td", { class: column.key, "data-name": t(`runs.${column.key}`) }, [column.cell(run)].flat())),
    );
  }

  function choose(name, yes) {
    kept.chosen = yes ? [...kept.chosen, name].slice(-2) : kept.chosen.filter((each) => each !== name);
    for (const tr of rows.children) {
      const box = tr.querySelector("input");
      if (box) box.checked = kept.chosen.some((each) => box.dataset.key === `choose ${each}`);
      tr.classList.toggle("chosen", Boolean(box?.checked));
    }
    weigh();
    if (kept.chosen.length === 2) versus.scrollIntoView({ block: "start" });
  }

  function weigh() {
    const two = kept.chosen.map((name) => runs.find((run) => run.name === name)).filter(Boolean);
    kept.chosen = two.map((run) => run.name);
    versus.hidden = two.length === 0;
    versus.classList.toggle("hint", two.length === 1);
    if (two.length === 1) {
      replace(versus, element("p", { class: "muted" }, t("runs.one_more", { run: two[0].title || two[0].name })));
    } else if (two.length === 2) {
      const clear = () => {
        for (const name of [...kept.chosen]) choose(name, false);
      };
      replace(versus, compare(context, two, clear));
    }
  }

  async function look() {
    clearTimeout(timer);
    try {
      const found = await context.get("v1/runs");
      if (gone) return;
      const first = table.hidden;
      const before = JSON.stringify(runs);
      runs = found.runs;
      if (JSON.stringify(runs) !== before || first) show();
      if (first) weigh();
      if (!runs.some((run) => run.status === "running")) return;
    } catch (error) {
      if (gone) return;
      context.fail(error);
      if (error.status === 401) return; // with a token the view is opened anew
    }
    timer = setTimeout(look, 1000 * SECONDS_BETWEEN_LOOKS);
  }

  const name = context.params.get("run");
  if (name) {
    board.hidden = versus.hidden = true;
    full.hidden = false;
    await opened(full, context, name);
    return;
  }
  table.hidden = true;
  await look();
}

export function unmount() {
  stop();
}
