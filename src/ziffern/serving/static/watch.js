// One training, watched: how far it is, its figures while they grow, and what can be done with it.

import { element, replace } from "./dom.js";
import { clock, figures } from "./drawn.js";
import { events, Problem } from "./server.js";

export const OVER = ["finished", "stopped early", "interrupted", "diverged", "failed", "removed"];

// Returns {holder, stop()}. `changed(training)` is called with each new state.
export function watch(context, id, changed) {
  const { t, number, percent } = context;
  const place = `v1/trainings/${id}`;
  const quit = new AbortController();
  let training = null;
  let history = [];
  let others = null; // earlier runs; asked for once there are curves to put beside theirs
  let beside = null;

  const heading = element("h2", {});
  const state = element("p", { class: "standing" });
  const bar = element("progress", { max: 1, value: 0, "aria-label": t("train.progress") });
  const facts = element("dl", { class: "facts" });
  const buttons = element("div", { class: "row" });
  const told = element("p", { class: "small muted" });
  const drawings = figures(context);
  const earlier = element(
    "select",
    { id: "earlier", onchange: () => ((beside = others.find((run) => run.name === earlier.value)), draw()) },
    element("option", { value: "" }, t("train.none")),
  );
  const compared = element(
    "p",
    { class: "field", hidden: true },
    element("label", { for: "earlier" }, t("train.beside")),
    earlier,
  );
  const holder = element(
    "section",
    { class: "watched", "aria-label": t("train.watched") },
    element("div", { class: "now" }, element("div", {}, heading, state, bar, facts), element("div", { class: "does" }, buttons, compared)),
    told,
    drawings.holder,
  );

  const act = (what, after = () => {}) => async () => {
    for (const button of buttons.children) button.disabled = true;
    try {
      // the events tell what became of it: the answer may be older than the last of them
      await context.post(`${place}/${what}`);
      after();
    } catch (error) {
      context.fail(error);
      replace(buttons, actions());
    }
  };

  function take(entry) {
    const before = training?.status;
    training = entry;
    if (before !== entry.status) {
      if (before) context.say(`${entry.title}: ${t(`train.status.${entry.status}`)}`);
      replace(buttons, actions());
    }
    show(entry);
    changed(entry);
  }

  function actions() {
    const { status, resumable, run } = training;
    const button = (key, action, main) =>
      element("button", { type: "button", class: main ? "main" : null, onclick: action }, t(`train.${key}`));
    return [
      status === "running" && button("pause", act("pause")),
      status === "paused" && button("go_on", act("resume"), true),
      ["running", "paused", "starting"].includes(status) && button("stop", act("stop")),
      resumable && button("resume", act("resume", follow), true),
      OVER.includes(status) && run && button("to_runs", () => context.go("runs", { run })),
      status === "finished" && button("to_draw", use),
    ];
  }

  async function use() {
    try {
      await context.post("v1/models", { name: training.run });
      await context.models(true);
      context.go("draw");
    } catch (error) {
      context.fail(error);
    }
  }

  function show({ title, seed, status, place: turn, epochs, progress, problem, is_sample, validation_size, dataset, device, train_size }) {
    const last = history.at(-1);
    const done = progress ? progress.epoch - 1 + progress.batch / progress.batches : history.length;
    replace(heading, `${title} `, element("span", { class: "muted" }, t("train.seed_of", { seed })));
    state.dataset.state = status;
    replace(state, turn ? t("train.turn", { n: turn }) : t(`train.status.${status}`));
    bar.value = OVER.includes(status) && status !== "interrupted" && status !== "failed" ? 1 : done / epochs;
    bar.hidden = status === "waiting";
    const at = Math.min(progress?.epoch ?? history.length, epochs);
    const row = progress ?? last;
    const pairs = [
      ["epoch", at ? t("train.of", { n: at, of: epochs }) : null],
      ["left", progress && status === "running" ? clock(progress.seconds_left) : null],
      ["validation", last?.validation_accuracy != null ? percent(last.validation_accuracy) : null],
      ["accuracy", row ? percent(row.accuracy) : null],
      ["loss", row ? number(row.loss, { maximumSignificantDigits: 3 }) : null],
      ["speed", row ? t("train.images", { n: Math.round(row.images_per_second) }) : null],
    ];
    replace(facts, pairs.filter(([, value]) => value !== null).map(([key, value]) => element("div", {}, element("dt", {}, t(`train.${key}`)), element("dd", {}, value))));
    const notes = [
      problem && element("span", { lang: "en" }, problem),
      status === "interrupted" && !problem && t("train.kept", { n: history.length }),
      status === "starting" && t("train.starting_lead"),
      status === "paused" && t("train.paused_lead"),
      train_size && t("train.data", { n: train_size, validation: validation_size, dataset, device }),
      is_sample && t("train.sample"),
      validation_size === 0 && t("train.no_validation"),
    ];
    replace(told, notes.filter(Boolean).flatMap((note) => [note, " "]));
    told.hidden = !told.textContent;
  }

  function draw() {
    if (!training?.run || history.length === 0) return;
    if (!others) offer();
    drawings.show(training.run, history, beside);
  }

  async function offer() {
    others = [];
    const { runs } = await context.get("v1/runs").catch(() => ({ runs: [] }));
    others = runs.filter((run) => run.epochs > 0 && !run.members && run.name !== training.run).slice(0, 100);
    earlier.append(...others.map((run) => element("option", { value: run.name }, runName(context, run))));
    compared.hidden = others.length === 0;
  }

  // to the end of the training; where the connection breaks, again from the start
  async function follow() {
    while (!quit.signal.aborted) {
      try {
        let fresh = [];
        for await (const [name, data] of events(`${place}/events`, { signal: quit.signal })) {
          if (name === "epoch") fresh.push(data);
          else if (name === "again") fresh = [];
          else if (name === "training") {
            const grown = fresh.length !== history.length;
            if (grown) history = [...fresh];
            take(data);
            if (grown) draw();
          }
        }
      } catch (error) {
        if (error.name === "AbortError") return;
        if (error instanceof Problem && error.status !== 0 && error.status !== 503) return context.fail(error);
      }
      if (training && OVER.includes(training.status)) {
        draw(); // once more, with the weights that were kept
        return;
      }
      await new Promise((done) => setTimeout(done, 2000));
    }
  }

  follow();
  return { holder, stop: () => quit.abort() };
}

// Says in short which run is meant.
export function runName({ t, when }, run) {
  const title = run.title || run.recipe || run.name;
  const name = run.members ? t("runs.members", { n: run.members }) : `${title}, ${t("train.seed_of", { seed: run.seed ?? "–" })}`;
  return [name, run.started && when(run.started)].filter(Boolean).join(" · ");
}
