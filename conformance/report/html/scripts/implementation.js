// The page of one implementation: its badges, where it was run, its scores, what it does otherwise, what it lacks.

function implementation(target) {
  const its = everywhere.filter((place) => columns[place].target === target), about = data.implementations[target];
  if (!its.length || !about) return ["No such implementation", element("p", {}, `The record does not tell of ${target}.`)];
  const changes = changesOf(target);
  return [
    target,
    element("p", {}, about.title),
    ...badges(target, about.badges),
    chapter("Scores", scoresOf(target, its)),
    ...deviations(its),
    ...lacks(its),
    chapter("Run on", ranOn(about.interpreters, its)),
    ...(changes.length ? [chapter("By version", element("div", {}, ...changes))] : []),
    chapter("Where the time goes", costTable("Where the time goes", its, 10)),
  ];
}

const chapter = (title, ...children) => element("section", {}, element("h2", {}, title), ...children);

function badges(target, drawn) {
  const address = location.href.replace(/index\.html.*|[?#].*/, "");
  const page = address + "index.html" + viewOf("implementation", target);
  const images = drawn.map(({ message, stem, svg }) => element("a", { href: `badges/${stem}.svg` }, element("img", { src: "data:image/svg+xml," + encodeURIComponent(svg), alt: "multiprocessing: " + message })));
  const markdown = drawn.map(({ message, stem }) => `[![multiprocessing: ${message}](${address}badges/${stem}.svg)](${page})`).join("\n");
  return [element("p", { class: "badges" }, ...images), element("details", {}, element("summary", {}, "Badges for a README"), element("pre", { tabindex: "0" }, markdown))];
}

// ---- scores: subject x level x start method

function scoresOf(target, its) {
  const place = element("div"), choice = element("select", {}, ...choiceOf(its));
  const draw = () => place.replaceChildren(scrolling(`Scores of ${target}`, levelTable(target, byMethod(under(its, choice.value)))));
  choice.addEventListener("change", draw);
  draw();
  return element("div", {}, element("form", {}, element("label", {}, "under ", choice)), place);
}

function levelTable(target, fields) {
  const found = LEVELS.map((level) => [level, counted(fields, (row) => row[LEVEL] === level ? row[SUBJECT] : "")]);
  const cellsOf = (subject) => found.flatMap(([, counts]) => counts.get(subject) ?? fields.map(() => [0, 0]));
  const rows = unique(requirements.map((row) => row[SUBJECT])).map((subject) => element("tr", {}, element("th", { scope: "row" }, subject),
    ...cellsOf(subject).map(([met, judged], number) => scoreCell(met, judged, filtered({ target, subject, level: LEVELS[Math.floor(number / fields.length)], verdict: "bad" })))));
  const head = twoLines("subject", LEVELS.map((level) => [level, fields.map(([place]) => columns[place].method)]));
  return table("Scores by subject, level and start method", head, rows);
}

// ---- deviations: what nobody expected first, then what is on record, each once

function deviations(its) {
  const found = new Map();
  specs.forEach(([, number, line], index) => {
    for (const place of its) {
      const raw = line[place];
      if (raw === "." || raw === "P" || raw.toUpperCase() === "U" || raw.toUpperCase() === "N") continue;
      const { "on record": reason = "", as = "", issue = "", review = "" } = told(index, place);
      const beyond = requirements[number][LEVEL] === "BEYOND" && !isSurprising(raw);
      const kind = raw === "S" ? STALE : isSurprising(raw) ? UNRECORDED : beyond ? UNBOUND : RECORDED;
      const key = [kind, number, reason, issue].join("\n");
      if (!found.has(key)) found.set(key, { kind, number, reason, as, issue, review, cells: [] });
      found.get(key).cells.push([index, place]);
    }
  });
  return [UNRECORDED, STALE, RECORDED, UNBOUND].flatMap((kind) => {
    const entries = [...found.values()].filter((entry) => entry.kind === kind);
    if (!entries.length) return [];
    const known = kind === RECORDED || kind === STALE;
    const heads = ["requirement", "seen", ...(known ? ["reason", "issue", "look again"] : ["expected, got"])];
    return [chapter(`${kind}: ${entries.length}`, scrolling(kind, table(kind, heads, entries.map((entry) => deviation(entry, known)))))];
  });
}

const UNRECORDED = "Deviations not on record", STALE = "On record, but met", RECORDED = "Deviations on record", UNBOUND = "Not met, which binds nobody";

function deviation({ number, reason, issue, review, cells }, known) {
  const row = requirements[number], { expected = "", got = "", message = "" } = told(...cells[0]);
  const rest = known
    ? [element("td", { class: "words" }, reason), element("td", { class: "words" }, issue ? issueLink(issue) : ""), element("td", {}, review ? reviewed(review) : "")]
    : [element("td", { class: "words" }, expected || got ? `${expected || "to pass"}; got ${got}` : message)];
  return element("tr", {}, element("th", { scope: "row", title: row[STATEMENT] }, linkTo("requirement", row[ID]), element("small", {}, row[LEVEL])), seen(cells), ...rest);
}

// The verdicts with where they came: every Python and start method beside each other would be as wide as the matrix.
function seen(cells) {
  const letterOf = ([index, place]) => specs[index][2][place].toUpperCase();
  return element("td", { class: "words" }, ...grouped(cells, letterOf).flatMap((its) => {
    const methods = unique(its.map(([, place]) => columns[place].method)), pythons = unique(its.map(([, place]) => short(interpreter(columns[place]))));
    return [element("span", { class: letterOf(its[0]) }, sign(...its[0])), ` ${methods.join(", ")} ${pythons.length > 1 ? "on " + pythons.join(", ") : ""} `];
  }));
}

// ---- what it declares to lack, with what could not be judged for that

function lacks(its) {
  const names = new Map();
  specs.forEach(([, number, line], index) => {
    for (const place of its) {
      if (line[place].toUpperCase() !== "U") continue;
      for (const name of (told(index, place).lacks ?? "").split(", ")) {
        if (!names.has(name)) names.set(name, new Set());
        names.get(name).add(requirements[number][ID]);
      }
    }
  });
  if (!names.size) return [];
  const rows = [...names].sort().map(([name, ids]) => element("tr", {}, element("th", { scope: "row" }, element("code", {}, name)),
    element("td", {}, String(ids.size)), element("td", { class: "words" }, ...[...ids].flatMap((id) => [linkTo("requirement", id), " "]))));
  return [chapter(`Declared to be lacking: ${names.size}`, scrolling("Declared to be lacking", table("Declared to be lacking", ["name", "requirements", "not judged for want of it"], rows)))];
}

function ranOn(interpreters, its) {
  const faulty = interpreters.some((one) => Object.keys(one.broken).length);
  const rows = interpreters.map((one) => {
    const places = its.filter((place) => interpreter(columns[place]) === interpreter(one));
    const broken = Object.entries(one.broken).map(([method, reason]) => `${method}: ${reason.split("\n")[0]}`);
    return element("tr", {}, element("th", { scope: "row" }, interpreter(one)), element("td", {}, one.version), element("td", {}, one.platform),
      element("td", {}, places.map((place) => columns[place].method).join(", ")), ...(faulty ? [element("td", { class: "words warning" }, broken.join("; "))] : []));
  });
  const heads = ["Python", "version", "platform", "start methods", ...(faulty ? ["starts no process under"] : [])];
  return scrolling("Run on", table("Run on", heads, rows));
}
