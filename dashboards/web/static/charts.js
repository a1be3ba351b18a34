// Draws every [data-chart] from its address: {spec, table}. Without scripts, the link to its table stands there.
import { isDark } from "./app.js";

const figures = [...document.querySelectorAll("[data-chart]")];
const words = document.body.querySelector("[data-chart-words]")?.dataset ?? {};

/** A colour of the style sheet as the browser shows it now. */
function colour(name) {
  const probe = document.createElement("span");
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const shown = getComputedStyle(probe).color;
  probe.remove();
  return shown;
}

function look() {
  const [text, soft, line] = ["--text", "--soft", "--line"].map(colour);
  const font = getComputedStyle(document.body).fontFamily;
  return {
    background: "transparent",
    font,
    axis: { labelColor: soft, titleColor: soft, gridColor: line, domainColor: line, tickColor: line, labelFontSize: 12, titleFontSize: 12, titleFontWeight: "normal", labelLimit: 150 },
    legend: { labelColor: text, titleColor: soft, labelFontSize: 12, titleFontSize: 12, titleFontWeight: "normal", labelLimit: 220 },
    view: { stroke: "transparent" },
    text: { color: text },
    range: { heatmap: isDark() ? ["#1d3a45", "#2f7f93", "#a9e3ea"] : ["#d3ecee", "#4fa3b8", "#1f4f82"] },
  };
}

async function draw(figure, answer) {
  const place = figure.querySelector(".drawing");
  const spec = structuredClone(answer.spec);
  if (typeof spec.width === "number") Object.assign(spec, { width: place.clientWidth, height: place.clientHeight });
  const { view } = await globalThis.vegaEmbed(place, spec, {
    ast: true,
    actions: false,
    defaultStyle: false,
    renderer: "canvas",
    tooltip: { disableDefaultStyle: true },
    loader: { target: "_self" },
    config: look(),
  });
  place.removeAttribute("role");
  const canvas = place.querySelector("canvas");
  canvas?.setAttribute("role", "img");
  canvas?.setAttribute("aria-label", figure.querySelector(".chart").dataset.label);
  if (answer.zoom) zoomByBrush(view, place, answer.zoom);
}

/** Dragging over days asks for the page of those days. */
function zoomByBrush(view, place, parameters) {
  let days = null;
  view.addSignalListener("brush", (_, value) => {
    days = Object.values(value ?? {})[0] ?? null;
  });
  place.addEventListener("pointerup", () => {
    if (!days || days.length < 2 || days.at(-1) - days[0] < 86_400_000) return;
    const address = new URL(location.href);
    const asDay = (time) => new Date(time).toISOString().slice(0, 10);
    address.searchParams.delete("days");
    address.searchParams.set(parameters.since, asDay(days[0]));
    address.searchParams.set(parameters.until, asDay(days.at(-1)));
    location.assign(address);
  });
}

function cell(row, column, value) {
  const made = document.createElement(column === 0 ? "th" : "td");
  if (column === 0) made.scope = "row";
  if (typeof value === "number") {
    made.className = "number";
    made.textContent = value.toLocaleString("en");
  } else {
    made.textContent = value ?? "";
  }
  if (column === 0 && row.href) {
    const link = document.createElement("a");
    link.href = row.href;
    link.append(...made.childNodes);
    made.append(link);
  }
  return made;
}

function fill(figure, table) {
  const made = document.createElement("table");
  made.createCaption().textContent = table.caption;
  const head = made.createTHead().insertRow();
  for (const title of table.columns) {
    const th = document.createElement("th");
    th.scope = "col";
    th.textContent = title;
    head.append(th);
  }
  const body = made.createTBody();
  for (const row of table.rows) body.insertRow().append(...row.cells.map((value, column) => cell(row, column, value)));
  const place = figure.querySelector(".as-table");
  const scroll = document.createElement("div");
  scroll.className = "scroll";
  scroll.tabIndex = 0;
  scroll.setAttribute("role", "group");
  scroll.setAttribute("aria-label", table.caption);
  scroll.append(made);
  const details = document.createElement("details");
  const summary = document.createElement("summary");
  summary.textContent = words.table;
  details.append(summary, scroll);
  place.replaceChildren(details);
}

async function show(figure) {
  const waiting = figure.querySelector(".waiting");
  try {
    const reply = await fetch(figure.dataset.chart);
    const answer = await reply.json();
    if (!reply.ok) throw new Error(answer.error?.message ?? reply.status);
    fill(figure, answer.table);
    if (!answer.table.rows.length) {
      waiting.textContent = words.empty;
      figure.dataset.drawn = "empty";
      return;
    }
    await draw(figure, answer);
    waiting.hidden = true;
    figure.dataset.drawn = "yes";
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => draw(figure, answer));
  } catch (error) {
    waiting.hidden = false;
    waiting.textContent = `${words.failed} (${error.message})`;
    figure.dataset.drawn = "failed";
  }
}

if (figures.length) {
  await import(words.bundle);
  for (const figure of figures) void show(figure);
}
