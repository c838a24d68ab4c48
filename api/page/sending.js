// Sending files to the server, and waiting for what becomes of them.

import { problemIn } from "./server.js";

/** Send files; what became of each, in their order. tell: is told how far it is, {sent: 0 to 1, said}. Throws what the server refuses. */
export async function send(path, method, files, tell) {
  const { status, body } = await post(path, method, files, (sent) => tell({ sent, said: `${Math.round(100 * sent)} % sent` }));
  tell({ sent: 1, said: "being read" });
  const told = parsed(status, body);
  if (status === 202) return (await finished(told.url, tell)).files;
  if (told.files) return told.files;
  throw problemIn(status, body);
}

// fetch does not tell how much was sent.
function post(path, method, files, tell) {
  const form = new FormData();
  for (const file of files) form.append("file", file);
  return new Promise((resolve, reject) => {
    const sending = new XMLHttpRequest();
    sending.open(method, path);
    sending.setRequestHeader("Prefer", "respond-async");
    sending.upload.addEventListener("progress", ({ loaded, total }) => tell(loaded / total));
    sending.addEventListener("load", () => resolve({ status: sending.status, body: sending.responseText }));
    sending.addEventListener("error", () => reject(new Error("The server did not answer; nothing may have been added.")));
    sending.send(form);
  });
}

function parsed(status, body) {
  try {
    return JSON.parse(body);
  } catch {
    throw problemIn(status, body);
  }
}

// A job as it is when it is done. The browser connects again by itself if the connection is lost; what it cannot is said.
function finished(url, tell) {
  return new Promise((resolve, reject) => {
    const events = new EventSource(url);
    events.addEventListener("progress", ({ data }) => {
      const { done, total } = JSON.parse(data);
      tell({ sent: 1, said: total > 1 ? `${done} of ${total} read` : "being read" });
    });
    events.addEventListener("job", ({ data }) => {
      events.close();
      resolve(JSON.parse(data));
    });
    events.addEventListener("error", () => {
      if (events.readyState === EventSource.CLOSED) reject(new Error("The server says no more of these files; look at the list."));
    });
  });
}
