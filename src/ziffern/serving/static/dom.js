// Elements of the page, made in one line. What they show is the views' business.
//
//   element("button", {class: "quiet", onclick: clear, disabled: true}, "Clear")
//   element("i", {"--p": "40%"})              a custom property, which style.css uses
//   element("svg:path", {d: "M0 0h9"})        an element of SVG

const SVG = "http://www.w3.org/2000/svg";

// Returns a new element; attributes that are null or false are left out, `true` is an empty one,
// functions are listeners. Children are elements or texts; null and false are left out.
export function element(name, attributes = {}, ...children) {
  const made = name.startsWith("svg:")
    ? document.createElementNS(SVG, name.slice(4))
    : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") made.addEventListener(key.slice(2), value);
    else if (key.startsWith("--")) made.style.setProperty(key, value);
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== false));
  return made;
}

// Puts `children` into an element in place of what is there.
export function replace(parent, ...children) {
  parent.replaceChildren(...children.flat().filter((child) => child !== null && child !== false));
  return parent;
}

// Returns `action` such that many calls become one, `wait` milliseconds after the last.
export function settled(wait, action) {
  let timer;
  const later = (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => action(...values), wait);
  };
  later.cancel = () => clearTimeout(timer);
  return later;
}

// Puts text on the clipboard; pages without https have to do it as if by hand.
export async function copyText(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const field = element("textarea", { class: "hidden" });
  field.value = text;
  document.body.append(field);
  field.select();
  document.execCommand("copy");
  return field.remove();
}

// Offers `content`, text or Blob, as a file.
export function download(name, content, type = "text/plain") {
  const blob = content instanceof Blob ? content : new Blob([content], { type });
  const address = URL.createObjectURL(blob);
  element("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}
