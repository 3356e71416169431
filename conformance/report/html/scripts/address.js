// The address says what is shown: its query the filters of the matrix, its fragment the view. Here everything begins.

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

// ---- views

const VIEWS = new Map(Object.entries({ implementation, requirement, versions, durations }));
const TITLE = document.title;
let left = null;

function route(event) {
  const [name, value] = [...new URLSearchParams(location.hash.slice(1))][0] ?? [];
  const draw = VIEWS.get(name);
  $("evidence").close();
  for (const link of $("views").querySelectorAll("a")) {
    if (draw ? link.hash === location.hash : link.hash === "") link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (draw) show(draw(value), event);
  else if (!$("view").hidden) back();
}

function show([title, ...parts], event) {
  // Whoever comes back finds the first screen as it was left.
  if ($("view").hidden) left = { focus: document.activeElement, page: scrollY, rows: $("matrix").scrollTop };
  const heading = element("h1", { tabindex: "-1" }, title);
  $("view").replaceChildren(heading, ...parts);
  $("view").hidden = false;
  $("overview").hidden = $("skip").hidden = true;
  document.title = `${title} · ${TITLE}`;
  scrollTo(0, 0);
  if (event) heading.focus({ preventScroll: true });
}

function back() {
  $("view").hidden = true;
  $("view").replaceChildren();
  $("overview").hidden = $("skip").hidden = false;
  document.title = TITLE;
  fill();
  $("matrix").scrollTop = left.rows;
  left.focus.focus({ preventScroll: true });
  scrollTo(0, left.page);
}

$("views").append(...unique(columns.map((column) => column.target)).map((target) => linkTo("implementation", target)));
options("subject", unique(requirements.map((row) => row[SUBJECT])));
options("level", LEVELS);
options("target", unique(columns.map((column) => column.target)));
fromAddress();
form.addEventListener("input", () => { toAddress(); filter(); });
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("reset", () => setTimeout(() => { toAddress(); filter(); }));
$("more").addEventListener("click", () => more());
$("matrix").addEventListener("scroll", fill, { passive: true });
$("score-form").addEventListener("change", scores);
if (data.reasons.length) { $("partial").hidden = false; $("partial").textContent = "The record is partial: " + data.reasons.join("; "); }
$("python").append(...choiceOf(everywhere));
$("levels").append(...choiceOfLevels());
scores();
filter();
route();
addEventListener("hashchange", route);
