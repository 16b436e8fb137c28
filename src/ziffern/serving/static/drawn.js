// Figures that the server draws, as pictures: SVG with a style of its own may not be part of the page.

import { element, replace } from "./dom.js";
import { answered, Problem } from "./server.js";

const NARROW = matchMedia("(max-width: 40rem)");

// Returns {holder, show, clear}: an empty <figure>, and how to fill it, under another title where one is
// given. While a figure is being drawn the one before stays; of those asked for meanwhile only the last is.
export function drawn(context, { title, caption = "", kind = "" }) {
  const image = element("img", { alt: "", hidden: true });
  const note = element("p", { class: "muted", hidden: true });
  const heading = element("h3", {}, title);
  const holder = element(
    "figure",
    { class: `drawn ${kind}`, hidden: true },
    heading,
    image,
    note,
    caption && element("figcaption", {}, caption),
  );
  let wanted = null; // [path, alt, title], or null where nothing is to be shown
  let busy = false;

  async function draw() {
    busy = true;
    while (wanted) {
      const [path, alt, name] = wanted;
      wanted = null;
      try {
        const answer = await answered(path);
        const address = URL.createObjectURL(await answer.blob());
        const before = image.src;
        image.src = address;
        image.alt = alt;
        heading.textContent = name;
        await image.decode().catch(() => {});
        if (before) URL.revokeObjectURL(before);
        image.hidden = !(note.hidden = true);
      } catch (error) {
        if (!(error instanceof Problem) || error.status === 0) break; // the stream tells it
        replace(note, error.status === 422 && kind === "wrong" ? context.t("train.no_mistake") : context.told(error));
        image.hidden = !(note.hidden = false);
      }
      holder.hidden = false;
    }
    busy = false;
  }

  return {
    holder,
    show(path, alt, values = {}, name = title) {
      const query = new URLSearchParams({ language: context.language, narrow: NARROW.matches, ...values });
      wanted = [`${path}?${query}`, alt, name];
      if (!busy) draw();
    },
    clear() {
      wanted = null;
      holder.hidden = image.hidden = true;
    },
  };
}

// Shows the curves of two runs: on validation pictures where both have such, else on those they learnt from.
export function showBoth({ t }, curves, run, beside, validated) {
  const path = `v1/runs/${encodeURIComponent(run)}/figures/curves`;
  if (validated) curves.show(path, t("runs.curves_alt"), { beside });
  else curves.show(path, t("runs.curves_alt_training"), { beside }, t("train.curves_training"));
}

// The three figures of a run, and how to show them: {holder, show(run, history, beside), clear()}, where
// `beside` is another run of the board, or none.
export function figures(context) {
  const { t, percent } = context;
  const curves = drawn(context, { title: t("train.curves"), kind: "curves" });
  const confusion = drawn(context, { title: t("train.confusion"), caption: t("train.confusion_lead"), kind: "confusion" });
  const wrong = drawn(context, { title: t("train.wrong"), caption: t("train.wrong_lead"), kind: "wrong" });
  const holder = element("div", { class: "figures" }, curves.holder, confusion.holder, wrong.holder);
  return {
    holder,
    show(run, history, beside = null) {
      const last = history.at(-1);
      if (!last) return;
      const place = `v1/runs/${encodeURIComponent(run)}/figures`;
      const validated = last.validation_accuracy !== null;
      const share = percent(validated ? last.validation_accuracy : last.accuracy);
      const alt = t(validated ? "train.curves_alt" : "train.curves_alt_alone", { n: history.length, share });
      if (beside) showBoth(context, curves, run, beside.name, validated && beside.validation);
      else curves.show(`${place}/curves`, alt);
      if (!validated) return;
      confusion.show(`${place}/confusion`, t("train.confusion_alt", { share }));
      wrong.show(`${place}/wrong`, t("train.wrong_alt"));
    },
    clear() {
      for (const each of [curves, confusion, wrong]) each.clear();
    },
  };
}

// Writes seconds as on a clock: 1:23, 1:01:11.
export function clock(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}
