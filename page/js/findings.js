// What was found in one file, and the list of many.
const SEVERITIES = ["blocking", "explain", "note"];

function countWords(view, counts) {
  return SEVERITIES.filter((level) => counts[level]).map((level) => `${view.labels[level]} ${counts[level]} 项`).join("，");
}

function verdict(part) {
  return h("strong", { class: `verdict ${part.level}` }, part.verdict);
}

function extractTable(extract) {
  const head = h("tr", {}, h("td", {}), extract.columns.map(([letters, name]) => h("th", { scope: "col" }, name, h("small", {}, letters))));
  const rows = extract.rows.map(([number, texts], row) => h("tr", {}, h("th", { scope: "row" }, String(number)),
    texts.map((text, column) => {
      const here = row === extract.row && column === extract.column;
      const cell = h("td", { class: `${AMOUNT.test(text) ? "number" : "text"}${here ? " here" : ""}` }, text);
      if (here) { cell.setAttribute("aria-label", `${text || "空"}（有问题的单元格）`); }
      return cell;
    })));
  return h("div", { class: "around" }, h("table", {}, h("thead", {}, head), h("tbody", {}, rows)));
}

function value(label, text, money) {
  if (text === "—") { return null; }
  const amount = AMOUNT.test(text);
  return h("div", { class: "value" }, h("dt", {}, label), h("dd", { class: amount ? "number" : "" }, text, amount && money ? h("small", {}, ` ${money}`) : null));
}

// Names of checks in the program say nothing to people; the numbers of rules do.
function ruleText(finding) {
  return /^[a-z_]+$/.test(finding.rule) ? finding.title : `${finding.title}（${finding.rule}）`;
}

function findingItem(finding, between) {
  const place = [finding.where, finding.address].filter(Boolean).join("　");
  return h("li", { class: `finding ${finding.level}` },
    h("p", { class: "head" }, h("span", { class: `level ${finding.level}` }, finding.label),
      h("span", { class: "where" }, place || finding.title || finding.rule), between && finding.unit ? h("span", { class: "soft" }, finding.unit) : null),
    h("p", { class: "todo" }, finding.message),
    h("dl", { class: "values" }, value("现在是", finding.stored, finding.money), value("应为", finding.expected, finding.money), value("差额", finding.difference, finding.money)),
    finding.extract ? extractTable(finding.extract) : null,
    finding.title && place ? h("p", { class: "rule soft" }, ruleText(finding)) : null);
}

function findingGroups(part) {
  return part.groups.map((group) => h("section", { class: "sheet" },
    h("h3", {}, group.heading || "整份文件", h("span", { class: "soft" }, `${group.findings.length} 项`)),
    h("ul", { class: "findings" }, group.findings.map((finding) => findingItem(finding, false)))));
}

function settledList(part) {
  if (!part.settled.length) { return null; }
  return h("section", { class: "sheet" }, h("h3", {}, "已经说明或认可的"),
    h("ul", { class: "plain-list" }, part.settled.map((each) => h("li", {}, h("strong", {}, each.what), `　${each.subject}`, h("br", {}), each.words))));
}

function remarkList(part) {
  return part.remarks.length ? h("ul", { class: "plain-list soft" }, part.remarks.map((text) => h("li", {}, text))) : null;
}

// Where a finding is, in words that stay the same while its amounts are corrected.
function keyOf(finding) {
  return [finding.rule, finding.sheet, finding.address, finding.where].join("|");
}

function findingsOf(part) {
  return part.groups.flatMap((group) => group.findings.map((finding) => ({ ...finding, heading: group.heading })));
}
