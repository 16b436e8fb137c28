// The shell of the page: which view is open, in which language, light or dark.
//
// A view is a module with the name of its view, and exports
//
//   mount(element, context)   fill `element`, an empty <div> under the view's <h1>; may be async
//   unmount()                 stop what goes on outside of it: timers, streams, listeners, cameras
//
// Views are mounted when they are opened and once more when the language changes; `element` is
// thrown away in between. What has to last (a drawing, a chosen run) is put into `context.kept`.
//
//   context.t(key, values)    the text of `text/{language}.json`: t("draw.clear"), with {name} in it
//                             replaced by values.name; {"one": …, "other": …} is chosen by values.n
//   context.language          "en" or "de"
//   context.number(x, options)  a number as people write it (Intl.NumberFormat's options)
//   context.when(text)        a point in time as people write it where the browser is at home
//   context.percent(x)        a probability 0…1; what is not quite certain is no 0 or 100 %
//   context.get(path)         JSON from the server: await get("v1/models")
//   context.post(path, body)  the same; `body` is FormData, or anything that JSON can hold
//                             (for PUT, DELETE …: context.request(path, {method, body, signal}))
//                             both raise a Problem {status, title, detail}: see server.js
//   context.models(fresh)     the loaded models; asked for once, unless `fresh` is true
//   context.told(error)       what it says in the page's language, as children of an element; where a
//                             Problem has words for programmers only, these stand beside, in English
//   context.say(text)         read out by screen readers, politely
//   context.fail(error)       show an error, or a sentence, above the view, and read it out; it is
//                             taken away once what failed has worked
//   context.go(view, values)  open another view: go("runs", {run: "…"}) is #runs?run=…
//   context.params            URLSearchParams of the address: what was given to `go`
//   context.entitle(heading)  what the view shows has a name of its own: the page's title, and where
//                             the focus goes if it was opened by hand
//   context.kept              an object of the view's own that outlives it until the page is closed
//
// Elements are made by dom.js: element("p", {class: "muted"}, "text", child). There is no inline
// style (the content policy forbids it): classes and custom properties of style.css, which are set
// by element("i", {"--p": "12%"}). Where colours change, style.css does it by light-dark(); a view
// that paints a canvas listens to "theme" on `document`.
// SVG that the server drew with style attributes is shown as <img>, for the same reason.
// Texts of a view are the object of its name in text/en.json and text/de.json (`title` and `lead`
// are shown by the shell); its rules in style.css stand in a section of its name, below `.name {}`.

import { element, replace } from "./dom.js";
import { Problem, authorise, authorised, request } from "./server.js";

const VIEWS = ["draw", "inside", "read", "train", "runs"];
const LANGUAGES = ["en", "de"];
const THEMES = ["auto", "light", "dark"];

const kept = Object.fromEntries(VIEWS.map((view) => [view, {}]));
let language, texts, models, view, module, trouble;

// what the visitor chose; a browser may forbid to keep it

function recall(name, choices) {
  try {
    const value = localStorage.getItem(`ziffern.${name}`);
    return choices.includes(value) ? value : null;
  } catch {
    return null;
  }
}

function remember(name, value) {
  try {
    localStorage.setItem(`ziffern.${name}`, value);
  } catch {
    // it holds until the page is closed
  }
}

function browsersLanguage() {
  const wanted = navigator.languages.map((tag) => tag.slice(0, 2).toLowerCase());
  return wanted.find((tag) => LANGUAGES.includes(tag)) ?? "en";
}

// texts and numbers

async function speak(chosen) {
  texts = await request(`text/${chosen}.json`);
  language = chosen;
  document.documentElement.lang = chosen;
}

function t(key, values = {}) {
  let text = key.split(".").reduce((table, part) => table?.[part], texts);
  if (text && typeof text === "object") {
    text = text[new Intl.PluralRules(language).select(values.n)] ?? text.other;
  }
  if (typeof text !== "string") return key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => {
    const value = values[name];
    return value === undefined ? whole : typeof value === "number" ? number(value) : String(value);
  });
}

function number(value, options) {
  return new Intl.NumberFormat(language, options).format(value).replace("-", "\u2212");
}

function when(text) {
  const at = navigator.languages.find((tag) => tag.slice(0, 2).toLowerCase() === language);
  return new Date(text).toLocaleString(at ?? language, { dateStyle: "short", timeStyle: "short" });
}

function percent(share) {
  const written = (value) =>
    number(value, { style: "percent", minimumFractionDigits: 2, maximumFractionDigits: 2 });
  if (share < 0.0001) return `< ${written(0.0001)}`;
  return share > 0.9999 ? `> ${written(0.9999)}` : written(share);
}

// what every view gets

const context = {
  t,
  number,
  percent,
  when,
  told,
  say,
  fail,
  go,
  entitle,
  request: ask,
  get: (path) => ask(path),
  post: (path, body) => ask(path, { method: "POST", body }),
  models(fresh = false) {
    if (fresh) models = undefined;
    return (models ??= ask("v1/models").then((answer) => answer.models, forget));
  },
  get language() {
    return language;
  },
  get params() {
    return new URLSearchParams(location.hash.split("?")[1] ?? "");
  },
  get kept() {
    return kept[view];
  },
};

// An error is taken away once the same is answered; that the server is gone, once anything is. What
// was asked before it tells nothing of it, however late its answer comes.
async function ask(path, options) {
  const asked = `${options?.method ?? "GET"} ${path}`;
  const known = trouble;
  try {
    const answer = await request(path, options);
    if (known === trouble && (known?.status === 0 || known?.asked === asked)) calm();
    return answer;
  } catch (error) {
    error.asked = asked;
    throw error;
  }
}

