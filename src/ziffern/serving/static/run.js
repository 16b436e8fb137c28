// One run in full: its results, its figures, its recipe, and its report.

import { download, element, replace } from "./dom.js";
import { clock, figures } from "./drawn.js";
import { authorised } from "./server.js";
import { runName } from "./watch.js";

// Fills `place` with a run.
export async function opened(place, context, name) {
  const { t, number, percent } = context;
  const back = element("a", { href: "#runs", class: "back" }, t("runs.back"));
  replace(place, back);
  const path = `v1/runs/${encodeURIComponent(name)}`;
  let run;
  try {
    run = await context.get(path);
  } catch (error) {
    return context.fail(error);
  }
  const two = { minimumFractionDigits: 2, maximumFractionDigits: 2 };
  const result = (part) => {
    const found = run[part];
    if (!found) return part === "test" ? t("runs.sealed") : "–";
    const ends = found.wilson95 && t("runs.interval", { low: number(100 * found.wilson95[0], two), high: number(100 * found.wilson95[1], two) });
    return [element("strong", {}, percent(found.accuracy)), ends && ` ${ends}`, found.n && element("span", { class: "muted" }, ` ${t("runs.of", { n: found.n })}`)];
  };
  const training = run.training;
  const pairs = [
    ["status", [element("span", { class: "standing", "data-state": run.status }, said(run.status))]],
    ["validation", result("validation")],
    ["test", [result("test"), run.test_looks > 0 && element("span", { class: "muted" }, ` · ${t("runs.looks", { n: run.test_looks })}`)].flat()],
    ["epochs", run.members ? null : run.of_epochs ? t("train.of", { n: run.epochs, of: run.of_epochs }) : number(run.epochs)],
    ["time", training ? `${clock(training.seconds_training)} · ${t("train.images", { n: Math.round(training.images_per_second) })}` : run.members ? null : clock(run.seconds)],
    ["parameters", run.parameters === null ? null : number(run.parameters)],
    ["data", run.dataset && [run.dataset, run.is_sample && ` (${t("runs.sample")})`, run.train_size && `: ${t("runs.sizes", { n: run.train_size, validation: run.validation_size })}`]],
    ["machine", [run.hardware, run.precision].filter(Boolean).join(", ") || null],
    ["members_of", run.member_runs.length ? run.member_runs.join(", ") : null],
    ["problem", run.problem && element("span", { lang: "en" }, run.problem)],
  ];
  const finished = ["finished", "stopped early", "interrupted"].includes(run.status) && (run.epochs > 0 || run.members > 0);
  const drawings = figures(context);
  const heading = element("h2", { class: "title", tabindex: "-1" }, runName(context, run));
  replace(
    place,
    back,
    heading,
    element("p", { class: "muted small" }, run.name),
    element(
      "div",
      { class: "row" },
      finished && report(),
      finished && element("button", { type: "button", onclick: use }, t("train.to_draw")),
      ["interrupted", "failed"].includes(run.status) && element("button", { type: "button", onclick: resume }, t("train.resume")),
    ),
    element("dl", { class: "particulars" }, pairs.filter(([, value]) => value !== null && value !== false).map(([key, value]) => element("div", {}, element("dt", {}, t(`runs.${key}`)), element("dd", {}, value)))),
    drawings.holder,
    run.recipe_text && element("details", {}, element("summary", {}, t("train.recipe")), element("pre", {}, run.recipe_text)),
  );
  context.entitle(heading);
  drawings.show(run.name, run.history);

  function said(status) {
    const key = `train.status.${status}`;
    return t(key) === key ? t(`runs.${status}`) : t(key);
  }

  // in a window of its own; a server with a token asks for it even then, so that it comes as a file
  function report() {
    if (!authorised()) {
      return element("a", { class: "button main", href: `${path}/report`, target: "_blank", rel: "noopener" }, t("runs.report"));
    }
    const fetchIt = async () => {
      try {
        download(`${run.name}.html`, await context.get(`${path}/report`), "text/html");
      } catch (error) {
        context.fail(error);
      }
    };
    return element("button", { type: "button", class: "main", onclick: fetchIt }, t("runs.report"));
  }

  async function use() {
    try {
      await context.post("v1/models", { name: run.name });
      await context.models(true);
      context.go("draw");
    } catch (error) {
      context.fail(error);
    }
  }

  async function resume() {
    try {
      const { id } = await context.post("v1/trainings", { resume: run.name });
      context.go("train", { training: id });
    } catch (error) {
      context.fail(error);
    }
  }
}
