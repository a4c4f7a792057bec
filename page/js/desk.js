// 办公桌: an officer's rooms.
const HOLDING = ".xlsx,.xlsm,.zip,.eml,.mbox";

// A file or folder that may be given besides: shows what was chosen, and lets it be taken back.
function extra(label, hint, folder) {
  areas += 1;
  const id = `extra-${areas}`;
  const made = { files: [], place: null };
  const name = h("span", { class: "chosen" }, "没有选");
  const input = h("input", { type: "file", id, class: "under", webkitdirectory: !!folder, accept: folder ? null : ".csv,.xlsx" });
  const away = button("取消", () => set([]), "plain");
  function set(files) {
    made.files = files;
    name.textContent = files.length === 0 ? "没有选" : folder ? `${files[0].path.split("/")[0]}（${files.length} 个文件）` : files[0].file.name;
    away.hidden = files.length === 0;
  }
  input.addEventListener("change", () => { const files = chosen(input); input.value = ""; if (files.length) { set(files); } });
  set([]);
  made.element = h("div", { class: "extra" }, h("label", { class: "as-button", for: id, title: hint }, label), input, name, away);
  made.area = made.element;
  made.element.addEventListener("dragover", (event) => { event.preventDefault(); event.stopPropagation(); });
  made.element.addEventListener("drop", async (event) => {
    event.preventDefault();
    event.stopPropagation();
    const got = await dropped(event.dataTransfer);
    if (got.files.length) { set(got.files); }
  });
  return made;
}

async function handIn(engine, given, whole) {
  if (!given.files.length) { return ""; }
  const at = await engine.mount(given.files);
  return whole ? `${at}/${given.files[0].path.split("/")[0]}` : `${at}/${given.files[0].path}`;
}

// A column of amounts has its heading above them, at the right; short texts stay on one line.
function dataTable(columns, values) {
  const rows = values.map((row) => row.map((value) => String(value ?? "")));
  const amount = (text) => AMOUNT.test(text) && /[.,]/.test(text);
  const numeric = columns.map((_, at) => rows.some((row) => amount(row[at])) && rows.every((row) => !row[at] || AMOUNT.test(row[at])));
  const look = (text, at) => (numeric[at] || amount(text) ? "number" : text.length < 8 ? "short" : "");
  return h("div", { class: "wide" }, h("table", { class: "data" },
    h("thead", {}, h("tr", {}, columns.map((name, at) => h("th", { scope: "col", class: numeric[at] ? "number" : "" }, name)))),
    h("tbody", {}, rows.map((row) => h("tr", {}, row.map((text, at) => h("td", { class: look(text, at) }, text)))))));
}

class BatchRoom {
  constructor(engine) {
    this.engine = engine;
    this.under = h("div", { class: "under-drop" });
    this.roster = extra("选单位名册", "CSV 或 xlsx；选了就能列出没有报送的单位");
    this.prior = extra("选上年文件夹", "上年的工作簿；选了就与上年比较", true);
    this.place = h("div", { class: "room" },
      h("h2", { class: "lead" }, "审核一批报送"),
      h("p", { class: "soft" }, "逐份核对，列出问题，写出报告、批注副本和给各单位的回复；都通过的可以汇总。文件只在本机打开，不上传。"),
      h("div", { class: "extras" }, this.roster.element, this.prior.element),
      dropArea({
        title: "把收到的文件夹、工作簿或压缩包拖到这里", hint: "或点这里选文件（.xlsx、.zip、邮件 .eml），可以多选",
        accept: HOLDING, folders: true, take: (files, folder) => this.take(files, folder),
      }), this.under);
  }

  async take(files, folder) {
    const others = files.length === 1 ? otherFormat(files[0].file.name) : "";
    if (others) { put(this.under, sentence(others)); return; }
    const watch = progress(this.under, "已核对");
    try {
      const at = await this.engine.mount(files);
      const tops = [...new Set(files.map(({ path }) => path.split("/")[0]))];
      const given = {
        opened: at.replace(/文件$/, "压缩包"),
        roster: await handIn(this.engine, this.roster), prior: await handIn(this.engine, this.prior, true),
      };
      const began = performance.now();
      this.batch = new CheckedBatch(this.engine, tops.map((top) => `${at}/${top}`), given);
      const result = await this.batch.run(watch);
      this.seconds = (performance.now() - began) / 1000;
      this.show(result.view);
    } catch (error) { put(this.under, sentence(told(error))); }
  }

