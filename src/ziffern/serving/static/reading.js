// What was read, as the server gives it, with what a person has corrected, and as text, CSV, JSON.
//
// A corrected digit keeps what was read in `read`: {digit, state}; one that a person has added, where
// nothing was read, has null there and as its probability. Nothing here knows of the page.

const LEVEL = 0.5; // share of the lower one’s height by which neighbours in a line overlap
const GAP = 3; // digits' heights: what is farther apart is not in one line

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

export function added(mark) {
  return mark.read === null;
}

// Says by hand what a mark is: 0…9, or null where it is no digit. What was read may be said again.
export function correct(line, mark, digit) {
  if (!corrected(mark)) mark.read = { digit: mark.digit, state: mark.state };
  mark.digit = digit;
  mark.state = digit === null ? "no-digit" : "sure";
  tidy(line);
}

// Takes a correction back.
export function restore(line, mark) {
  if (!mark.read) return;
  Object.assign(mark, mark.read);
  delete mark.read;
  tidy(line);
}

// Adds a digit that was missed, where `place` says; returns its mark.
export function add(page, box, digit) {
  const { line, at, fresh } = place(page, box);
  const mark = { digit, probability: null, box, state: "sure", read: null };
  if (fresh) page.lines.splice(line, 0, { text: "", box, digits: [] });
  page.lines[line].digits.splice(at, 0, mark);
  tidy(page.lines[line]);
  return mark;
}

// Takes a digit away that was added, and its line if it stood alone.
export function remove(page, line, mark) {
  line.digits.splice(line.digits.indexOf(mark), 1);
  if (line.digits.length) tidy(line);
  else page.lines.splice(page.lines.indexOf(line), 1);
}

// Returns where a digit in `box` stands on a page: {line, at} from 0, and whether the line is a
// `fresh` one. As the reader goes about it: level with its neighbour, and not too far from it.
export function place({ lines }, box) {
  let most = LEVEL;
  let found = -1;
  for (const [l, { digits }] of lines.entries()) {
    const near = digits.map((mark) => mark.box).reduce((a, b) => (gap(b, box) < gap(a, box) ? b : a));
    if (gap(near, box) > GAP * Math.max(near[3], box[3]) || level(near, box) < most) continue;
    [found, most] = [l, level(near, box)];
  }
  if (found < 0) {
    const next = lines.findIndex((line) => before(box, line.box));
    return { line: next < 0 ? lines.length : next, at: 0, fresh: true };
  }
  const { digits } = lines[found];
  const next = digits.findIndex((mark) => middle(mark.box) > middle(box));
  return { line: found, at: next < 0 ? digits.length : next, fresh: false };
}

function before(one, other) {
  return level(one, other) >= LEVEL ? one[0] < other[0] : one[1] < other[1];
}

function middle([x, , width]) {
  return x + width / 2;
}

function gap(one, other) {
  return Math.max(one[0] - other[0] - other[2], other[0] - one[0] - one[2], 0);
}

function level(one, other) {
  const overlap = Math.min(one[1] + one[3], other[1] + other[3]) - Math.max(one[1], other[1]);
  return overlap / Math.min(one[3], other[3]);
}

// Lets a line say what its digits are, and where.
function tidy(line) {
  const boxes = line.digits.map(({ box }) => box);
  const [left, top] = [0, 1].map((k) => Math.min(...boxes.map((box) => box[k])));
  const [right, bottom] = [0, 1].map((k) => Math.max(...boxes.map((box) => box[k] + box[k + 2])));
  line.box = [left, top, right - left, bottom - top];
  line.text = line.digits.map(({ digit }) => digit ?? "").join("");
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

// Returns a table as `ziffern read --csv` prints it, with one more column: digits by hand.
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
