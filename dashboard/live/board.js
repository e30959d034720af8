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
const column = (kind, row) => {
  const node = make("th", kind, row);
  node.scope = "col";
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
  const ui = { root, status: { as_of: make("span", "", status), time: make("span", "time", status), day: make("span", "", status), link: make("span", "link", status), full: make("button", "full", status) } };
  attr(ui.status.link, "role", "status");
  text(ui.status.full, words.full);
  ui.status.full.addEventListener("click", () => document.fullscreenElement ? document.exitFullscreen() : root.requestFullscreen());
  text(ui.status.as_of, words.as_of);
  ui.body = make("div", "body", root);
  ui.empty = make("p", "quiet", ui.body);
  ui.incidents = card(ui.body, words.incidents, "card incidents");
  ui.incidentList = make("ul", "", ui.incidents.root);
  ui.alerts = card(ui.body, words.alerts, "card alerts");
  ui.alertList = make("ul", "", ui.alerts.root);
  ui.tiles = make("div", "tiles", ui.body);
  const columns = make("div", "columns", ui.body);
  const left = make("div", "", columns), right = make("div", "", columns);
  ui.lines = card(left, words.lines);
  const table = make("table", "", ui.lines.root);
  const head = make("tr", "", make("thead", "", table));
  ui.heads = ["line", "waiting", "longest", "half_hour", "hour", "today", "offered", "abandoned", "overdue", "usual"];
  ui.heads.forEach((key) => text(column(key, head), words[key]));
  ui.rows = make("tbody", "", table);
  ui.foot = make("tbody", "", table);
  buildIntervals(ui, left, words);
  ui.recovery = card(left, words.recovery, "card recovery");
  ui.recoveryList = make("ul", "plain", ui.recovery.root);
  ui.spark = card(left, words.spark, "card spark");
  ui.svg = sparkline(ui.spark.root);
  ui.axis = make("div", "axis", ui.spark.root);
  ui.from = make("span", "", ui.axis); ui.peak = make("span", "", ui.axis); ui.to = make("span", "", ui.axis);
  ui.due = card(right, words.due, "card next");
  buildSoon(ui, words);
  ui.noDue = make("p", "quiet", ui.due.root);
  text(ui.noDue, words.no_due);
  ui.dueList = make("ul", "due", ui.due.root);
  ui.moves = card(right, words.moves, "card moves");
  ui.moveList = make("ul", "due", ui.moves.root);
  ui.debt = card(right, words.debt, "card debt");
  ui.noDebt = make("p", "quiet", ui.debt.root);
  text(ui.noDebt, words.no_debt);
  ui.debtList = make("ul", "due", ui.debt.root);
  ui.sources = card(left, words.sources, "card origin");
  ui.sourceList = make("ul", "sources", ui.sources.root);
  ui.pool = { tiles: [], lines: [], total: [], due: [], sources: [], alerts: [], incidents: [], soon: [], moves: [], debt: [], recovery: [], intervals: [] };
  ui.width = 0;
  return ui;
}
function card(parent, title, kind = "card") {
  const root = make("section", kind, parent), head = make("header", "", root);
  text(make("h3", "", head), title);
  return { root, note: make("small", "", head) };
}
// deadlines of the next minutes: a row a priority
function buildSoon(ui, words) {
  const table = make("table", "soon", ui.due.root), head = make("tr", "", make("thead", "", table));
  ui.soonHeads = [words.priority, words.in_1, words.in_2, words.in_5, words.overdue];
  ui.soonHeads.forEach((word) => text(column("", head), word));
  ui.soonRows = make("tbody", "", table);
}
// levels by interval: one table, a switch of its width; the frame holds both
const SPANS = 6;
function buildIntervals(ui, parent, words) {
  ui.intervals = card(parent, words.intervals, "card intervals");
  text(ui.intervals.note, words.intervals_note);
  const box = make("span", "switch", ui.intervals.root.firstChild);
  attr(box, "role", "group"); attr(box, "aria-label", words.interval);
  ui.widths = [0, 1].map((n) => {
    const button = make("button", "", box);
    attr(button, "type", "button");
    button.addEventListener("click", () => { ui.width = n; ui.drawIntervals?.(); });
    return button;
  });
  const table = make("table", "", ui.intervals.root), head = make("tr", "", make("thead", "", table));
  text(column("", head), words.line);
  ui.intervalHeads = Array.from({ length: SPANS }, () => column("", head));
  ui.intervalRows = make("tbody", "", table);
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
  show(ui.alerts.root, f.alerts.length > 0 || !!f.alerts_note); text(ui.alerts.note, f.alerts_note);
  pool(ui.pool.alerts, f.alerts.length, () => newAlert(s)).forEach((row, i) => f.alerts[i] && drawAlert(s, row, f.alerts[i]));
  show(ui.incidents.root, f.incidents.length > 0);
  pool(ui.pool.incidents, f.incidents.length, () => newIncident(s)).forEach((row, i) => {
    const d = f.incidents[i]; if (!d) return;
    drawIncident(s, row, d);
  });
  drawSpark(s, f.spark);
  drawShift(s, f);
  tick(s);
}

