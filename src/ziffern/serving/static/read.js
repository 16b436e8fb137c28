// The view Read: a photo, scan or PDF is read; what was read is corrected by hand and taken along.

import { camera } from "./camera.js";
import { copyText, download, element, replace } from "./dom.js";
import { added, corrected, csv, json, plain } from "./reading.js";
import { sheets } from "./sheets.js";

let stop = () => {};

export function mount(place, context) {
  const { t, kept } = context;
  const quit = new AbortController();
  let asked = null; // the request under way
  stop = () => {
    quit.abort();
    asked?.abort();
  };

  const file = element("input", {
    type: "file",
    id: "file",
    class: "hidden",
    tabindex: "-1",
    accept: "image/*,.pdf,.heic,.tif,.tiff",
  });
  const readers = element("select", { id: "reader" });
  const busy = element("p", { class: "busy", role: "status", hidden: true });
  const results = element("div", {});
  const choose = element(
    "button",
    { type: "button", class: "main", onclick: () => file.click() },
    t("read.choose"),
  );
  const shoot = element(
    "button",
    { type: "button", onclick: () => camera(context, quit.signal, take) },
    t("read.camera"),
  );
  const drop = element(
    "div",
    { class: "drop" },
    element("p", {}, t("read.drop")),
    element(
      "div",
      { class: "row" },
      choose,
      shoot,
      element("label", { for: "file", class: "hidden" }, t("read.choose")),
      file,
      element("label", { for: "reader" }, t("read.by")),
      readers,
    ),
    element("p", { class: "small muted" }, t("read.kinds")),
    busy,
  );
  place.append(drop, results);

  file.addEventListener("change", () => file.files.length && take(file.files[0]));
  const over = (event) => {
    event.preventDefault();
    drop.classList.toggle("over", event.type === "dragover");
  };
  // anywhere on the page: a browser would open a file that misses the field
  const options = { signal: quit.signal };
  addEventListener("dragover", over, options);
  addEventListener("dragleave", over, options);
  addEventListener(
    "drop",
    (event) => {
      over(event);
      if (event.dataTransfer.files.length) take(event.dataTransfer.files[0]);
    },
    options,
  );
  addEventListener(
    "paste",
    (event) => {
      if (event.clipboardData?.files.length) take(event.clipboardData.files[0]);
    },
    options,
  );

  async function take(chosen) {
    asked?.abort();
    const own = (asked = new AbortController());
    const form = new FormData();
    form.append("files", chosen, chosen.name);
    if (readers.value) form.append("model", readers.value);
    busy.hidden = false;
    busy.textContent = t("read.busy", { file: chosen.name });
    try {
      const found = await context.request("v1/read?pictures=true", {
        method: "POST",
        body: form,
        signal: own.signal,
      });
      kept.reading = { ...found, file: chosen.name };
      show({ focus: true });
    } catch (error) {
      context.fail(error);
    }
    if (asked === own) busy.hidden = true;
    file.value = "";
  }

  function show({ focus }) {
    const { reading } = kept;
    drop.classList.toggle("small", Boolean(reading));
    if (!reading) return;
    const heading = element("h2", { tabindex: "-1" }, reading.file);
    const told = element("p", { class: "muted", role: "status" });
    const tell = () => (told.textContent = summary(reading, t));
    const shown = sheets(reading, context, tell);
    const name = reading.file.replace(/\.\w+$/, "");
    const copied = async () => {
      await copyText(plain(reading));
      context.say(t("read.copied"));
      copy.textContent = t("read.copied");
      setTimeout(() => (copy.textContent = t("read.copy")), 1500);
    };
    const copy = element(
      "button",
      { type: "button", onclick: () => copied().catch(context.fail) },
      t("read.copy"),
    );
    tell();
    replace(
      results,
      element(
        "div",
        { class: "taken" },
        element("div", {}, heading, told),
        element(
          "div",
          { class: "row" },
          copy,
          element(
            "button",
            { type: "button", onclick: () => download(`${name}.csv`, csv(reading), "text/csv") },
            "CSV",
          ),
          element(
            "button",
            {
              type: "button",
              onclick: () => download(`${name}.json`, json(reading), "application/json"),
            },
            "JSON",
          ),
        ),
      ),
      shown.element,
    );
    if (focus) heading.focus();
  }

  const named = ({ name }) => element("option", { value: name }, name);
  const offer = (models) =>
    replace(readers, element("option", { value: "" }, t("read.own")), models.map(named));
  offer([]);
  context
    .models()
    .then(offer)
    .catch(() => {}); // the reader's own reads still
  show({ focus: false });
}

export function unmount() {
  stop();
}

function summary(reading, t) {
  const digits = reading.pages.flatMap((page) => page.lines.flatMap((line) => line.digits));
  const read = digits.filter(({ digit }) => digit !== null);
  const parts = [t("read.digits", { n: read.length })];
  const unsure = read.filter(({ state }) => state === "unsure").length;
  const more = digits.filter(added).length;
  const mended = digits.filter(corrected).length - more;
  if (unsure) parts.push(t("read.unsure", { n: unsure }));
  if (mended) parts.push(t("read.corrected", { n: mended }));
  if (more) parts.push(t("read.more", { n: more }));
  return parts.join(", ");
}
