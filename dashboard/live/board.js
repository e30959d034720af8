// The live board: draws frames in place (texts of nodes change, nodes stay), counts down by itself.
// All words come in `data` and in frames. See docs/dashboard.md; the pitfalls behind the shape of
// this file: Streamlit calls the export again on every rerun and theme change, does not run the
// earlier cleanup then, and EventSource hides why it failed.
const BOARDS = (globalThis.__liniyaBoards ??= new WeakMap());
const HIDDEN_CLOSE_MS = 3000; // six connections a browser: a hidden tab gives its own back
const STALE_MS = 11000; // frames come at least every 5 s
const DAY = 86400;

const make = (tag, name, parent) => {
  const node = document.createElement(tag);
  if (name) node.className = name;
  parent?.append(node);
  return node;
};
const text = (node, value) => {
  const inner = node.firstChild ?? node.appendChild(document.createTextNode(""));
  if (inner.data !== value) inner.data = value;
};
const name = (node, value) => { if (node.className !== value) node.className = value; };
const attr = (node, key, value) => {
  if (value === null) node.removeAttribute(key);
  else if (node.getAttribute(key) !== value) node.setAttribute(key, value);
};
const show = (node, on) => { if (node.hidden === on) node.hidden = !on; };
const pad = (n) => String(n).padStart(2, "0");

function span(seconds, words) {
  const t = Math.max(0, Math.floor(Math.abs(seconds)));
  if (t >= DAY) return words.days.replace("{d}", Math.floor(t / DAY)).replace("{h}", Math.floor((t % DAY) / 3600));
  const h = Math.floor(t / 3600), m = Math.floor((t % 3600) / 60), s = t % 60;
  return h ? `${h}:${pad(m)}:${pad(s)}` : `${m}:${pad(s)}`;
}
// grow a pool of row nodes to n; rows past n are hidden and kept for later
function pool(list, n, add) {
  while (list.length < n) list.push(add());
  list.forEach((row, i) => show(row.root, i < n));
  return list;
}

function build(host, words) {
  const root = host.querySelector(".board");
  root.replaceChildren(); // another language: everything is made anew, once
  const status = make("div", "status", root);
  const ui = { root, status: { as_of: make("span", "", status), time: make("span", "time", status), day: make("span", "", status), link: make("span", "link", status) } };
  attr(ui.status.link, "role", "status");
  text(ui.status.as_of, words.as_of);
  ui.body = make("div", "body", root);
  ui.empty = make("p", "quiet", ui.body);
  ui.incidents = card(ui.body, words.incidents, "card incidents");
  ui.incidentList = make("ul", "", ui.incidents.root);
  ui.tiles = make("div", "tiles", ui.body);
  const columns = make("div", "columns", ui.body);
  const left = make("div", "", columns), right = make("div", "", columns);
  ui.lines = card(left, words.lines);
  const table = make("table", "", ui.lines.root);
  const head = make("tr", "", make("thead", "", table));
  ui.heads = ["line", "waiting", "longest", "half_hour", "hour", "today", "offered", "abandoned", "usual"];
  ui.heads.forEach((key) => text(make("th", "", head), words[key]));
  ui.rows = make("tbody", "", table);
  ui.foot = make("tbody", "", table);
  ui.spark = card(left, words.spark, "card spark");
  ui.svg = sparkline(ui.spark.root);
  ui.axis = make("div", "axis", ui.spark.root);
  ui.from = make("span", "", ui.axis); ui.peak = make("span", "", ui.axis); ui.to = make("span", "", ui.axis);
  ui.due = card(right, words.due);
  ui.noDue = make("p", "quiet", ui.due.root);
  text(ui.noDue, words.no_due);
  ui.dueList = make("ul", "due", ui.due.root);
  ui.sources = card(left, words.sources);
  ui.sourceList = make("ul", "sources", ui.sources.root);
  ui.pool = { tiles: [], lines: [], total: [], due: [], sources: [], incidents: [] };
  return ui;
}
function card(parent, title, kind = "card") {
  const root = make("section", kind, parent), head = make("header", "", root);
  text(make("h3", "", head), title);
  return { root, note: make("small", "", head) };
}
function sparkline(parent) {
  const NS = "http://www.w3.org/2000/svg", svg = document.createElementNS(NS, "svg");
  svg.setAttribute("viewBox", "0 0 100 40"); svg.setAttribute("preserveAspectRatio", "none"); svg.setAttribute("aria-hidden", "true");
  const line = (tag, kind) => { const n = document.createElementNS(NS, tag); n.setAttribute("class", kind); svg.append(n); return n; };
  const out = { root: svg, area: line("polygon", "area"), usual: line("polyline", "usual"), now: line("polyline", "now") };
  parent.append(svg);
  return out;
}