  show(view) {
    this.said = h("div", { "aria-live": "polite" });
    put(this.under,
      h("div", { class: "conclusion" }, h("p", { class: "line" }, h("strong", {}, view.conclusion)),
        view.next.length ? h("p", {}, `下一步：${view.next.join("；")}。`) : null,
        h("p", { class: "soft" }, `${view.title}　用时 ${leftText(this.seconds)}`)),
      this.papers(), this.said, this.list(view),
      view.between.length ? h("section", { class: "sheet" }, h("h3", {}, "各单位之间的问题"), h("ul", { class: "findings" }, view.between.map((finding) => findingItem(finding, true)))) : null,
      view.missing.length ? h("section", { class: "sheet" }, h("h3", {}, "未报送单位", h("span", { class: "soft" }, `${view.missing.length} 个`)),
        h("ul", { class: "names" }, view.missing.map((unit) => h("li", {}, `${unit.code} ${unit.name}`)))) : null,
      view.skipped.length ? h("section", { class: "sheet" }, h("h3", {}, "未读取的文件", h("span", { class: "soft" }, `${view.skipped.length} 个`)),
        h("ul", { class: "plain-list soft" }, view.skipped.map((text) => h("li", {}, text)))) : null,
      this.joining(view.allowed));
    announce(view.conclusion);
  }

  papers() {
    const until = h("input", { type: "date", id: "until" });
    const make = (text, kinds, together, look) => {
      const made = button(text, () => this.write(made, kinds, together, until.value), look);
      return made;
    };
    return h("div", { class: "papers" }, h("p", { class: "buttons" },
      make("全部结果（压缩包）", ["html", "xlsx", "json", "copies", "replies"], true, "main"),
      make("审核报告", ["html"]), make("问题清单", ["xlsx"]), make("数据（JSON）", ["json"]), SETTINGS.served ? [make("检查表（Word）", ["docx"]), this.publishing()] : null,
      make("批注副本和回复", ["copies", "replies"], true),
      h("label", { class: "inline", for: "until" }, "回复中的改正期限"), until));
  }

  // Public documents need the program on the machine.
  publishing() {
    const made = button("公开文件（Word、PDF）", async () => {
      made.disabled = true;
      const watch = progress(this.said, "已写");
      try {
        const { result, outputs } = await run(this.engine, "publish", { report: await this.batch.known() }, watch);
        outputs.forEach((output) => save(output.name, output.content));
        put(this.said, outputs.length ? sentence(`已保存 ${outputs[0].name}。`, "good") : null,
          result.refused.map((each) => sentence(`没有公开 ${each.file}：${each.reason}`)));
      } catch (error) { put(this.said, sentence(told(error))); }
      made.disabled = false;
    });
    return made;
  }

  async write(pressed, kinds, together, until) {
    pressed.disabled = true;
    try {
      const made = await run(this.engine, "papers", { report: await this.batch.known(), kinds, together, until });
      made.outputs.forEach((output) => save(output.name, output.content));
      put(this.said, sentence(`已保存 ${made.outputs.map((output) => output.name).join("、")}。`, "good"),
        made.result.without.map((each) => sentence(`没有批注副本：${each.file}（${each.reason}）。`)));
    } catch (error) { put(this.said, sentence(told(error))); }
    pressed.disabled = false;
  }

