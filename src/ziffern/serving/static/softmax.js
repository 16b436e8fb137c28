// From logits to probabilities: softmax in four steps, each as ten bars.

import { element } from "./dom.js";

const STEPS = ["logits", "shifted", "exp", "probabilities"];

// Returns {element, show}: show takes the `softmax` of an answer, or null where there is none.
export function softmax({ t, number, percent }) {
  let [step, answer] = [0, null];
  const buttons = STEPS.map((name, i) =>
    element(
      "button",
      { type: "button", onclick: () => go(i) },
      `${i + 1} · ${t(`inside.softmax.${name}`)}`,
    ),
  );
  const told = element("p", { "aria-live": "polite" });
  const list = element("ol", { class: "bars around" });
  const made = element(
    "section",
    { class: "layer softmax", hidden: true },
    element("h2", { tabindex: "-1" }, t("inside.softmax.title")),
    element(
      "div",
      { class: "row", role: "group", "aria-label": t("inside.softmax.title") },
      buttons,
    ),
    told,
    list,
  );
  let rows = [];

  const go = (chosen) => {
    step = chosen;
    buttons.forEach((button, i) => button.setAttribute("aria-pressed", String(i === step)));
    if (answer) draw();
  };
  const draw = () => {
    const values = answer[STEPS[step]];
    const [low, high] = [Math.min(0, ...values), step === 3 ? 1 : Math.max(0, ...values)];
    const best = answer.logits.indexOf(Math.max(...answer.logits));
    rows.forEach(({ row, bar, text }, i) => {
      const value = values[i];
      bar.style.setProperty("--from", `${(100 * (Math.min(0, value) - low)) / (high - low || 1)}%`);
      bar.style.setProperty("--p", `${(100 * Math.abs(value)) / (high - low || 1)}%`);
      text.textContent = step === 3 ? percent(value) : written(value);
      row.className = i === best ? "best" : "";
    });
    const top = answer.class_names[best];
    told.textContent = t(`inside.softmax.${STEPS[step]}_told`, {
      best: top,
      most: written(Math.max(...answer.logits)),
      temperature: number(answer.temperature, { maximumFractionDigits: 3 }),
      sum: number(answer.sum, { maximumFractionDigits: 4 }),
      share: percent(answer.probabilities[best]),
    });
  };
  const written = (value) =>
    value !== 0 && Math.abs(value) < 0.0001 && value > 0
      ? `< ${number(0.0001, { maximumFractionDigits: 4 })}`
      : number(value, {
          minimumFractionDigits: step === 2 ? 4 : 2,
          maximumFractionDigits: step === 2 ? 4 : 2,
        });

  go(0);
  return {
    element: made,
    show(found) {
      made.hidden = !found;
      if (!found) return;
      if (String(found.class_names) !== String(answer?.class_names)) {
        rows = found.class_names.map((given) => {
          const name = given === "no digit" ? t("read.no_digit") : given;
          const [bar, text] = [element("i", { "aria-hidden": "true" }), element("span", {})];
          return { bar, text, row: element("li", {}, element("b", {}, name), bar, text) };
        });
        list.replaceChildren(...rows.map(({ row }) => row));
      }
      answer = found;
      draw();
    },
  };
}
