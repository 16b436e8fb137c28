// Clamping networks in and out: runs of the server's folder, beside the models that are loaded.

import { element, replace } from "./dom.js";

const USABLE = ["finished", "stopped early", "interrupted"];

// Returns the row from which a run is chosen; hidden while there is none. `again` is called with
// the loaded models when they have changed. Its `offer(models)` lists the runs that are not loaded.
export function clamp(context, again) {
  const { t } = context;
  const choice = element("select", { id: "clamp", onchange: load });
  const row = element(
    "p",
    { class: "row clamp", hidden: true },
    element("label", { for: "clamp" }, t("draw.clamp")),
    choice,
  );

  async function offer(models) {
    const loaded = models.map(({ name }) => name);
    const { runs } = await context.get("v1/runs");
    const usable = runs.filter(
      ({ name, status, epochs, members }) =>
        USABLE.includes(status) && (epochs > 0 || members > 0) && !loaded.includes(name),
    );
    row.hidden = usable.length === 0;
    replace(
      choice,
      element("option", { value: "" }, t("draw.clamp_none")),
      usable.map(({ name }) => element("option", { value: name }, name)),
    );
  }

  async function load() {
    if (!choice.value) return;
    choice.disabled = true;
    try {
      await context.post("v1/models", { name: choice.value });
      await again(await context.models(true));
    } catch (error) {
      context.fail(error);
    }
    choice.disabled = false;
  }

  return { element: row, offer };
}

// Returns a button that takes a model out of the server.
export function takeOut(model, context, again) {
  const { t } = context;
  const remove = async () => {
    try {
      const path = `v1/models/${encodeURIComponent(model.name)}`;
      await context.request(path, { method: "DELETE" });
      await again(await context.models(true));
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
