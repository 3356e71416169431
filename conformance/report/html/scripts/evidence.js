// What is known of one cell that did not simply pass: shown in a dialog, and in full on the page of its requirement.

const where = (column) => `${column.target}, ${interpreter(column)}, ${column.method}`;
const told = (index, place) => Object.fromEntries(Object.entries(evidence[index]?.[place] ?? {}).map(([name, text]) => [name, texts[text]]));

// The sign of a cell, which opens its evidence where there is some.
function sign(index, place) {
  const raw = specs[index][2][place], letter = raw.toUpperCase();
  if (!evidence[index]?.[place]) return SIGNS[letter];
  const label = `${NAMES[letter]}: ${requirements[specs[index][1]][ID]}, ${where(columns[place])}`;
  return element("button", { type: "button", "aria-label": label, "data-cell": index + "," + place }, SIGNS[letter]);
}

function cell(index, place) {
  const raw = specs[index][2][place], letter = raw.toUpperCase();
  return element("td", { class: letter + (raw !== letter ? " known" : "") }, sign(index, place));
}

function facts(pairs) {
  const list = element("dl");
  for (const [name, value] of pairs) if (value) list.append(element("dt", {}, name), element("dd", {}, value));
  return list;
}

const LONG = ["traceback", "standard error", "stacks"];

function evidenceOf(index, place) {
  const { issue, review, as, ...rest } = told(index, place);
  const pairs = Object.entries(rest).map(([name, text]) => [
    name === "on record" ? `on record, as ${as}` : name,
    name === "on record" || name === "lacks" ? text : LONG.includes(name) ? folded(text) : element("pre", {}, text),
  ]);
  return [...pairs, ["issue", issue && issueLink(issue)], ["to be looked at again", review && reviewed(review)]];
}

function folded(text) {
  const lines = text.trim().split("\n").length;
  const pre = element("pre", { tabindex: "0" }, text);
  return lines < 6 ? pre : element("details", {}, element("summary", {}, plural(lines, "line")), pre);
}

// As people call them: celery/billiard#187, bpo-30775.
function issueLink(issue) {
  if (!/^https?:/.test(issue)) return issue;
  const name = issue.replace(/^https?:\/\/(www\.)?/, "").replace(/^github\.com\/(.+?\/.+?)\/(?:issues|pull)\/(\d+)$/, "$1#$2").replace(/^bugs\.python\.org\/issue/, "bpo-");
  return element("a", { href: issue }, name);
}

// Dates as ISO has them compare as texts.
function reviewed(date) {
  const overdue = date < new Date().toISOString().slice(0, 10);
  return element("span", overdue ? { class: "warning" } : {}, date + (overdue ? ", which is past" : ""));
}

function open(index, place) {
  const [spec, number, letters] = specs[index], row = requirements[number], column = columns[place];
  $("evidence-title").replaceChildren(`${NAMES[letters[place].toUpperCase()]} · `, linkTo("requirement", row[ID]));
  const text = program(index, column);
  $("evidence-body").replaceChildren(facts([
    ["requirement", row[STATEMENT]], ["source", `${row[LEVEL]}, ${row[SOURCE]}`], ["spec", element("code", {}, spec)],
    ["seen on", where(column)], ...evidenceOf(index, place), ["without the suite", text && lookup(text)],
  ]));
  $("evidence").showModal();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-cell]");
  if (button) open(...button.dataset.cell.split(",").map(Number));
});

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
