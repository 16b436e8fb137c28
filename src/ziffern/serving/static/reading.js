// What was read, as the server gives it, with what a person has corrected, and as text, CSV, JSON.
//
// A corrected digit keeps what was read in `read`: {digit, state}. Nothing here knows of the page.

const COLUMNS = [
  "file",
  "page",
  "line",
  "text",
  "state",
  "probability",
  "x",
  "y",
  "width",
  "height",
  "corrected",
];

export function corrected(mark) {
  return mark.read !== undefined;
}

// Says by hand what a mark is: 0…9, or null where it is no digit. What was read may be said again.
export function correct(line, mark, digit) {
  const was = mark.read ?? { digit: mark.digit, state: mark.state };
  mark.digit = digit;
  mark.state = digit === null ? "no-digit" : "sure";
  mark.read = was;
  line.text = text(line);
}

// Takes a correction back.
export function restore(line, mark) {
  if (!corrected(mark)) return;
  Object.assign(mark, mark.read);
  delete mark.read;
  line.text = text(line);
}

function text({ digits }) {
  return digits.map(({ digit }) => digit ?? "").join("");
}

// Returns the lines with digits, each with the number of its page and its own, from 1.
function* lines({ pages }) {
  for (const [page, { lines: found }] of pages.entries()) {
    for (const [number, line] of found.entries()) {
      if (line.text) yield { page: page + 1, number: number + 1, line };
    }
  }
}

export function plain(reading) {
  return [...lines(reading)].map(({ line }) => line.text).join("\n");
}

// Returns a table as `ziffern read --csv` prints it, with one more column: digits that were corrected.
export function csv(reading) {
  const rows = [...lines(reading)].map(({ page, number, line }) => {
    const digits = line.digits.filter(({ digit }) => digit !== null);
    const state = digits.every((digit) => digit.state === "sure") ? "sure" : "unsure";
    const probability = digits.reduce(
      (all, each) => all * (corrected(each) ? 1 : each.probability),
      1,
    );
    const mended = line.digits.filter(corrected).length;
    return [
      reading.file,
      page,
      number,
      line.text,
      state,
      probability.toFixed(4),
      ...line.box,
      mended,
    ];
  });
  return [COLUMNS, ...rows].map((row) => row.map(quoted).join(",")).join("\n") + "\n";
}

function quoted(value) {
  return /[",\n\r]/.test(value) ? `"${String(value).replaceAll('"', '""')}"` : value;
}

export function json({ file, pages }) {
  const bare = pages.map(({ size, lines: found }) => ({ size, lines: found }));
  return JSON.stringify({ file, pages: bare }, null, 1) + "\n";
}
