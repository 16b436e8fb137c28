// Two runs compared: a plain sentence whether a difference is shown, and what it rests on.

import { element, replace } from "./dom.js";
import { drawn, showBoth } from "./drawn.js";
import { Problem } from "./server.js";
import { runName } from "./watch.js";

// Returns an element that compares two runs of the board; `clear` puts both back.
export function compare(context, [one, other], clear) {
  const { t, number, percent } = context;
  const parts = ["test", "validation"].filter((part) => one[part] && other[part]);
  const verdict = element("div", { class: "verdict", "aria-live": "polite" });
  const curves = drawn(context, { title: t("train.curves"), kind: "curves" });
  const choice = element(
    "select",
    { id: "part", onchange: ask },
    parts.map((part) => element("option", { value: part }, t(`runs.on_${part}`))),
  );
  if (parts.length) ask();
  else replace(verdict, element("p", { class: "not" }, t("runs.incomparable")), element("p", { class: "muted" }, t("runs.no_part")));
  if (one.epochs && other.epochs) showBoth(context, curves, one.name, other.name, one.validation && other.validation);
  return element(
    "div",
    {},
    element(
      "div",
      { class: "row" },
      element("h2", {}, t("runs.compare")),
      parts.length > 0 && element("label", { for: "part", class: "hidden" }, t("runs.part")),
      parts.length > 0 && choice,
      element("button", { type: "button", class: "quiet", onclick: clear }, t("runs.clear")),
    ),
    element("p", { class: "muted" }, runName(context, one), " — ", runName(context, other)),
    element("div", { class: "weighed" }, verdict, curves.holder),
  );

  async function ask() {
    replace(verdict, element("p", { class: "busy" }, t("runs.comparing")));
    try {
      const found = await context.get(`v1/runs/${one.name}/compare/${other.name}?split=${choice.value}`);
      replace(verdict, shown(found));
    } catch (error) {
      const never = error instanceof Problem && [404, 422].includes(error.status);
      if (!never) {
        const again = () => (choice.focus(), ask());
        replace(verdict, element("button", { type: "button", onclick: again }, t("runs.again")));
        return context.fail(error);
      }
      replace(verdict, element("p", { class: "not" }, t("runs.incomparable")), element("p", { class: "muted", lang: "en" }, error.detail));
    }
  }

  function shown({ groups, pairs: [pair] }) {
    const values = {
      better: pair.better,
      worse: pair.worse,
      n: groups[0].runs[0].n,
      only_better: pair.only_better,
      only_worse: pair.only_worse,
      p: pair.p < 0.0001 ? t("runs.p_small") : t("runs.p", { p: number(pair.p, { maximumSignificantDigits: 2 }) }),
    };
    const most = Math.max(pair.only_better, pair.only_worse, 1);
    const bar = (name, count) =>
      element(
        "li",
        { class: name === pair.better ? "best" : null },
        element("b", {}, name),
        element("i", { "--p": `${(100 * count) / most}%` }),
        element("span", {}, number(count)),
      );
    const mcnemar = pair.test === "mcnemar";
    const points = (share) => number(100 * share, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
    const [low, high] = (pair.interval95 ?? []).map(points);
    return [
      element("p", { class: pair.shown ? "is" : "not" }, t(pair.shown ? "runs.shown" : "runs.not_shown", values)),
      mcnemar
        ? element("p", {}, t("runs.because", values))
        : context.language === "en" && element("p", {}, pair.sentence),
      mcnemar && element("ul", { class: "bars alone" }, bar(pair.better, pair.only_better), bar(pair.worse, pair.only_worse)),
      pair.interval95 && element("p", { class: "small muted" }, t("runs.apart", { difference: points(pair.difference), low, high })),
      element("p", { class: "small muted" }, groups.flatMap((group) => group.runs.map((run) => `${group.name}: ${percent(run.accuracy)}`)).join(" · "), ". ", mcnemar && t("runs.caution")),
    ];
  }
}
