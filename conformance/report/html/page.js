"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const { columns, requirements, specs, evidence, texts } = data;
const SIGNS = { P: "✓", F: "✗", H: "∞", C: "⚡", L: "◍", U: "–", N: "?", E: "!", ".": "" };
const NAMES = { P: "PASS", F: "FAIL", H: "HANG", C: "CRASH", L: "LEAK", U: "UNSUPPORTED", N: "NOTRUN", E: "ERROR" };
const BAD = "FHCL";
const CHUNK = 60;
const $ = (id) => document.getElementById(id);

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

const interpreter = (column) => (column.implementation === "cpython" ? "" : column.implementation + " ") + column.python;
const isBad = (letter) => BAD.includes(letter.toUpperCase());

// ---- the first screen: how many of the judged cells met their requirement

function scores(by) {
  const index = by === "level" ? 2 : 1;
  const groups = [...new Set(requirements.map((row) => row[index]))];
  const counts = new Map(groups.map((group) => [group, columns.map(() => [0, 0])]));
  for (const [, requirement, line] of specs) {
    const row = counts.get(requirements[requirement][index]);
    for (let place = 0; place < columns.length; place++) {
      const letter = line[place].toUpperCase();
      if (letter === "P") row[place][0]++;
      if ("PFHCLE".includes(letter)) row[place][1]++;
    }
  }
  const head = element("tr", {}, element("th", { scope: "col" }, by), ...columns.map(columnHead));
  const rows = groups.map((group) =>
    element("tr", {}, element("th", { scope: "row" }, group), ...counts.get(group).map(([met, judged], place) => {
      if (!judged) return element("td", { class: "U" }, "–");
      const cell = element("td", { class: "score " + (met === judged ? "full" : "part") }, element("b", {}, String(met)));
      if (met !== judged) cell.append(element("small", {}, "/" + judged));
      return cell;
    })));
  $("scores").replaceChildren(element("thead", {}, head), element("tbody", {}, ...rows));
}

function columnHead(column) {
  return element("th", { scope: "col" }, column.target, element("small", {}, interpreter(column)), element("small", {}, column.method));
}

// ---- the matrix

const form = $("filters");
const words = specs.map(([spec, number]) => (spec + " " + requirements[number].join(" ")).toLowerCase());
let chosen = [], shown = 0, section = "", places = [];

function wanted() {
  return Object.fromEntries([...new FormData(form)].filter(([, value]) => value));
}

function differs(kind, line, target) {
  const groups = new Map();
  for (let place = 0; place < columns.length; place++) {
    const letter = line[place].toUpperCase(), column = columns[place];
    if (letter === "." || letter === "U" || letter === "N") continue;
    if (kind !== "only" && target && column.target !== target) continue;
    const key = kind === "method" ? column.target + interpreter(column) : kind === "python" ? column.target + column.method : column.target;
    if (!groups.has(key)) groups.set(key, new Set());
    groups.get(key).add(kind === "only" ? isBad(letter) : letter);
  }
  if (kind !== "only") return [...groups.values()].some((letters) => letters.size > 1);
  const failing = [...groups].filter(([, letters]) => letters.has(true)).map(([name]) => name);
  return failing.length === 1 && groups.size > 1 && (!target || failing[0] === target);
}

function filter() {
  const { text = "", subject, level, verdict, target, differs: kind } = wanted();
  const parts = text.toLowerCase().split(/\s+/).filter(Boolean);
  places = columns.map((_, place) => place).filter((place) => !target || kind === "only" || columns[place].target === target);
  chosen = [];
  specs.forEach(([, number, line], index) => {
    const row = requirements[number];
    if (subject && row[1] !== subject || level && row[2] !== level) return;
    if (!parts.every((part) => words[index].includes(part))) return;
    if (verdict && !places.some((place) => verdict === "bad" ? isBad(line[place]) : line[place].toUpperCase() === verdict)) return;
    if (kind && !differs(kind, line, target)) return;
    chosen.push(index);
  });
  $("head").replaceChildren(element("tr", {}, element("th", { scope: "col" }, "requirement, spec"), ...places.map((place) => columnHead(columns[place]))));
  $("rows").replaceChildren();
  shown = 0; section = "";
  more();
  $("count").textContent = `${chosen.length} of ${specs.length} specs`;
}