  list(view) {
    const verdicts = [...new Set(view.parts.map((part) => part.verdict))];
    const words = h("input", { type: "search", "aria-label": "查找单位或文件", placeholder: "查找单位或文件" });
    const which = h("select", { "aria-label": "结论" }, h("option", { value: "" }, "全部结论"), verdicts.map((text) => h("option", { value: text }, `${text} ${view.parts.filter((part) => part.verdict === text).length}`)));
    const rows = view.parts.map((part, at) => ({ part, row: this.row(view, part, at) }));
    const apply = () => {
      const wanted = words.value.trim().toLowerCase();
      for (const { part, row } of rows) {
        const fits = (!which.value || part.verdict === which.value) && (!wanted || `${part.code} ${part.name} ${part.file}`.toLowerCase().includes(wanted));
        row.forEach((line) => { line.hidden = !fits || (line.dataset.detail !== undefined && !line.dataset.open); });
      }
    };
    words.addEventListener("input", apply);
    which.addEventListener("change", apply);
    return h("section", { class: "sheet" }, h("h3", {}, "各单位", h("span", { class: "filters" }, words, which)),
      h("div", { class: "wide" }, h("table", { class: "data units" },
        h("thead", {}, h("tr", {}, ["单位代码", "单位名称", "结论", ...SEVERITIES.map((level) => view.labels[level]), "文件"].map((name, at) => h("th", { scope: "col", class: at > 2 && at < 6 ? "number" : "" }, name)))),
        h("tbody", {}, rows.map(({ row }) => row)))));
  }

  row(view, part, at) {
    const detail = h("tr", { class: "detail", hidden: true, "data-detail": "" }, h("td", { colspan: 7 }));
    const open = h("button", { type: "button", class: "plain", "aria-expanded": "false" }, part.name || part.file);
    open.addEventListener("click", async () => {
      detail.hidden = !detail.hidden;
      if (detail.hidden) { delete detail.dataset.open; } else { detail.dataset.open = "1"; }
      open.setAttribute("aria-expanded", String(!detail.hidden));
      if (detail.hidden || detail.firstChild.childElementCount) { return; }
      try {
        const { result } = await run(this.engine, "part", { report: await this.batch.known(), at });
        const found = result.part;
        const nothing = !found.groups.length && !found.settled.length && !found.remarks.length;
        put(detail.firstChild, nothing ? h("p", { class: "soft" }, "没有发现问题。") : null, remarkList(found), findingGroups(found), settledList(found));
      } catch (error) { put(detail.firstChild, sentence(told(error))); }
    });
    const line = h("tr", {}, h("td", {}, part.code), h("td", {}, open), h("td", { class: `verdict-cell ${part.level}` }, part.verdict),
      SEVERITIES.map((level) => h("td", { class: `number ${part.counts[level] ? level : "nought"}` }, String(part.counts[level]))), h("td", { class: "soft" }, part.file));
    return [line, detail];
  }

  joining(allowed) {
    const name = h("input", { type: "text", id: "department", value: SETTINGS.department });
    const below = h("div", { "aria-live": "polite" });
    const allow = allowed.filter(({ id }) => id !== "refused").map(({ id, words }) => ({ value: id, box: h("input", { type: "checkbox" }), text: words }));
    const balance = h("input", { type: "checkbox" });
    const choices = h("div", { class: "choices", hidden: true }, allow.map(({ box, text }) => h("label", {}, box, text)));
    const go = button("汇总成部门预算", async () => {
      go.disabled = true;
      const watch = progress(below, "正在汇总", false);
      try {
        const made = await run(this.engine, "join", {
          report: await this.batch.known(), name: name.value.trim(), allow: allow.filter(({ box }) => box.checked).map(({ value }) => value), balance_rounding: balance.checked,
        }, watch);
        made.outputs.forEach((output) => save(output.name, output.content));
        put(below, sentence(`已汇总 ${made.result.units} 个单位，保存为 ${made.outputs[0].name}。`, "good"), made.result.gaps.length ? h("ul", { class: "plain-list" }, made.result.gaps.map((text) => h("li", {}, text))) : null);
      } catch (error) {
        choices.hidden = false;
        const reasons = told(error).split("\n");
        put(below, sentence(reasons.length > 1 ? `不能汇总，原因 ${reasons.length} 条：` : reasons[0]), reasons.length > 1 ? h("ul", { class: "plain-list" }, reasons.map((text) => h("li", {}, text))) : null);
      }
      go.disabled = false;
    }, "main");
    return h("section", { class: "sheet" }, h("h3", {}, "汇总"),
      h("p", { class: "buttons" }, h("label", { class: "inline", for: "department" }, "部门名称"), name,
        h("label", { class: "inline" }, balance, "列出舍位平衡"), go), choices, below);
  }
}

