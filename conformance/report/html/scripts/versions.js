// How scores change: with the version of Python, and from one record to a later one.

const short = (python) => python.split(".").slice(0, 2).join(".");

function countsAt(place) {
  const counts = {};
  for (const [, number, line] of specs) {
    if (!isJudged(line[place])) continue;
    const count = counts[requirements[number][LEVEL]] ??= [0, 0];
    count[0] += isMet(line[place]);
    count[1]++;
  }
  return counts;
}

function byPython(target) {
  const places = everywhere.filter((place) => columns[place].target === target);
  if (pythonsOf(places).length < 2) return [];
  const groups = METHODS.map((method) => [method, places.filter((place) => columns[place].method === method).map((place) => {
    const title = interpreter(columns[place]);
    return { label: short(title), title, counts: countsAt(place) };
  })]).filter(([, bars]) => bars.length);
  return [columnCharts("Specs not met, by Python", groups)];
}

function overTime(target) {
  const runs = data.runs.filter((run) => run.target === target);
  return unique(runs.map(interpreter)).flatMap((python) => {
    const its = runs.filter((run) => interpreter(run) === python);
    if (unique(its.map((run) => run.started)).length < 2) return [];
    const groups = METHODS.map((method) => [method, its.filter((run) => run.method === method).map((run) => {
      const day = run.started.slice(0, 10), own = run.version === run.python ? "" : run.version;
      return { label: `${own} ${day}`.trim(), title: `${own} judged on ${day} by suite ${run.suite}`.trim(), counts: run.scores };
    })]).filter(([, bars]) => bars.length);
    const grown = "Suites grow: more that is not met may be more that is judged, which the table tells.";
    return [columnCharts(`Specs not met over time, Python ${python}`, groups), element("p", {}, grown)];
  });
}

const changesOf = (target) => [...byPython(target), ...overTime(target)];

function versions() {
  const drawn = unique(columns.map((column) => column.target)).map((target) => [target, changesOf(target)]).filter(([, charts]) => charts.length);
  const why = "Of what is judged: what a version does not have yet is not counted. The lowest part of a column is what the manual promises.";
  const none = "The record has no implementation under several Pythons. Name several records to see them beside each other, and earlier ones by --earlier.";
  return ["By version", element("p", {}, drawn.length ? why : none),
    ...drawn.flatMap(([target, charts]) => [element("h2", {}, linkTo("implementation", target)), ...charts])];
}
