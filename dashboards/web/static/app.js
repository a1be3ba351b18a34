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

/** Offer what the query may become while it is typed. */
function completing(box) {
  const list = document.getElementById(box.getAttribute("list"));
  let asked = 0;
  box.addEventListener("input", async () => {
    const mine = ++asked;
    const values = new URLSearchParams({ q: box.value, at: box.selectionStart ?? box.value.length });
    const answer = await fetch(`/complete.json?${values}`);
    if (!answer.ok || mine !== asked) return;
    const { completions } = await answer.json();
    list.replaceChildren(...completions.map(({ value, label }) => new Option(label, value)));
  });
}

document.querySelectorAll('form.query input[list]').forEach(completing);

/** Decide by key: a button's own, j and k for the next and the previous listing. */
function decidingByKey(form) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input:not([type=checkbox]), select")) return;
    const rows = [...form.querySelectorAll(".found li")];
    const at = rows.findIndex((row) => row.hasAttribute("aria-current"));
    const step = { j: 1, k: -1 }[event.key];
    if (step) rows[at + step]?.querySelector("a").click();
    else form.querySelector(`button[data-key="${CSS.escape(event.key)}"]`)?.click();
  });
}

document.querySelectorAll("form.triage").forEach(decidingByKey);
