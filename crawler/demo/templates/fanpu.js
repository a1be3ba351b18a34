"use strict";
// Builds every page of the platform from its JSON: a list with a 更多 button, a list that grows as one
// scrolls (/scroll), or one listing (/item/…). #app carries data-state="ready" once something is shown.
const app = document.getElementById("app");

function element(name, className, text) {
  const made = document.createElement(name);
  made.className = className;
  if (text !== undefined && text !== null) made.textContent = text;
  return made;
}

function link(className, text, href) {
  const made = element("a", className, text);
  made.href = href;
  return made;
}

function describe(item, heading) {
  const box = element("article", heading === "h1" ? "goods" : "card");
  box.dataset.id = item.id;
  const picture = element("img", "picture");
  picture.src = "/picture/" + encodeURIComponent(item.id) + ".svg";
  const title = element(heading, "name");
  title.append(heading === "h1" ? item.title : link("title", item.title, item.url));
  box.append(picture, title);
  if (item.price !== null) box.append(element("span", "price", item.price));
  const time = element("time", "when", item.ago);
  time.dateTime = item.published;
  box.append(time, element("p", "desc", item.desc));
  box.append(link("seller", item.seller.name, "/seller/" + encodeURIComponent(item.seller.id)));
  box.append(link("shelf", item.shelf.name, "/shelf/" + item.shelf.slug));
  if (item.origin !== null) box.append(element("span", "origin", item.origin));
  return box;
}

async function showOne(id) {
  const answer = await fetch("/api/item?id=" + encodeURIComponent(id));
  app.append(answer.ok ? describe(await answer.json(), "h1") : element("p", "empty", "宝贝不见了"));
  app.dataset.state = "ready";
}

function listQuery() {
  const query = new URLSearchParams();
  const parts = location.pathname.split("/");
  const keyword = new URLSearchParams(location.search).get("q");
  if (keyword) query.set("q", keyword);
  if (parts[1] === "shelf" || parts[1] === "seller") query.set(parts[1], decodeURIComponent(parts[2]));
  return query;
}

function showList(scrolls) {
  const query = listQuery();
  const list = element("section", "cards");
  const end = scrolls ? element("div", "sentinel") : element("button", "more", "更多");
  app.append(list, end);
  let page = 0;
  let loading = false;

  async function more() {
    if (loading) return;
    loading = true;
    query.set("page", page + 1);
    const answer = await (await fetch("/api/items?" + query)).json();
    page = answer.page;
    for (const item of answer.items) list.append(describe(item, "h2"));
    if (answer.total === 0) list.append(element("p", "empty", "没有找到相关宝贝"));
    app.dataset.page = page;
    app.dataset.state = "ready";
    loading = false;
    if (page >= answer.pages) end.replaceWith(element("p", "last", "没有更多了"));
    else if (scrolls && end.getBoundingClientRect().top < innerHeight) await more();
  }

  if (scrolls) new IntersectionObserver((seen) => seen.some((entry) => entry.isIntersecting) && more()).observe(end);
  else end.addEventListener("click", more);
  more();
}

const path = location.pathname;
if (path.startsWith("/item/")) showOne(decodeURIComponent(path.slice("/item/".length)));
else showList(path === "/scroll");
