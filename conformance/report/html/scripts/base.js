// What everything else rests upon: the data, what its letters mean, and the making of elements.

const data = JSON.parse(document.getElementById("data").textContent);
const { columns, requirements, specs, evidence, texts } = data;
const SIGNS = { P: "✓", F: "✗", H: "∞", C: "⚡", L: "◍", U: "–", N: "?", E: "!", S: "≠", ".": "" };
const NAMES = { P: "PASS", F: "FAIL", H: "HANG", C: "CRASH", L: "LEAK", U: "UNSUPPORTED", N: "NOTRUN", E: "ERROR", S: "PASS, though on record" };
const [ID, SUBJECT, LEVEL, STATEMENT, SOURCE, CONDITIONS, OBSERVABLE] = [0, 1, 2, 3, 4, 5, 6];
const LEVELS = ["MUST", "SHOULD", "DEFACTO", "BEYOND"].filter((level) => requirements.some((row) => row[LEVEL] === level));
const METHODS = [...new Set(columns.map((column) => column.method))].sort((one, other) => rank(one) - rank(other));
const everywhere = columns.map((_, place) => place);
const $ = (id) => document.getElementById(id);

function rank(method) {
  const known = ["fork", "spawn", "forkserver"].indexOf(method);
  return known < 0 ? 9 : known;
}

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

const interpreter = (column) => (column.implementation === "cpython" ? "" : column.implementation + " ") + column.python;
const isBad = (letter) => "FHCL".includes(letter.toUpperCase());
const isMet = (letter) => letter === "P" || letter === "S";
const isJudged = (letter) => "PSFHCLE".includes(letter.toUpperCase());
const isSurprising = (letter) => "FHCLSEN".includes(letter);
const unique = (values) => [...new Set(values)];
// Lists of those `items` that have the same key, in the order of the first of each.
function grouped(items, keyOf) {
  const groups = new Map();
  for (const item of items) {
    const key = keyOf(item);
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(item);
  }
  return [...groups.values()];
}

const plural = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;

// ---- links to the views of this page

const viewOf = (name, value) => "#" + new URLSearchParams({ [name]: value });
const linkTo = (name, value, text = value) => element("a", { href: viewOf(name, value) }, text);
const filtered = (filters) => "?" + new URLSearchParams(filters);

// ---- pieces of tables

const columnOf = (text) => element("th", { scope: "col" }, text);

// heads: the names of the columns, or lines of a head.
function table(caption, heads, rows) {
  const lines = heads[0] instanceof Node ? heads : [element("tr", {}, ...heads.map(columnOf))];
  return element("table", {}, element("caption", { class: "hidden" }, caption), element("thead", {}, ...lines), element("tbody", {}, ...rows));
}

// What is wider than the screen scrolls within itself, by keyboard too.
function scrolling(label, child) {
  return element("div", { class: "scroll", role: "region", "aria-label": label, tabindex: "0" }, child);
}

function scoreCell(met, judged, href) {
  if (!judged) return element("td", { class: "score U" }, "–");
  const cell = element("td", { class: "score " + (met === judged ? "full" : "part") });
  if (met === judged) cell.append(element("b", {}, String(met)));
  else cell.append(element(href ? "a" : "span", href ? { href } : {}, element("b", {}, String(met)), element("small", {}, "/" + judged)));
  return cell;
}

// ---- how long a cell took

const seconds = data.hundredths.map((line) => line.split(" "));
const duration = (index, place) => Number(seconds[index][place]) / 100;
