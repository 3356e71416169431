// The page of one requirement: what it demands, who says so, what checks it, and what every column made of it.

function requirement(id) {
  const number = requirements.findIndex((row) => row[ID] === id);
  if (number < 0) return ["No such requirement", element("p", {}, `No spec of the record checks ${id}.`)];
  const row = requirements[number];
  const its = specs.map((_, index) => index).filter((index) => specs[index][1] === number);
  return [
    id,
    element("p", { class: "statement" }, row[STATEMENT]),
    facts([
      ["level", `${row[LEVEL]}: ${MEANINGS[row[LEVEL]]}`],
      ["source", row[SOURCE]],
      ["holds for", row[CONDITIONS] || "every Python, platform and start method"],
      ["what a check may look at", row[OBSERVABLE]],
      ["subject", element("a", { href: filtered({ subject: row[SUBJECT] }) }, row[SUBJECT])],
    ]),
    ...its.flatMap(verdicts),
    neighbours(number),
  ];
}

const MEANINGS = { MUST: "the manual promises it", SHOULD: "the manual recommends it", DEFACTO: "all releases do it, and programs rely on it", BEYOND: "nobody promises it yet, and it binds nobody" };

function verdicts(index) {
  const [spec, , line] = specs[index];
  const candidates = new Map();
  for (const place of everywhere) {
    const key = columns[place].target + "\n" + interpreter(columns[place]);
    if (line[place] === ".") continue;
    if (!candidates.has(key)) candidates.set(key, {});
    candidates.get(key)[columns[place].method] = place;
  }
  const methods = METHODS.filter((method) => [...candidates.values()].some((places) => method in places));
  const rows = [...candidates].map(([key, places]) => {
    const [target, python] = key.split("\n");
    return element("tr", {}, element("th", { scope: "row" }, linkTo("implementation", target), " ", python),
      ...methods.map((method) => method in places ? verdict(index, places[method]) : element("td", {})));
  });
  const sentence = data.sentences[index].split("\n\n")[0];
  return [
    element("h2", {}, element("code", {}, spec)),
    ...(sentence ? [element("p", {}, sentence)] : []),
    scrolling(`Verdicts by ${spec}`, table(`Verdicts by ${spec}`, ["implementation, Python", ...methods], rows)),
    ...stories(index),
  ];
}

function verdict(index, place) {
  const made = cell(index, place);
  made.append(" " + NAMES[specs[index][2][place].toUpperCase()], element("small", {}, ` ${secondsOf(duration(index, place))} s`));
  return made;
}

// ---- what came instead: told once for all columns that tell it alike

function stories(index) {
  const places = Object.keys(evidence[index] ?? {}).map(Number);
  return grouped(places, (place) => sameness(index, place)).map((places) => {
    const column = columns[places[0]], letter = specs[index][2][places[0]].toUpperCase(), text = letter === "U" ? "" : program(index, column);
    return element("section", { class: "story" },
      element("h3", {}, element("span", { class: letter, "aria-hidden": "true" }, SIGNS[letter] + " "), `${NAMES[letter]} by ${column.target}`),
      facts([["seen on", seenOn(places)], ...evidenceOf(index, places[0]), ["without the suite", text && lookup(text)]]));
  });
}

function sameness(index, place) {
  const { expected, got, message, lacks, "on record": reason, "left behind": left } = told(index, place);
  return JSON.stringify([columns[place].target, specs[index][2][place], ...[expected, got, message, lacks, reason, left].map(alike)]);
}

// Without what differs from process to process: addresses, ids, start methods.
const alike = (text) => (text ?? "").replace(/0x[0-9a-f]+|\d{3,}/gi, "#").replace(/forkserver|spawn|fork/gi, "METHOD");

function seenOn(places) {
  const pythons = grouped(places.map((place) => columns[place]), interpreter);
  return pythons.map((its) => `${interpreter(its[0])} under ${its.map((column) => column.method).join(", ")}`).join("; ");
}

function neighbours(number) {
  const to = (step, word) => requirements[number + step] ? [element("span", {}, word + " ", linkTo("requirement", requirements[number + step][ID]))] : [];
  return element("nav", { class: "neighbours", "aria-label": "Requirements beside this" }, ...to(-1, "before:"), ...to(1, "next:"));
}
