// Clamping networks in and out: runs of the server's folder, beside the models that are loaded.

import { element, replace } from "./dom.js";

const USABLE = ["finished", "stopped early", "interrupted"];

// Returns the row from which a run is chosen; hidden while there is none. `again` is called with
// the loaded models when they have changed, and the name of the one to look at. Its `offer(models)`
// lists the runs that are not loaded.
export function clamp(context, again) {
  const { t } = context;
  const choice = element("select", { id: "clamp" });
  const row = element(
    "p",
    { class: "row clamp", hidden: true },
    element("label", { for: "clamp" }, t("draw.clamp")),
    choice,
    element("button", { type: "button", onclick: load }, t("draw.clamp_in")),
  );
  let busy = false;
  let latest;

  async function offer(models) {
    latest = models;
    const loaded = models.map(({ name }) => name);
    const { runs } = await context.get("v1/runs");
    if (models !== latest) return; // answers may come in another order
    const usable = runs.filter(
      ({ name, status, epochs, members }) =>
        USABLE.includes(status) && (epochs > 0 || members > 0) && !loaded.includes(name),
    );
    row.hidden = usable.length === 0;
    const chosen = choice.value;
    const option = ({ name }) => element("option", { selected: name === chosen }, name);
    replace(choice, usable.map(option));
  }

  async function load() {
    if (busy) return;
    busy = true; // not disabled, which would lose the focus
    try {
      const { name } = await context.post("v1/models", { name: choice.value });
      await again(await context.models(true), name);
      context.say(t("draw.clamped", { model: name }));
    } catch (error) {
      context.fail(error);
    }
    busy = false;
  }

  return { element: row, offer };
}

// Returns a button that takes a model out of the server.
export function takeOut(model, context, again) {
  const { t } = context;
  const remove = async () => {
    try {
      const path = `v1/models/${encodeURIComponent(model.name)}`;
      await context.request(path, { method: "DELETE" }).catch((error) => {
        if (error.status !== 404) throw error; // somebody else has taken it out
      });
      await again(await context.models(true));
      context.say(t("draw.unclamped", { model: model.name }));
    } catch (error) {
      context.fail(error);
    }
  };
  return element(
    "button",
    { type: "button", class: "out", onclick: remove, "aria-label": t("draw.unclamp", { model: model.name }) },
    "×",
  );
}