function render(s, f) {
  const { ui, words } = s;
  const offset = f.at - Date.now() / 1000;
  if (s.offset === undefined || Math.abs(offset - s.offset) > 1.5) s.offset = offset; // no jitter
  s.frame = f; s.last = Date.now();
  text(ui.status.time, f.clock); text(ui.status.day, f.day);
  text(ui.empty, f.empty); show(ui.empty, !!f.empty);
  pool(ui.pool.tiles, f.tiles.length, () => newTile(ui.tiles)).forEach((row, i) => f.tiles[i] && drawTile(s, row, f.tiles[i]));
  pool(ui.pool.lines, f.lines.length, () => newLine(ui, ui.rows, words)).forEach((row, i) => f.lines[i] && drawLine(s, row, f.lines[i]));
  pool(ui.pool.total, f.total ? 1 : 0, () => newLine(ui, ui.foot, words, "total")).forEach((row) => f.total && drawLine(s, row, f.total));
  show(ui.lines.root, f.lines.length > 0); text(ui.lines.note, f.ripe);
  pool(ui.pool.due, f.due.length, () => newDue(s)).forEach((row, i) => f.due[i] && drawDue(s, row, f.due[i]));
  show(ui.noDue, !f.due.length); text(ui.due.note, f.due_note);
  pool(ui.pool.sources, f.sources.length, () => newSource(ui.sourceList)).forEach((row, i) => {
    const d = f.sources[i]; if (!d) return;
    name(row.root, d.silent ? "silent" : ""); text(row.name, d.name); text(row.text, d.text);
  });
  show(ui.sources.root, f.sources.length > 0);
  show(ui.incidents.root, f.incidents.length > 0);
  pool(ui.pool.incidents, f.incidents.length, () => newIncident(ui.incidentList)).forEach((row, i) => {
    const d = f.incidents[i]; if (!d) return;
    row.data = d; text(row.name, d.name); text(row.note, d.note);
  });
  drawSpark(s, f.spark);
  tick(s);
}

