// What every page does beyond HTML. Pages work without it.

/** POST a form's values (or an object) with the visit's token; the answer as JSON. Throws with the server's message. */
export async function post(address, values) {
  const answer = await fetch(address, {
    method: "POST",
    headers: { "X-CSRF-Token": document.body.dataset.csrf, Accept: "application/json" },
    body: values instanceof FormData ? values : new URLSearchParams(values),
  });
  const isJson = (answer.headers.get("content-type") ?? "").includes("json");
  const body = isJson ? await answer.json() : await answer.text();
  if (!answer.ok) throw new Error(body?.error?.message ?? `HTTP ${answer.status}`);
  return body;
}

/** Whether the page is shown dark now. */
export function isDark() {
  const theme = document.documentElement.dataset.theme;
  return theme === "dark" || (theme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
}
