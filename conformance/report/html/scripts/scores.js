// Scores: of the specs that were judged, how many were met. Under several Pythons at once a spec is met if it is under each.

const EVERY = "", BINDING = "";
const pythonsOf = (places) => unique(places.map((place) => interpreter(columns[place])));
const under = (places, python) => python === EVERY ? places : places.filter((place) => interpreter(columns[place]) === python);
const byMethod = (places) => METHODS.map((method) => places.filter((place) => columns[place].method === method)).filter((its) => its.length);

// For each group of requirements that `groupOf` makes: [met, judged] on each of `fields`, which are lists of columns.
function counted(fields, groupOf) {
  const counts = new Map();
  for (const [, number, line] of specs) {
    const key = groupOf(requirements[number]);
    if (!counts.has(key)) counts.set(key, fields.map(() => [0, 0]));
    const cells = counts.get(key);
    fields.forEach((places, field) => {
      const judged = places.filter((place) => isJudged(line[place]));
      cells[field][0] += judged.length > 0 && judged.every((place) => isMet(line[place]));
      cells[field][1] += judged.length > 0;
    });
  }
  return counts;
}

// A head of two lines: `groups` are [label, names] each.
function twoLines(corner, groups) {
  const first = element("tr", {}, element("th", { scope: "col", rowspan: "2" }, corner), ...groups.map(([label, names]) => element("th", { scope: "colgroup", colspan: names.length }, label)));
  return [first, element("tr", {}, ...groups.flatMap(([, names]) => names.map((name) => columnOf(name))))];
}

function scores() {
  const { by, level, python } = Object.fromEntries(new FormData($("score-form")));
  const groups = grouped(under(everywhere, python), (place) => columns[place].target).map((places) => [columns[places[0]].target, byMethod(places)]);
  const fields = groups.flatMap(([, its]) => its);
  const isCounted = (row) => by === "level" || row[LEVEL] === level || level === BINDING && row[LEVEL] !== "BEYOND";
  const counts = counted(fields, (row) => isCounted(row) && row[by === "level" ? LEVEL : SUBJECT]);
  counts.delete(false);
  const rows = [...counts].map(([group, cells]) => element("tr", {}, element("th", { scope: "row" }, group), ...cells.map(([met, judged], field) => {
    const target = columns[fields[field][0]].target, narrowed = by === "subject" && level !== BINDING ? { level } : {};
    return scoreCell(met, judged, filtered({ target, [by]: group, ...narrowed, verdict: "bad" }));
  })));
  const head = twoLines(by, groups.map(([target, its]) => [linkTo("implementation", target), its.map(([place]) => columns[place].method)]));
  $("scores").replaceChildren(...table("Scores", head, rows).childNodes);
}

// What binds nobody is never added to what binds: it is shown when it is asked for.
function choiceOfLevels() {
  const binding = LEVELS.filter((level) => level !== "BEYOND");
  const whole = binding.length > 1 ? [element("option", { value: BINDING }, binding.join(" + "))] : [];
  return [...whole, ...LEVELS.map((level) => element("option", { value: level }, level))];
}

// The choice of a Python, or of all at once; `places` run under several.
function choiceOf(places) {
  const pythons = pythonsOf(places);
  const every = pythons.length > 1 ? [element("option", { value: EVERY }, "every Python")] : [];
  return [...every, ...pythons.map((python) => element("option", { value: python }, python))];
}
