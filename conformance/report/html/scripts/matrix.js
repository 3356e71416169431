// The matrix: requirement and spec x column, of which filters choose, drawn as far as one has scrolled.

const CHUNK = 1500, AHEAD = 500;
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
    groups.get(key).add(kind === "only" ? isBad(letter) : isMet(letter) ? "P" : letter);
  }
  if (kind !== "only") return [...groups.values()].some((letters) => letters.size > 1);
  const failing = [...groups].filter(([, letters]) => letters.has(true)).map(([name]) => name);
  return failing.length === 1 && groups.size > 1 && (!target || failing[0] === target);
}

function filter() {
  const { text = "", subject, level, verdict, target, differs: kind } = wanted();
  const parts = text.toLowerCase().split(/\s+/).filter(Boolean);
  places = everywhere.filter((place) => !target || kind === "only" || columns[place].target === target);
  chosen = [];
  specs.forEach(([, number, line], index) => {
    const row = requirements[number];
    if (subject && row[SUBJECT] !== subject || level && row[LEVEL] !== level) return;
    if (!parts.every((part) => words[index].includes(part))) return;
    if (verdict && !places.some((place) => verdict === "bad" ? isBad(line[place]) : line[place].toUpperCase() === verdict)) return;
    if (kind && !differs(kind, line, target)) return;
    chosen.push(index);
  });
  $("head").replaceChildren(...threeLines(places.map((place) => columns[place])));
  $("rows").replaceChildren();
  shown = 0; section = "";
  $("matrix").scrollTop = 0;
  more();
  fill();
  $("count").textContent = `${chosen.length} of ${specs.length} specs`;
}

// Implementation above Python above start method: each said once, so that many columns go side by side.
function threeLines(shown) {
  return [
    element("tr", {}, element("th", { scope: "col", rowspan: "3" }, "requirement, spec"), ...grouped(shown, (column) => column.target).map((its) => spanning(its, linkTo("implementation", its[0].target)))),
    element("tr", {}, ...grouped(shown, (column) => column.target + " " + interpreter(column)).map((its) => spanning(its, interpreter(its[0])))),
    element("tr", { class: "methods" }, ...shown.map((column) => columnOf(element("span", {}, column.method)))),
  ];
}

const spanning = (its, label) => element("th", { scope: "colgroup", colspan: its.length }, label);

// Whether what is drawn ends less than AHEAD pixels below what is looked at.
function isNearEnd() {
  const box = $("matrix");
  return box.clientHeight > 0 && shown < chosen.length && box.scrollHeight - box.scrollTop - box.clientHeight < AHEAD;
}

function fill() {
  while (isNearEnd()) more();
}

// Draw about CHUNK cells more.
function more() {
  const fragment = document.createDocumentFragment(), next = shown + Math.ceil(CHUNK / Math.max(places.length, 1));
  for (const index of chosen.slice(shown, next)) {
    const [, number] = specs[index];
    if (requirements[number][SUBJECT] !== section) {
      section = requirements[number][SUBJECT];
      fragment.append(element("tr", { class: "section" }, element("th", { colspan: places.length + 1, scope: "colgroup" }, section)));
    }
    fragment.append(line(index));
  }
  $("rows").append(fragment);
  shown = Math.min(next, chosen.length);
  $("more").hidden = shown >= chosen.length;
}

function line(index) {
  const [spec, number] = specs[index], row = requirements[number];
  const name = element("th", { scope: "row", title: row[STATEMENT] }, linkTo("requirement", row[ID]), " ", element("small", { class: "spec" }, row[LEVEL] + " · " + spec.split("::")[1]));
  return element("tr", {}, name, ...places.map((place, number) => {
    const made = cell(index, place);
    if (number && columns[place].target !== columns[places[number - 1]].target) made.classList.add("first");
    return made;
  }));
}