function newTile(parent) {
  const root = make("div", "tile", parent);
  const label = make("div", "label", root), value = make("div", "value", root), note = make("div", "note", root);
  return { root, label, value, mark: make("span", "mark", note), note: make("span", "", note), age: make("b", "", note) };
}
function drawTile(s, row, d) {
  row.data = d;
  attr(row.root, "data-key", d.key); attr(row.root, "title", d.hint || null);
  text(row.label, d.label); text(row.value, d.value);
  name(row.value, /\d/.test(d.value) ? "value" : "value words");
  text(row.note, d.note);
}
function newLine(ui, parent, words, kind = "") {
  const root = make("tr", kind, parent);
  const cells = ui.heads.map((key) => { const td = make("td", "", root); td.dataset.label = words[key]; return td; });
  const [title, waiting, age, half, hour, today, offered, abandoned, usual] = cells;
  [title, waiting, age, offered, abandoned].forEach((td) => text(td, ""));
  const level = (td) => { const box = make("span", "level", td); return { box, icon: make("i", "", box), value: make("span", "", box), note: make("small", "", td) }; };
  return { root, title, waiting, age, levels: [half, hour, today].map(level), offered, abandoned, usual: { value: make("span", "", usual), note: make("small", "", usual) } };
}
function drawLine(s, row, d) {
  row.data = d;
  attr(row.root, "data-line", d.key);
  text(row.title, d.name); text(row.waiting, d.waiting);
  name(row.waiting, d.is_waiting ? "big" : "big dim");
  d.levels.forEach((v, i) => {
    const cell = row.levels[i], look = s.states[v.state];
    name(cell.box, `level ${look ? look.colour : ""}`);
    text(cell.icon, look && v.state !== "no_data" ? look.icon : ""); attr(cell.box, "title", look ? look.word : null);
    text(cell.value, v.text); text(cell.note, v.note);
  });
  text(row.offered, d.offered); text(row.abandoned, d.abandoned);
  text(row.usual.value, d.usual); text(row.usual.note, d.usual_note);
}
function newDue(s) {
  const root = make("li", "", s.ui.dueList), link = make("a", "", root);
  const icon = make("span", "icon", link), box = make("span", "", link), left = make("span", "left", link);
  const row = { root, link, icon, what: make("div", "what", box), meta: make("div", "meta", box), left: make("b", "", left), word: make("small", "", left) };
  link.addEventListener("click", (e) => {
    if (!s.contact || e.metaKey || e.ctrlKey || e.shiftKey || e.button) return; // a new tab is the browser's
    e.preventDefault(); s.open(row.data.id);
  });
  return row;
}
function drawDue(s, row, d) {
  row.data = d;
  attr(row.link, "href", s.contact ? s.contact + encodeURIComponent(d.id) : null);
  text(row.what, d.name); attr(row.what, "title", d.name); text(row.meta, d.meta); attr(row.meta, "title", d.meta);
}
function newSource(parent) {
  const root = make("li", "", parent);
  return { root, name: make("span", "name", root), text: make("span", "text", root) };
}
function newIncident(parent) {
  const root = make("li", "", parent);
  return { root, name: make("b", "", root), note: make("span", "", root), left: make("span", "left", root) };
}
function drawSpark(s, d) {
  const { ui, words } = s;
  show(ui.spark.root, d.offered.length > 1);
  if (d.offered.length < 2) return;
  const top = Math.max(1, ...d.offered.filter((v) => v !== null), ...d.expected.filter((v) => v !== null));
  const points = (list) => list.map((v, i) => v === null ? null : `${(i * 100 / (list.length - 1)).toFixed(1)},${(38 - 36 * v / top).toFixed(1)}`).filter(Boolean).join(" ");
  attr(ui.svg.now, "points", points(d.offered)); attr(ui.svg.usual, "points", points(d.expected));
  attr(ui.svg.area, "points", `0,40 ${points(d.offered)} 100,40`);
  text(ui.from, d.from); text(ui.to, d.to); text(ui.peak, words.spark_peak.replace("{n}", d.peak));
  text(ui.spark.note, [words.spark_now.replace("{n}", d.last), d.expected.length ? words.spark_usual : ""].filter(Boolean).join(" · "));
}