function forget(error) {
  models = undefined; // so that the next one asks again
  throw error;
}

function say(text) {
  const region = document.querySelector("#said");
  region.textContent = ""; // the same text twice is to be read twice
  requestAnimationFrame(() => (region.textContent = text));
}

function fail(error) {
  if (error.name === "AbortError") return;
  const place = document.querySelector("#problem");
  if (place.querySelector("form")) return; // what is being typed stays, and without it all else fails
  trouble = error.status === 401 ? null : error;
  if (!trouble) return replace(place, key());
  const text = element("span", {}, ...told(error));
  if (place.querySelector("span")?.textContent === text.textContent) return;
  const close = element(
    "button",
    { type: "button", class: "quiet", onclick: calm },
    t("shell.close"),
  );
  replace(place, element("p", { class: "notice" }, text, " ", close));
}

// Asks for the token of a server that has one; it is kept until the page is closed.
function key() {
  const field = element("input", {
    id: "token",
    type: "password",
    autocomplete: "off",
    required: true,
  });
  const submit = async (event) => {
    event.preventDefault();
    authorise(field.value);
    await open({ focus: true });
    document.querySelector("#token")?.focus(); // it was refused
  };
  return element(
    "form",
    { class: "notice row", onsubmit: submit },
    element("label", { for: "token" }, t(authorised() ? "shell.wrong_token" : "shell.token")),
    field,
    element("button", {}, t("shell.go")),
  );
}

// The server speaks English. Other languages have a sentence for each kind of problem, or for each
// `what` of a kind; one that ends with a colon goes on with the server's own words.
function told(error) {
  if (typeof error === "string") return [error];
  if (!(error instanceof Problem)) {
    console.error(error);
    return [t("shell.failed")];
  }
  if (error.status === 0) return [t("shell.offline")];
  const own = element("span", { lang: "en" }, error.detail || error.title);
  const sentences = texts.problems?.[error.kind];
  if (!sentences) return [own];
  const which = typeof sentences === "string" ? "" : `.${error.values.what in sentences ? error.values.what : "other"}`;
  const sentence = t(`problems.${error.kind}${which}`, error.values);
  return sentence.endsWith(":") ? [sentence, " ", own] : [sentence];
}

function calm() {
  trouble = null;
  replace(document.querySelector("#problem"));
}

// which view is open

function asked() {
  const name = location.hash.slice(1).split("?")[0];
  return VIEWS.includes(name) ? name : VIEWS[0];
}

function go(name, values = {}) {
  const query = new URLSearchParams(values).toString();
  location.hash = query ? `${name}?${query}` : name;
}

function entitle(heading) {
  if (!heading.isConnected) return; // the visitor was faster
  document.title = `${heading.textContent} · Ziffern`;
  if (document.activeElement.matches("h1")) heading.focus();
}

async function open({ focus }) {
  const opened = asked();
  module?.unmount();
  module = undefined;
  view = opened;
  calm();
  const title = t(`${view}.title`);
  document.title = `${title} · Ziffern`;
  for (const link of document.querySelectorAll("nav a")) {
    if (link.hash === `#${view}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  const heading = element("h1", { tabindex: "-1" }, title);
  const place = element("div", { class: `view ${view}` });
  const lead = element("p", { class: "lead" }, t(`${view}.lead`));
  replace(document.querySelector("main"), element("div", { class: "head" }, heading, lead), place);
  if (focus) {
    window.scrollTo(0, 0);
    heading.focus({ preventScroll: true });
  }
  try {
    const loaded = await import(`./${opened}.js`);
    if (view !== opened || !place.isConnected) return; // the visitor was faster
    module = loaded;
    await loaded.mount(place, context);
  } catch (error) {
    fail(error);
  }
}

// navigation, language, theme

function shell() {
  document.querySelector(".skip").textContent = t("shell.skip");
  document.querySelector("nav").setAttribute("aria-label", t("shell.views"));
  for (const link of document.querySelectorAll("nav a")) {
    link.querySelector("span").textContent = t(`${link.hash.slice(1)}.title`);
  }
  const choice = document.querySelector("#language");
  choice.setAttribute("aria-label", t("shell.language"));
  choice.value = language;
  theme(recall("theme", THEMES) ?? "auto");
}

function theme(chosen) {
  document.documentElement.dataset.theme = chosen;
  const button = document.querySelector("#theme");
  const label = `${t("shell.theme")}: ${t(`shell.${chosen}`)}`;
  button.setAttribute("aria-label", label);
  button.title = label;
  document.dispatchEvent(new Event("theme"));
}

document.querySelector("#theme").addEventListener("click", () => {
  const next = THEMES[(THEMES.indexOf(document.documentElement.dataset.theme) + 1) % THEMES.length];
  remember("theme", next);
  theme(next);
  say(`${t("shell.theme")}: ${t(`shell.${next}`)}`);
});
document.querySelector("#language").addEventListener("change", async (event) => {
  remember("language", event.target.value);
  await speak(event.target.value);
  shell();
  await open({ focus: false });
});
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault(); // the address after # is the view's
  document.querySelector("h1").focus();
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () =>
  document.dispatchEvent(new Event("theme")),
);
addEventListener("hashchange", () => open({ focus: true }));

document.documentElement.dataset.theme = recall("theme", THEMES) ?? "auto";
await speak(recall("language", LANGUAGES) ?? browsersLanguage());
shell();
await open({ focus: false });
