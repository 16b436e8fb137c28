// Asking the server, and what it says when it cannot answer (RFC 9457). Nothing else talks to it.

const TYPES = "urn:ziffern:problem:";

// What went wrong: the HTTP status (0 if the server was not reached), a title and a detail in
// English; its kind, and the values that the detail tells, from which other languages say it.
export class Problem extends Error {
  constructor(status, title, detail = "", kind = "", values = {}) {
    super(detail || title);
    this.name = "Problem";
    Object.assign(this, { status, title, detail, kind, values });
  }
}

let authorisation = {};

// Sends `token` with every request from now on. The server compares the bytes of its UTF-8, and a
// header may hold any bytes, but is given as one sign for each.
export function authorise(token) {
  const bytes = String.fromCharCode(...new TextEncoder().encode(token));
  authorisation = { authorization: `Bearer ${bytes}` };
}

// Whether requests carry a token: then an address alone, as of a link, leads nowhere.
export function authorised() {
  return "authorization" in authorisation;
}

// Returns what the server answers, as fetch does. Paths are relative to the page, so that it may lie
// anywhere behind a proxy. Raises a Problem, or AbortError where `signal` aborts.
export async function answered(path, { method = "GET", body, signal, headers = {} } = {}) {
  const json = body !== undefined && !(body instanceof FormData) && typeof body !== "string";
  headers = { ...authorisation, ...headers };
  if (json) headers["content-type"] = "application/json";
  let answer;
  try {
    answer = await fetch(path, { method, headers, signal, body: json ? JSON.stringify(body) : body });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, "the server was not reached");
  }
  if (answer.ok) return answer;
  const type = answer.headers.get("content-type") ?? "";
  const problem = type.includes("json") ? await answer.json().catch(() => ({})) : {};
  const kind = problem.type?.startsWith(TYPES) ? problem.type.slice(TYPES.length) : "";
  throw new Problem(answer.status, problem.title ?? answer.statusText, problem.detail, kind, problem.values);
}

// The same, as JSON or (other types) text.
export async function request(path, options) {
  const answer = await answered(path, options);
  const type = answer.headers.get("content-type") ?? "";
  return type.includes("json") && answer.status !== 204 ? answer.json() : answer.text();
}

// Yields server-sent events as [name, data] until the server ends them. EventSource sends no token.
export async function* events(path, options) {
  const answer = await answered(path, options);
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const whole = (text += value).split("\n\n");
    text = whole.pop();
    for (const event of whole) {
      const lines = Object.fromEntries(event.split("\n").map((line) => line.split(/: (.*)/s)));
      if (lines.event) yield [lines.event, JSON.parse(lines.data)];
    }
  }
}
