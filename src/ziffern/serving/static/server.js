// Asking the server, and what it says when it cannot answer (RFC 9457). Nothing else talks to it.

// What went wrong: the HTTP status (0 if the server was not reached), a title and a detail.
export class Problem extends Error {
  constructor(status, title, detail = "") {
    super(detail || title);
    this.name = "Problem";
    Object.assign(this, { status, title, detail });
  }
}

let authorisation = {};

// Sends `token` with every request from now on.
export function authorise(token) {
  authorisation = { authorization: `Bearer ${token}` };
}

// Returns what the server answers, as JSON or (other types) text. Paths are relative to the page,
// so that it may lie anywhere behind a proxy. Raises a Problem, or AbortError where `signal` aborts.
export async function request(path, { method = "GET", body, signal, headers = {} } = {}) {
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
  const type = answer.headers.get("content-type") ?? "";
  if (answer.ok) return type.includes("json") ? answer.json() : answer.text();
  const problem = type.includes("json") ? await answer.json().catch(() => ({})) : {};
  throw new Problem(answer.status, problem.title ?? answer.statusText, problem.detail);
}