// what the shift can do: deadlines by priority, moves, the debt, the way to the goal, intervals
function drawShift(s, f) {
  const { ui } = s;
  pool(ui.pool.soon, f.soon.length, () => newSoon(ui)).forEach((row, i) => {
    const d = f.soon[i]; if (!d) return;
    name(row.root, d.is_first ? "first" : "");
    [d.name, ...d.counts, d.overdue].forEach((value, n) => text(row.cells[n], value));
    name(row.cells[1], d.is_urgent ? "red" : "");
  });
  pool(ui.pool.moves, f.moves.length, () => newPerson(s, ui.moveList)).forEach((row, i) => f.moves[i] && drawPerson(s, row, { ...f.moves[i], what: [f.moves[i].what, f.moves[i].who].filter(Boolean).join(": ") }));
  show(ui.moves.root, f.moves.length > 0);
  pool(ui.pool.debt, f.debt.length, () => newPerson(s, ui.debtList)).forEach((row, i) => f.debt[i] && drawPerson(s, row, f.debt[i]));
  show(ui.noDebt, !f.debt.length); text(ui.debt.note, f.debt_note);
  pool(ui.pool.recovery, f.recovery.length, () => newRecovery(ui.recoveryList)).forEach((row, i) => {
    const d = f.recovery[i]; if (!d) return;
    name(row.root, d.is_lost ? "red" : "");
    text(row.name, d.name); text(row.now, d.now); text(row.text, d.text);
  });
  show(ui.recovery.root, f.recovery.length > 0); text(ui.recovery.note, f.recovery_note);
  ui.drawIntervals = () => drawIntervals(s);
  drawIntervals(s);
}
function newSoon(ui) {
  const root = make("tr", "", ui.soonRows);
  return { root, cells: ui.soonHeads.map(() => make("td", "", root)) };
}
function newPerson(s, parent) {
  const root = make("li", "", parent), link = make("a", "plain", root), box = make("span", "", link);
  const row = { root, link, what: make("div", "what", box), meta: make("div", "meta", box), age: make("b", "", make("span", "left", link)) };
  link.addEventListener("click", (e) => follow(s, e, row.data.id));
  return row;
}
function drawPerson(s, row, d) {
  row.data = d;
  attr(row.link, "href", s.contact && d.id ? s.contact + encodeURIComponent(d.id) : null);
  text(row.what, d.what); attr(row.what, "title", d.what); text(row.meta, d.meta); attr(row.meta, "title", d.meta);
}
function newRecovery(parent) {
  const root = make("li", "", parent);
  return { root, name: make("b", "", root), now: make("span", "now", root), text: make("span", "", root) };
}
function drawIntervals(s) {
  const { ui } = s, found = s.frame.intervals, d = found[ui.width];
  found.forEach((one, n) => { text(ui.widths[n], one.name); attr(ui.widths[n], "aria-pressed", String(n === ui.width)); });
  ui.intervalHeads.forEach((head, n) => text(head, d.heads[n] ?? ""));
  pool(ui.pool.intervals, d.rows.length, () => newInterval(ui)).forEach((row, i) => {
    const line = d.rows[i]; if (!line) return;
    name(row.root, line.is_total ? "total" : ""); text(row.title, line.name);
    row.cells.forEach((cell, n) => {
      attr(cell.td, "data-label", d.heads[n] ?? ""); // for narrow screens, where the heads are not shown
      drawCell(s, cell, line.cells[n] ?? { text: "", note: "", state: null });
    });
  });
  show(ui.intervals.root, found.some((one) => one.rows.length));
}
function newInterval(ui) {
  const root = make("tr", "", ui.intervalRows);
  const title = make("td", "", root); text(title, "");
  return { root, title, cells: ui.intervalHeads.map(() => {
    const td = make("td", "", root), box = make("span", "level", td);
    return { td, box, icon: make("i", "", box), value: make("span", "", box), note: make("small", "", td) };
  }) };
}
function drawCell(s, cell, d) {
  const look = s.states[d.state];
  name(cell.box, `level ${look ? look.colour : ""}`); attr(cell.box, "title", look ? look.word : null);
  text(cell.icon, look ? look.icon : ""); text(cell.value, d.text); text(cell.note, d.note);
  attr(cell.td, "title", d.hint || null);
}