// what moves with no frame: ages, countdowns, states that flip at their moment, the link's health
function tick(s) {
  const { ui, frame, words } = s;
  const stale = !frame || Date.now() - s.last > STALE_MS;
  name(ui.root, stale && s.last ? "board stale" : "board");
  text(ui.status.link, stale && s.last ? words.lost.replace("{time}", frame ? frame.clock : "—") : words.live);
  if (!frame || stale) return;
  const now = Date.now() / 1000 + s.offset;
  for (const row of ui.pool.tiles) {
    const d = row.data; if (!d) continue;
    const age = d.since ? now - d.since : null;
    const state = age !== null && d.warn_s && age > d.warn_s ? "overdue" : d.state;
    const look = s.states[state];
    name(row.root, `tile ${look && state !== "no_data" ? look.colour : ""}`);
    text(row.mark, look && state !== "no_data" ? (d.is_worded ? `${look.icon} ${look.word}` : look.icon) : "");
    attr(row.mark, "title", look ? look.word : null);
    text(row.age, age === null ? "" : ` ${span(age, words)}`);
  }
  for (const row of [...ui.pool.lines, ...ui.pool.total]) {
    const d = row.data; if (!d) continue;
    const age = d.since ? now - d.since : null;
    text(row.age, age === null ? words.nobody : span(age, words));
    name(row.age, age === null ? "age dim" : d.warn_s && age > d.warn_s ? "age red" : "age");
  }
  for (const row of ui.pool.due) {
    const d = row.data; if (!d || row.root.hidden) continue;
    const rest = d.due - now, look = s.states[rest < 0 ? "overdue" : "running"];
    name(row.link, look.colour); text(row.icon, look.icon); attr(row.icon, "title", look.word);
    text(row.left, span(rest, words)); text(row.word, rest < 0 ? words.over : words.left);
  }
  for (const row of ui.pool.incidents) {
    const d = row.data; if (!d || row.root.hidden) continue;
    const rest = d.due === null ? null : d.due - now;
    text(row.left, rest === null ? "" : `${rest < 0 ? words.over : words.left} ${span(rest, words)}`);
  }
}

// the stream: one at a time, closed while hidden, reopened with a growing pause and jitter
function connect(s) {
  if (s.es || s.dead || document.hidden) return;
  clearTimeout(s.retry); s.retry = 0;
  const es = (s.es = new EventSource(`${s.url}?t=${encodeURIComponent(s.token)}`));
  es.addEventListener("board", (e) => { if (s.es === es) { s.tries = 0; render(s, JSON.parse(e.data)); } });
  es.addEventListener("token", (e) => { if (s.es === es) s.token = e.data; });
  es.onerror = () => { if (s.es === es) { disconnect(s); probe(s); } };
}
function disconnect(s) { s.es?.close(); s.es = null; }
async function probe(s) {
  let status = 0;
  try { status = (await fetch(`${s.url}?probe=1&t=${encodeURIComponent(s.token)}`, { cache: "no-store" })).status; } catch { /* the server is away */ }
  if (s.dead || s.es) return;
  if (status === 401) s.renew(); // the page makes a new token and calls the export again
  s.tries = Math.min(s.tries + 1, 5);
  const pause = status === 204 ? 200 : 400 * 2 ** s.tries;
  clearTimeout(s.retry);
  s.retry = setTimeout(() => connect(s), pause * (0.75 + Math.random() / 2));
}
function visibility(s) {
  clearTimeout(s.hiding);
  if (document.hidden) s.hiding = setTimeout(() => disconnect(s), HIDDEN_CLOSE_MS);
  else connect(s);
}

export default function ({ data, parentElement, setTriggerValue }) {
  let s = BOARDS.get(parentElement);
  if (!s) BOARDS.set(parentElement, (s = { gen: 0, tries: 0, last: 0 }));
  if (s.lang !== data.lang) {
    disconnect(s); // its frames are in the old language
    Object.assign(s, { lang: data.lang, ui: build(parentElement, data.words), frame: null, token: "" });
  }
  const gen = ++s.gen;
  const changed = s.token !== data.token && s.given !== data.token;
  Object.assign(s, { dead: false, url: data.url, contact: data.contact, words: data.words, states: data.states });
  if (changed) { s.token = s.given = data.token; }
  s.renew = () => setTriggerValue("renew", Date.now());
  s.open = (id) => setTriggerValue("open", id);
  if (!s.frame && data.first) render(s, data.first);
  if (!s.timer) s.timer = setInterval(() => tick(s), 500);
  if (!s.listens) { s.listens = () => visibility(s); document.addEventListener("visibilitychange", s.listens); }
  connect(s);
  return () => {
    if (s.gen !== gen) return; // a later call owns the board
    s.dead = true;
    clearInterval(s.timer); clearTimeout(s.retry); clearTimeout(s.hiding); s.timer = 0;
    document.removeEventListener("visibilitychange", s.listens); s.listens = null;
    disconnect(s);
  };
}
