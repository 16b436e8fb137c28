// The view Train: a recipe is picked or written, trained, and watched while it learns.

import { element, replace } from "./dom.js";
import { recipe } from "./recipe.js";
import { Problem } from "./server.js";
import { OVER, watch } from "./watch.js";

const SECONDS_BETWEEN_LOOKS = 3;

let stop = () => {};

export async function mount(place, context) {
  const { t, kept } = context;
  let trainings = [];
  let watched = null;
  let editor = null;
  let begun = false;
  let timer;
  let gone = false;

  const notice = element("p", { class: "notice", hidden: true });
  const list = element("ul", { class: "jobs" });
  const queue = element("section", { class: "queue", hidden: true }, element("h2", { class: "hidden" }, t("train.trainings")), list);
  const stage = element("div", {});
  const workplace = element("div", {});
  place.append(notice, queue, stage, workplace);
  stop = () => {
    gone = true;
    clearTimeout(timer);
    watched?.stop();
    editor?.stop();
  };

  await look();

  // what the view begins with
  async function begin() {
    const { recipes } = await context.get("v1/recipes");
    if (gone || editor) return;
    editor = recipe(context, recipes, kept, start);
    workplace.append(editor.holder);
  }

  async function look() {
    clearTimeout(timer);
    try {
      if (!editor) await begin();
      const found = await context.get("v1/trainings");
      if (gone) return;
      trainings = found.trainings;
      notice.hidden = !found.lacking;
      const lacking = found.lacking && new Problem(501, "", found.lacking, "lacking", { what: "training" });
      replace(notice, lacking ? context.told(lacking) : []);
      show();
      if (!begun) openFirst();
      begun = true;
    } catch (error) {
      if (gone) return;
      context.fail(error);
      if (error.status === 401) return; // with a token the view is opened anew
    }
    timer = setTimeout(look, 1000 * SECONDS_BETWEEN_LOOKS);
  }

  function openFirst() {
    editor.able(notice.hidden ? null : notice.textContent);
    const wished = context.params.get("training") ?? kept.watching;
    const first = trainings.find((each) => each.id === wished) ?? trainings.findLast((each) => !OVER.includes(each.status));
    if (first) open(first.id);
  }

  function show() {
    queue.hidden = trainings.length === 0;
    const focused = document.activeElement?.closest?.(".jobs") ? document.activeElement.dataset.id : null;
    replace(list, trainings.map(job));
    if (focused) list.querySelector(`[data-id="${focused}"]`)?.focus();
  }

  function job(training) {
    const { id, title, seed, status, place: turn } = training;
    const waits = status === "waiting";
    const how = waits ? t("train.turn", { n: turn }) : t(`train.status.${status}`);
    const remove = element(
      "button",
      { type: "button", class: "quiet", "data-id": `x${id}`, "aria-label": t(waits ? "train.remove" : "train.forget", { title }), onclick: () => drop(training) },
      "✕",
    );
    return element(
      "li",
      {},
      element(
        "button",
        { type: "button", "data-id": id, "aria-pressed": String(kept.watching === id), onclick: () => open(id) },
        `${title}, ${t("train.seed_of", { seed })}`,
        element("span", { class: "standing", "data-state": status }, how),
      ),
      (waits || OVER.includes(status)) && remove,
    );
  }

  async function drop({ id }) {
    try {
      if (kept.watching === id) close();
      await context.request(`v1/trainings/${id}`, { method: "DELETE" });
    } catch (error) {
      if (error.status !== 404) context.fail(error);
    }
    look();
  }

  function close() {
    watched?.stop();
    watched = null;
    kept.watching = undefined;
    replace(stage);
  }

  function open(id) {
    close();
    kept.watching = id;
    watched = watch(context, id, (entry) => {
      const at = trainings.findIndex((each) => each.id === entry.id);
      const changed = at < 0 || trainings[at].status !== entry.status;
      if (at >= 0) trainings[at] = entry;
      if (changed) show();
    });
    replace(stage, watched.holder);
    show();
  }

  async function start(order) {
    editor.able("…");
    try {
      const training = await context.post("v1/trainings", order);
      trainings.push(training);
      context.say(t(training.place ? "train.queued" : "train.started", { title: training.title }));
      if (!trainings.some((each) => each.id === kept.watching && !OVER.includes(each.status))) open(training.id);
      show();
      place.scrollIntoView({ behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
    } catch (error) {
      context.fail(error);
    }
    editor.able(notice.hidden ? null : notice.textContent);
  }
}

export function unmount() {
  stop();
}
