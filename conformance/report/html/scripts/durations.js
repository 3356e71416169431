// Where the time goes: seconds from request to verdict, added up over cells.

const HALF = 0.5;

function spent(index, places) {
  let sum = 0;
  for (const place of places) sum += duration(index, place);
  return sum;
}

// The costliest specs on `places`, with the one cell that took longest.
function costliest(places, count) {
  const all = specs.map((_, index) => [spent(index, places), index]).filter(([sum]) => sum).sort(([one], [other]) => other - one);
  const rows = all.slice(0, count).map(([sum, index]) => {
    const [spec, number] = specs[index];
    const longest = places.reduce((best, place) => duration(index, place) > duration(index, best) ? place : best, places[0]);
    return element("tr", {},
      element("th", { scope: "row" }, linkTo("requirement", requirements[number][ID]), " ", element("small", { class: "spec" }, spec.split("::")[1])),
      element("td", {}, secondsOf(sum)), barCell(sum / all[0][0]),
      element("td", { class: "words" }, `${secondsOf(duration(index, longest))} on ${where(columns[longest])}`));
  });
  const whole = all.reduce((sum, [one]) => sum + one, 0);
  let reached = 0;
  const half = all.findIndex(([sum]) => (reached += sum) >= whole * HALF) + 1;
  return { rows, whole, half, count: all.length };
}

function costTable(caption, places, count) {
  return scrolling(caption, table(caption, ["requirement, spec", "seconds", "", "the longest cell"], costliest(places, count).rows));
}

function sums(caption, head, pairs) {
  const top = Math.max(...pairs.map(([, sum]) => sum));
  const rows = pairs.map(([label, sum]) => element("tr", {}, element("th", { scope: "row" }, label), element("td", {}, secondsOf(sum)), barCell(sum / top)));
  return scrolling(caption, table(caption, [head, "seconds", ""], rows));
}

function durations() {
  const { whole, half, count } = costliest(everywhere, 0);
  if (!whole) return ["Where the time goes", element("p", {}, "The record tells no durations.")];
  const subjects = new Map();
  specs.forEach(([, number], index) => {
    const subject = requirements[number][SUBJECT];
    subjects.set(subject, (subjects.get(subject) ?? 0) + spent(index, everywhere));
  });
  return [
    "Where the time goes",
    element("p", {}, `${plural(count, "spec")} took ${secondsOf(whole)} seconds from request to verdict, all cells added up, and half of that went to ${plural(half, "spec")}. Cells run side by side: a run is over sooner.`),
    element("h2", {}, "By subject"),
    sums("Seconds by subject", "subject", [...subjects].sort(([, one], [, other]) => other - one)),
    element("h2", {}, "The costliest specs"),
    costTable("The costliest specs", everywhere, 40),
    element("h2", {}, "By column"),
    sums("Seconds by column", "implementation, Python, start method", everywhere.map((place) => [where(columns[place]), specs.reduce((sum, _, index) => sum + duration(index, place), 0)])),
  ];
}