class IssueRoom {
  constructor(engine) {
    this.engine = engine;
    this.under = h("div", { class: "under-drop" });
    this.roster = extra("选单位名册", "CSV 或 xlsx");
    this.prior = extra("选上年文件夹", "上年的工作簿；选了就把上年数带入", true);
    this.until = h("input", { type: "date", id: "issue-until" });
    this.template = h("select", { id: "issue-template", "aria-label": "模板", hidden: true });
    const go = button("生成工作簿", () => this.go(go), "main");
    this.place = h("div", { class: "room" },
      h("h2", { class: "lead" }, "下发工作簿"),
      h("p", { class: "soft" }, "按名册给每个单位生成一个工作簿，连同下发清单和通知装进一个压缩包；不选名册，生成一个空白工作簿。"),
      h("div", { class: "extras" }, this.roster.element, this.prior.element),
      h("p", { class: "buttons" }, this.template, h("label", { class: "inline", for: "issue-until" }, "通知中的报送期限"), this.until, go), this.under);
  }

  async shown() {
    if (this.template.options.length) { return; }
    try {
      const { result } = await run(this.engine, "templates", {});
      put(this.template, result.templates.reverse().map((each) => h("option", { value: each.id }, each.title)));
      this.template.hidden = result.templates.length < 2;
    } catch (error) { put(this.under, sentence(told(error))); }
  }

  async go(pressed) {
    pressed.disabled = true;
    const watch = progress(this.under, "已生成");
    try {
      const given = {
        roster: await handIn(this.engine, this.roster), prior: await handIn(this.engine, this.prior, true),
        until: this.until.value, template: this.template.value,
      };
      const made = await run(this.engine, "issue", given, watch);
      made.outputs.forEach((output) => save(output.name, output.content));
      const units = made.result.units;
      put(this.under, sentence(units ? `已生成 ${units} 个单位的工作簿，保存为 ${made.outputs[0].name}。` : `已保存 ${made.outputs[0].name}。`, "good"),
        made.result.untaken.length ? [h("p", {}, "上年数没有带入或没有带全的单位："), h("ul", { class: "plain-list" }, made.result.untaken.map((text) => h("li", {}, text)))] : null);
    } catch (error) { put(this.under, sentence(told(error))); }
    pressed.disabled = false;
  }
}

class CompareRoom {
  constructor(engine) {
    this.engine = engine;
    this.under = h("div", { class: "under-drop" });
    this.files = { old: null, new: null };
    this.drops = ["old", "new"].map((which) => {
      const shown = h("p", { class: "chosen" });
      const area = dropArea({
        title: which === "old" ? "先报的工作簿" : "后报的工作簿", hint: "拖到这里，或点这里选", accept: ".xlsx,.xlsm", one: true,
        take: ([first]) => { this.files[which] = first; shown.textContent = first.file.name; this.go(); },
      });
      area.append(shown);
      return area;
    });
    this.place = h("div", { class: "room" }, h("h2", { class: "lead" }, "对比两次报送"),
      h("p", { class: "soft" }, "同一单位的两份工作簿：录入改了什么，公开表因此变了什么，问题消除、新增了哪些。"),
      h("div", { class: "two" }, this.drops), this.under);
  }

  async go() {
    const { old, new: later } = this.files;
    if (!old || !later) { return; }
    progress(this.under, "正在对比", false);
    try {
      const one = await this.engine.mount([{ path: `先报/${old.file.name}`, file: old.file }, { path: `后报/${later.file.name}`, file: later.file }]);
      const made = await run(this.engine, "compare", { old: `${one}/先报/${old.file.name}`, new: `${one}/后报/${later.file.name}` });
      put(this.under, h("div", { class: "conclusion" }, made.result.lines.map((line) => h("p", {}, line))),
        h("p", { class: "buttons" }, button("保存全部变动", () => made.outputs.forEach((output) => save(output.name, output.content.slice())))),
        made.result.tables.filter((table) => table.of).map((table) => h("section", { class: "sheet" },
          h("h3", {}, table.title, h("span", { class: "soft" }, `${table.of} 处${table.of > table.rows.length ? `，列出前 ${table.rows.length} 处` : ""}`)), dataTable(table.columns, table.rows))));
    } catch (error) { put(this.under, sentence(told(error))); }
  }
}