function more() {
  const fragment = document.createDocumentFragment();
  for (const index of chosen.slice(shown, shown + CHUNK)) {
    const [, number] = specs[index];
    if (requirements[number][1] !== section) {
      section = requirements[number][1];
      fragment.append(element("tr", { class: "section" }, element("th", { colspan: places.length + 1, scope: "colgroup" }, section)));
    }
    fragment.append(line(index));
  }
  $("rows").append(fragment);
  shown = Math.min(shown + CHUNK, chosen.length);
  $("more").hidden = shown >= chosen.length;
}

function line(index) {
  const [spec, number, letters] = specs[index];
  const [id, , level, statement] = requirements[number];
  const name = element("th", { scope: "row", title: statement }, id + " ", element("small", { class: "spec" }, level + " · " + spec.split("::")[1]));
  return element("tr", {}, name, ...places.map((place) => {
    const raw = letters[place], letter = raw.toUpperCase();
    const cell = element("td", { class: letter + (raw !== letter ? " known" : "") });
    if (evidence[index]?.[place]) {
      const label = `${NAMES[letter]}: ${id}, ${columns[place].target} ${interpreter(columns[place])} ${columns[place].method}`;
      cell.append(element("button", { type: "button", "aria-label": label, "data-cell": index + "," + place }, SIGNS[letter]));
    } else {
      cell.textContent = SIGNS[letter];
    }
    return cell;
  }));
}

// ---- one cell's evidence

function open(index, place) {
  const [spec, number, letters] = specs[index], [id, subject, level, statement, source] = requirements[number];
  const column = columns[place], letter = letters[place].toUpperCase();
  $("evidence-title").textContent = `${NAMES[letter]} · ${id}`;
  const list = element("dl");
  const add = (name, value) => list.append(element("dt", {}, name), element("dd", {}, value));
  add("requirement", statement); add("source", `${level}, ${source}`); add("spec", element("code", {}, spec));
  add("seen on", `${column.target}, ${interpreter(column)}, ${column.method}`);
  for (const [name, text] of Object.entries(evidence[index][place])) {
    const value = texts[text];
    add(name, /^https?:/.test(value) ? element("a", { href: value }, value) : element("pre", {}, value));
  }
  const text = program(index, column);
  if (text) add("without the suite", lookup(text));
  $("evidence-body").replaceChildren(list);
  $("evidence").showModal();
}

// ---- the same cell as a program of its own, composed as `conformance reproduce` does

function program(index, column) {
  const { specs: known, targets, pieces, mark, tail } = data.programs, what = known[index], whom = targets[column.target];
  if (!what || !whom) return "";
  const told = JSON.stringify({ ...what.case, ...whom.case, method: column.method }).replace(/[\u0080-\uffff]/g, (sign) => "\\u" + sign.charCodeAt(0).toString(16).padStart(4, "0"));
  return [what.opening.replace(mark, whom.module), `CASE = json.loads(r'''${told}''')\n`, ...what.pieces.concat(whom.pieces).map((number) => pieces[number]), tail].join("");
}

function lookup(text) {
  const link = element("a", { download: "see.py", href: URL.createObjectURL(new Blob([text], { type: "text/x-python" })) }, "see.py");
  return element("div", {}, link, element("details", {}, element("summary", {}, "show it"), element("pre", { tabindex: "0" }, text)));
}

// ---- the address keeps the filters

function toAddress() {
  const query = new URLSearchParams(wanted()).toString();
  history.replaceState(null, "", query ? "?" + query : location.pathname);
}

function fromAddress() {
  for (const [name, value] of new URLSearchParams(location.search)) if (form.elements[name]) form.elements[name].value = value;
}

function options(name, values) {
  form.elements[name].append(...values.map((value) => element("option", { value }, value)));
}

options("subject", [...new Set(requirements.map((row) => row[1]))]);
options("level", [...new Set(requirements.map((row) => row[2]))]);
options("target", [...new Set(columns.map((column) => column.target))]);
fromAddress();
form.addEventListener("input", () => { toAddress(); filter(); });
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("reset", () => setTimeout(() => { toAddress(); filter(); }));
$("more").addEventListener("click", more);
if ("IntersectionObserver" in window) new IntersectionObserver((seen) => seen[0].isIntersecting && more()).observe($("more"));
$("rows").addEventListener("click", (event) => {
  const cell = event.target.closest("button[data-cell]");
  if (cell) open(...cell.dataset.cell.split(",").map(Number));
});
$("score-form").addEventListener("input", (event) => scores(event.target.value));
if (data.reasons.length) { $("partial").hidden = false; $("partial").textContent = "The record is partial: " + data.reasons.join("; "); }
scores("subject");
filter();
