// Two kinds of picture, drawn by hand: bars inside of tables, which are their own text, and stacked columns with a
// table folded below them.

const bar = (share) => element("span", { class: "bar", style: `width:${Math.max(share * 100, 0.5).toFixed(1)}%`, "aria-hidden": "true" });
const barCell = (share) => element("td", { class: "bars" }, bar(share));
const secondsOf = (value) => value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);

function drawing(tag, attributes, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

const HIGH = 110, ABOVE = 16, BELOW = 18;

// One column for each of `bars`, {label, counts: {level: [met, judged]}}: what is not met, level upon level, MUST lowest.
function columnChart(label, bars, top) {
  const step = Math.max(34, ...bars.map((one) => one.label.length * 6.4 + 8)), width = step * bars.length;
  const chart = drawing("svg", { viewBox: `0 0 ${width} ${ABOVE + HIGH + BELOW}`, width, height: ABOVE + HIGH + BELOW, role: "img", "aria-label": label });
  bars.forEach((one, number) => {
    const middle = step * (number + 0.5);
    let under = ABOVE + HIGH;
    for (const level of LEVELS) {
      const [met, judged] = one.counts[level] ?? [0, 0];
      if (met === judged) continue;
      const high = (judged - met) / top * HIGH;
      under -= high;
      chart.append(drawing("rect", { class: level, x: middle - 11, y: under, width: 22, height: high }, drawing("title", {}, `${one.label}: ${judged - met} of ${judged} ${level} not met`)));
    }
    chart.append(
      drawing("text", { x: middle, y: under - 4 }, String(missed(one.counts))),
      drawing("text", { x: middle, y: ABOVE + HIGH + 14 }, one.label),
    );
  });
  chart.append(drawing("path", { class: "axis", d: `M0 ${ABOVE + HIGH}H${width}` }));
  return chart;
}

const missed = (counts) => Object.values(counts).reduce((sum, [met, judged]) => sum + judged - met, 0);

// Small multiples on one scale: `groups` are [name, bars] each. Where nothing is missed, a sentence says more.
function columnCharts(caption, groups) {
  const top = Math.max(...groups.flatMap(([, bars]) => bars.map((one) => missed(one.counts))));
  if (!top) return element("p", {}, `${caption}: whatever is judged is met.`);
  const charts = groups.map(([name, bars]) => element("div", {}, element("p", {}, name), columnChart(`${caption}, ${name}; the table below tells the same`, bars, top)));
  const rows = groups.flatMap(([name, bars]) => bars.map((one) => element("tr", {}, element("th", { scope: "row" }, `${name}, ${one.title ?? one.label}`),
    ...LEVELS.map((level) => scoreCell(...(one.counts[level] ?? [0, 0]))))));
  const legend = element("p", { class: "legend" }, ...LEVELS.map((level) => element("span", {}, element("i", { class: "swatch " + level, "aria-hidden": "true" }), level === "BEYOND" ? "BEYOND, which binds nobody" : level)));
  return element("figure", {}, element("figcaption", {}, caption), element("div", { class: "charts" }, ...charts), legend,
    element("details", {}, element("summary", {}, "as a table"), scrolling(caption, table(caption, ["specs met", ...LEVELS], rows))));
}