function newTile(parent) {
  const root = make("div", "tile", parent);
  const label = make("div", "label", root), value = make("div", "value", root), note = make("div", "note", root);
  return { root, label, value, stale: make("span", "stale-since", note), mark: make("span", "mark", note), note: make("span", "", note), age: make("b", "", note) };
}
function drawTile(s, row, d) {
  row.data = d;
  attr(row.root, "data-key", d.key); attr(row.root, "title", d.hint || null);
  text(row.label, d.label); text(row.value, d.value);
  name(row.value, /\d/.test(d.value) ? "value" : "value words");
  text(row.note, d.note); text(row.stale, d.stale);
}
function newLine(ui, parent, words, kind = "") {
  const root = make("tr", kind, parent);
  const cells = ui.heads.map((key) => { const td = make("td", key, root); td.dataset.label = words[key]; return td; });
  const [title, waiting, age, half, hour, today, offered, abandoned, overdue, usual] = cells;
  [offered, abandoned, overdue].forEach((td) => text(td, ""));
  const noted = (td) => ({ td, value: make("span", "", td), note: make("small", "", td) });
  const level = (td) => { const box = make("span", "level", td); return { box, icon: make("i", "", box), value: make("span", "", box), note: make("small", "", td), trend: make("small", "trend", td) }; };
  return { root, title: { ...noted(title), lost: make("small", "lost", title) }, waiting: noted(waiting), age: noted(age), levels: [half, hour, today].map(level), offered, abandoned, overdue, usual: noted(usual) };
}
function drawLine(s, row, d) {
  row.data = d;
  attr(row.root, "data-line", d.key);
  name(row.root, `${d.key ? "" : "total"} ${d.is_silent ? "red quiet-line" : d.is_stale ? "gray quiet-line" : ""}`.trim());
  text(row.title.value, d.name); text(row.title.note, d.note ? `! ${d.note}` : ""); text(row.title.lost, d.lost);
  text(row.waiting.value, d.waiting); text(row.waiting.note, d.growth);
  name(row.waiting.td, d.is_waiting ? "waiting big" : "waiting big dim");
  text(row.age.note, d.expected);
  d.levels.forEach((v, i) => {
    const cell = row.levels[i], look = s.states[v.state];
    name(cell.box, `level ${look ? look.colour : ""}`);
    text(cell.icon, look && v.state !== "no_data" ? look.icon : ""); attr(cell.box, "title", look ? look.word : null);
    text(cell.value, v.text); text(cell.note, v.note); text(cell.trend, v.trend); attr(cell.trend, "title", v.trend_hint || null);
  });
  text(row.offered, d.offered); text(row.abandoned, d.abandoned); text(row.overdue, d.overdue);
  name(row.overdue, d.is_overdue ? "overdue red" : "overdue");
  text(row.usual.value, d.usual); text(row.usual.note, d.usual_note); attr(row.usual.td, "title", d.usual_hint || null);
}
function newDue(s) {
  const root = make("li", "", s.ui.dueList), link = make("a", "", root);
  const icon = make("span", "icon", link), box = make("span", "", link), left = make("span", "left", link);
  const row = { root, link, icon, what: make("div", "what", box), meta: make("div", "meta", box), left: make("b", "", left), word: make("small", "", left) };
  link.addEventListener("click", (e) => follow(s, e, row.data.id));
  return row;
}
const plain = (e) => !(e.metaKey || e.ctrlKey || e.shiftKey || e.button); // a new tab is the browser's
function follow(s, e, id) {
  if (!s.contact || !id || !plain(e)) return;
  e.preventDefault(); s.open(id);
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
function newIncident(s) {
  const root = make("li", "", s.ui.incidentList), link = make("a", "", root);
  const row = { root, link, name: make("b", "", link), note: make("span", "", root), age: make("span", "age", root), left: make("span", "left", root), open: make("button", "", root) };
  attr(row.open, "type", "button"); text(row.open, s.words.make_incident);
  link.addEventListener("click", (e) => { if (s.incident && row.data.id && plain(e)) { e.preventDefault(); s.openIncident(row.data.id); } });
  row.open.addEventListener("click", () => s.makeIncident(row.data.burst));
  return row;
}
function drawIncident(s, row, d) {
  row.data = d;
  name(row.root, d.is_over ? "over" : "");
  attr(row.link, "href", s.incident && d.id ? s.incident + encodeURIComponent(d.id) : null);
  text(row.name, d.name); text(row.note, d.note);
  attr(row.open, "aria-label", `${s.words.make_incident}: ${d.name}`);
  show(row.open, !!d.burst && s.may_act);
}
function newAlert(s) {
  const root = make("li", "", s.ui.alertList), mark = make("span", "mark", root), box = make("span", "about", root);
  const row = { root, icon: make("i", "", mark), word: make("span", "", mark), name: make("b", "", box), value: make("span", "", box), held: make("span", "held", box), trouble: make("span", "trouble", box), age: make("span", "age", root), take: make("button", "", root) };
  attr(row.take, "type", "button");
  row.take.addEventListener("click", () => s.acknowledge(row.data.id));
  return row;
}
function drawAlert(s, row, d) {
  row.data = d;
  const look = s.states[d.severity];
  name(row.root, look.colour); attr(row.root, "data-alert", d.id);
  text(row.icon, look.icon); text(row.word, look.word);
  text(row.name, d.name); text(row.value, d.value); text(row.held, d.held); text(row.trouble, d.trouble);
  text(row.take, s.words.acknowledge); attr(row.take, "aria-label", `${s.words.acknowledge}: ${d.name}`);
  show(row.take, s.may_act && !d.held);
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
  const still = !s.url; // a moment that is over: nothing moves
  const stale = !still && (!frame || Date.now() - s.last > STALE_MS);
  name(ui.root, ["board", s.wall && "wall", still ? "still" : stale && s.last && "stale"].filter(Boolean).join(" "));
  text(ui.status.link, still ? words.still : stale && s.last ? words.lost.replace("{time}", frame ? frame.clock : "—") : words.live);
  show(ui.status.full, !!s.wall);
  if (!frame || stale) return;
  const now = still ? frame.at : Date.now() / 1000 + s.offset;
  for (const row of ui.pool.tiles) {
    const d = row.data; if (!d) continue;
    const age = d.since ? now - d.since : null;
    const state = age !== null && d.warn_s && age > d.warn_s ? "overdue" : d.state;
    const look = s.states[state];
    name(row.root, d.stale ? "tile silent" : `tile ${look && state !== "no_data" ? look.colour : ""}`);
    text(row.mark, look && state !== "no_data" ? (d.is_worded ? `${look.icon} ${look.word}` : look.icon) : "");
    attr(row.mark, "title", look ? look.word : null);
    text(row.age, age === null ? "" : ` ${span(age, words)}`);
  }
  for (const row of [...ui.pool.lines, ...ui.pool.total]) {
    const d = row.data; if (!d) continue;
    const age = d.since ? now - d.since : null;
    text(row.age.value, age === null ? words.nobody : span(age, words));
    name(row.age.td, age === null ? "age dim" : d.warn_s && age > d.warn_s ? "age red" : "age");
  }
  for (const row of ui.pool.due) {
    const d = row.data; if (!d || row.root.hidden) continue;
    const rest = d.due - now, look = s.states[rest < 0 ? "overdue" : "running"];
    name(row.link, look.colour); text(row.icon, look.icon); attr(row.icon, "title", look.word);
    text(row.left, span(rest, words)); text(row.word, rest < 0 ? words.over : words.left);
  }
  for (const row of [...ui.pool.moves, ...ui.pool.debt]) {
    const d = row.data; if (!d || row.root.hidden) continue;
    text(row.age, d.since ? span(now - d.since, words) : "");
  }
  for (const row of ui.pool.alerts) {
    const d = row.data; if (!d || row.root.hidden) continue;
    text(row.age, `${words.lasts} ${span(now - d.since, words)}`); // alone it reads as a time of day
  }
  for (const row of ui.pool.incidents) {
    const d = row.data; if (!d || row.root.hidden) continue;
    const rest = d.due === null ? null : d.due - now;
    text(row.age, d.since ? `${words.lasts} ${span(now - d.since, words)}` : "");
    text(row.left, rest === null ? "" : `${rest < 0 ? words.over : words.left} ${span(rest, words)}`);
  }
}

// the stream: one at a time, closed while hidden, reopened with a growing pause and jitter
function connect(s) {
  if (s.es || s.dead || document.hidden || !s.url) return;
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
  if (s.lang !== data.lang || s.moment !== data.moment) {
    disconnect(s); // its frames are in the old language, or of another moment
    Object.assign(s, { lang: data.lang, moment: data.moment, ui: build(parentElement, data.words), frame: null, token: "" });
  }
  const gen = ++s.gen;
  const changed = s.token !== data.token && s.given !== data.token;
  Object.assign(s, { dead: false, url: data.url, contact: data.contact, incident: data.incident, may_act: data.may_act, words: data.words, states: data.states, wall: data.wall });
  for (const [key, value] of Object.entries(data.wall ?? {})) s.ui.root.style.setProperty(key, value);
  if (changed) { s.token = s.given = data.token; }
  s.renew = () => setTriggerValue("renew", Date.now());
  s.open = (id) => setTriggerValue("open", id);
  s.openIncident = (id) => setTriggerValue("incident", id);
  s.makeIncident = (category) => setTriggerValue("burst", category);
  s.acknowledge = (id) => setTriggerValue("acknowledge", id);
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
