// A recipe to pick or to write: its text, checked while it is typed, with shapes and parameters.

import { element, replace, settled } from "./dom.js";

// Returns {holder, order(), stop(), able(reason)}: the editor, what is to be trained (null while there
// are mistakes), and what forbids to start. `kept` remembers epochs, seed, the chosen recipe,
// and of each recipe what it was changed to.
export function recipe(context, recipes, kept, start) {
  const { t, number } = context;
  const shipped = new Map(recipes.map((each) => [each.name, each]));
  const texts = (kept.texts ??= {}); // of the shipped recipes
  const edited = (kept.edited ??= {}); // what became of them here
  let right = false;
  let forbidden = null;
  let asked = null;

  const choice = element(
    "select",
    { id: "recipe" },
    recipes.map((each) => element("option", { value: each.name }, `${each.title} · ${each.name}`)),
  );
  const about = element("p", { class: "muted small about" });
  const gutter = element("div", { class: "gutter", "aria-hidden": "true" });
  const text = element("textarea", {
    id: "toml", wrap: "off", spellcheck: "false", autocapitalize: "off", autocomplete: "off", "aria-describedby": "mistakes",
  });
  const found = element("div", { class: "checked", id: "mistakes", "aria-live": "polite" });
  const epochs = element("input", { id: "epochs", type: "number", min: 1, step: 1, inputmode: "numeric" });
  const seed = element("input", { id: "seed", type: "number", min: 0, step: 1, inputmode: "numeric" });
  const begin = element("button", { type: "submit", class: "main", disabled: true }, t("train.start"));
  const again = element("button", { type: "button", class: "quiet", hidden: true, onclick: asShipped }, t("train.as_shipped"));
  const field = (label, input) => element("p", { class: "field" }, element("label", { for: input.id }, label), input);
  const holder = element(
    "form",
    { class: "recipe", onsubmit: (event) => (event.preventDefault(), begin.disabled || start(order())) },
    element("h2", {}, t("train.recipe")),
    element(
      "div",
      { class: "row begin" },
      field(t("train.which"), choice),
      field(t("train.epochs"), epochs),
      field(t("train.seed"), seed),
      begin,
      again,
    ),
    about,
    element(
      "div",
      { class: "writing" },
      element(
        "div",
        { class: "text" },
        element("label", { for: "toml", class: "small muted" }, t("train.text")),
        element("div", { class: "page" }, gutter, text),
        element("p", { class: "small muted" }, t("train.begin_lead")),
      ),
      found,
    ),
  );

  const later = settled(150, check);
  text.addEventListener("input", () => {
    edited[kept.name] = text.value;
    layOut();
    later();
  });
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) holder.requestSubmit();
  });
  for (const [name, input] of Object.entries({ epochs, seed })) {
    input.value = kept[name] ?? "";
    input.addEventListener("input", () => {
      kept[name] = input.value;
      later();
    });
  }
  choice.addEventListener("change", () => pick(choice.value));
  kept.name ??= shipped.has("quick") ? "quick" : recipes[0].name;
  choice.value = kept.name;
  pick(kept.name);

  async function pick(name) {
    try {
      texts[name] ??= (await context.get(`v1/recipes/${name}`)).text;
    } catch (error) {
      choice.value = kept.name;
      return context.fail(error);
    }
    if (choice.value !== name) return; // another one was picked meanwhile
    kept.name = name;
    show();
  }

  function show() {
    text.value = edited[kept.name] ?? texts[kept.name];
    layOut();
    check();
  }

  function asShipped() {
    delete edited[kept.name];
    show();
    text.focus(); // the button is gone
  }

  function layOut() {
    const lines = text.value.split("\n").length;
    text.rows = Math.max(lines, 12);
    if (gutter.childElementCount !== lines) {
      replace(gutter, ...Array.from({ length: lines }, (_, line) => element("span", {}, String(line + 1))));
    }
    again.hidden = text.value === texts[kept.name] || !(kept.name in texts);
    const { title, summary, measured } = shipped.get(kept.name);
    const told = measured && t("train.measured", { share: context.percent(measured.accuracy), n: measured.n });
    const known = [element("span", { lang: "en" }, summary ?? ""), summary && told ? " · " : "", told ?? ""];
    replace(about, again.hidden ? known : t("train.own", { title }));
  }

  function order() {
    const changes = {};
    if (epochs.value) changes["train.epochs"] = Number(epochs.value);
    if (seed.value) changes["train.seed"] = Number(seed.value);
    const own = text.value === texts[kept.name] ? {} : { text: text.value };
    return { recipe: kept.name, ...own, changes };
  }

  async function check() {
    asked?.abort();
    const own = (asked = new AbortController());
    try {
      const { mistakes, recipe } = await context.request("v1/recipes/check", { method: "POST", body: order(), signal: own.signal });
      right = mistakes.length === 0;
      replace(found, right ? layers(recipe) : wrong(mistakes));
      const lines = new Set(mistakes.map((mistake) => mistake.line));
      [...gutter.children].forEach((span, line) => span.classList.toggle("wrong", lines.has(line + 1)));
      text.setAttribute("aria-invalid", String(!right));
      if (right) {
        // what the recipe itself says, where nothing else is wished
        if (!epochs.value) epochs.placeholder = recipe.epochs;
        if (!seed.value) seed.placeholder = recipe.seed;
      }
      allow();
    } catch (error) {
      context.fail(error);
    }
  }

  function allow() {
    begin.disabled = !right || forbidden;
  }

  function wrong(mistakes) {
    const jump = (line) => {
      const before = text.value.split("\n").slice(0, line - 1).join("\n").length + (line > 1);
      text.focus();
      text.setSelectionRange(before, before + text.value.split("\n")[line - 1].length);
    };
    const row = ({ line, text: told }) =>
      element(
        "li",
        {},
        line && element("button", { type: "button", class: "quiet", onclick: () => jump(line) }, t("train.line", { n: line })),
        line && " ",
        element("span", { lang: "en" }, told),
      );
    return [
      element("h3", {}, t("train.mistakes", { n: mistakes.length })),
      element("ul", { class: "mistakes" }, mistakes.map(row)),
    ];
  }

  function layers(recipe) {
    const row = (layer) =>
      element(
        "tr",
        {},
        element("td", {}, element("code", {}, layer.text)),
        element("td", {}, layer.shape.join("×")),
        element("td", { class: "number" }, layer.parameters ? number(layer.parameters) : "–"),
        element("td", { class: "number" }, layer.multiply_adds ? number(layer.multiply_adds, { notation: "compact", maximumFractionDigits: 1 }) : "–"),
      );
    const head = ["layer", "shape", "parameters", "multiply_adds"].map((key, column) =>
      element("th", { scope: "col", class: column > 1 ? "number" : null }, t(`train.${key}`)),
    );
    const total = element(
      "tr",
      { class: "total" },
      element("td", {}, t("train.total")),
      element("td", {}),
      element("td", { class: "number" }, number(recipe.parameters)),
      element("td", { class: "number" }, number(recipe.multiply_adds, { notation: "compact", maximumFractionDigits: 1 })),
    );
    return [
      element("h3", {}, t("train.network")),
      element(
        "div",
        { class: "scroll", tabindex: "0", role: "region", "aria-label": t("train.network") },
        element("table", {}, element("thead", {}, element("tr", {}, head)), element("tbody", {}, recipe.layers.map(row), total)),
      ),
      element("p", { class: "small muted" }, t("train.costs", { epochs: recipe.epochs, batch: recipe.batch_size, dataset: recipe.dataset })),
    ];
  }

  return {
    holder,
    stop: () => (later.cancel(), asked?.abort()),
    able(reason) {
      forbidden = reason;
      allow();
    },
  };
}
