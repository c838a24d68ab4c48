// What the page asks the server for.

/** The path of something of a collection, "" for the library that needs no name. */
export function pathOf(collection, ...parts) {
  return [...(collection ? ["collections", collection] : []), ...parts].map(encodeURIComponent).join("/");
}

/** The response to a request. Throws an Error with what the server says is wrong, if anything is; its `problem` is the whole document. */
export async function request(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new Error("The server did not answer.");
  }
  if (!response.ok) throw problemIn(response.status, await response.text());
  return response;
}

/** The JSON of a response. */
export async function requestJson(path, options) {
  return (await request(path, options)).json();
}

/** What a response that is no success says, as an Error. */
export function problemIn(status, body) {
  try {
    const problem = JSON.parse(body);
    return Object.assign(new Error(problem.detail || problem.title), { problem });
  } catch {
    return new Error(`The server refused (${status}).`);
  }
}
