// 收件: the collection, from receiving to closing.
const DECISIONS = [
  ["accept", "接收", (receipt) => !receipt.accepted && !receipt.blocking],
  ["waive", "认可", (receipt) => receipt.explain > 0 && !receipt.blocking && !receipt.accepted],
  ["return", "退回", (receipt) => !receipt.refused],
  ["zero", "确认零报告", (receipt) => receipt.empty && !receipt.blocking],
  ["replace", "以这份为准", (receipt) => !receipt.stands],
];

// Jobs that change the collection; they are logged with whoever does them.
const WRITING = new Set(["collect", "decide", "waive", "close_books", "reopen_books"]);

class CollectionRoom {
  constructor(engine) {
    this.engine = engine;
    this.store = null;
    this.at = "";
    this.number = 0;
    this.user = h("input", { type: "text", id: "user", autocomplete: "off" });
    this.under = h("div", { class: "under-drop" });
    const opening = h("input", { type: "file", id: "open-archive", class: "under", accept: ".zip", onchange: () => {
      const [file] = opening.files;
      opening.value = "";
      if (file) { this.openArchive(file); }
    } });
    const folder = FolderStore.possible()
      ? button("打开收件文件夹", () => this.openFolder(), "main")
      : [h("label", { class: "as-button", for: "open-archive" }, "打开收件档案（.zip）"), opening, button("新建收件档案", () => this.enter(new ArchiveStore("收件", [])), "main")];
    this.place = h("div", { class: "room" },
      h("h2", { class: "lead" }, "收件"),
      h("p", { class: "soft" }, "收下各单位的报送，登记、决定、催报、汇总、关账。收件文件夹与命令行的相同，两边可以交替使用。"),
      h("p", { class: "buttons opening" }, folder, h("label", { class: "inline", for: "user" }, "经办人"), this.user),
      this.under);
    window.addEventListener("pagehide", () => { if (this.store) { this.store.release(); } });
    window.addEventListener("beforeunload", (event) => { if (this.store && this.store.unsaved) { event.preventDefault(); } });
  }

  async openFolder() {
    let handle;
    try { handle = await window.showDirectoryPicker({ mode: "readwrite", id: "xlbudget" }); } catch (error) {
      if (error.name !== "AbortError") { put(this.under, sentence("浏览器没有允许读写这个文件夹；请再选一次，并在询问时选“允许”。")); }
      return;
    }
    try {
      const store = new FolderStore(handle);
      put(this.under, h("p", { class: "soft" }, "正在打开……"));
      if (await store.openElsewhere()) {
        put(this.under, sentence(`收件文件夹“${store.name}”正在另一个网页里打开；请先关掉那个网页，再打开。`),
          h("p", { class: "buttons" }, button("那个网页已经关了，继续打开", () => this.enter(store))));
        return;
      }
      await this.enter(store);
    } catch (error) { put(this.under, sentence(told(error))); }
  }

  async openArchive(file) {
    try {
      const at = await this.engine.mount([{ path: file.name, file }]);
      const made = await run(this.engine, "unpack", { archive: `${at}/${file.name}` });
      await this.enter(new ArchiveStore(file.name.replace(/\.zip$/i, ""), made.outputs.map((output) => [output.name, new Blob([output.content])])));
    } catch (error) { put(this.under, sentence(told(error))); }
  }

  async enter(store) {
    if (this.store) { await this.store.release(); }
    this.store = store;
    try {
      await store.hold();
      await this.load();
      const { result } = await run(this.engine, "collection", { folder: this.at });
      this.show(result);
    } catch (error) { this.fail(error); }
  }

  // Puts what the store holds where Python finds it, in a folder of its own each time.
  async load() {
    this.number += 1;
    this.at = `${this.engine.root}/collection/${this.number}/${this.store.name.replace(/[/\\]/g, "_")}`;
    this.whole = false;
    for (const [path, file] of await this.store.list(false)) { await this.engine.put(`${this.at}/${path}`, new Uint8Array(await file.arrayBuffer())); }
    this.epoch = this.engine.epoch;
  }

  async originals() {
    if (this.whole) { return; }
    for (const [path, file] of await this.store.list(true)) { await this.engine.put(`${this.at}/${path}`, new Uint8Array(await file.arrayBuffer())); }
    this.whole = true;
  }

  // One job on the collection; what it changes is put down before anything is said of it.
  async act(name, given, { originals, watch } = {}) {
    await this.engine.running();
    if (this.epoch !== this.engine.epoch) { await this.load(); }
    if (originals) { await this.originals(); }
    const taking = [];
    const { job } = await this.engine.call({ begin: name, with: { folder: this.at, ...(WRITING.has(name) ? { user: this.user.value.trim() } : {}), ...given } });
    for (;;) {
      if (watch && watch.cancelled) { await this.engine.call({ drop: job }); await this.load(); throw new Cancelled(); }
      const said = await this.engine.call({ step: job });
      if (WRITING.has(name) && said.outputs.length) { taking.push(await this.store.take(said.outputs)); }
      if ("result" in said) { return { ...said, notes: taking.filter(Boolean).slice(-1) }; }
      if (watch) { watch.step(said); }
    }
  }

  fail(error) {
    this.load().catch(() => {});
    const where = this.message || this.under;
    put(where, told(error).split("\n").map((line) => sentence(line)));
  }

  show(result) {
    this.result = result;
    this.message = h("div", { class: "message", "aria-live": "polite" });
    this.roster = extra("选单位名册", "CSV 或 xlsx");
    const closed = result.is_one && result.closed;
    put(this.under,
      h("div", { class: "conclusion" },
        h("p", { class: "line" }, h("strong", {}, `${this.store.name}${closed ? "（已关账）" : ""}`),
          result.is_one ? h("span", {}, `单位 ${result.units.length} 个，收件 ${result.receipts} 件：${result.states.map(({ state, count }) => `${state} ${count}`).join("，") || "还没有收件"}`) : h("span", {}, "还是空的：选好名册，把收到的文件拖进来，就建起来了。")),
        result.is_one ? h("p", { class: "soft" }, result.title) : null),
      closed ? null : [h("div", { class: "extras" }, this.roster.element), dropArea({
        title: "把收到的文件夹、工作簿、压缩包或邮件拖到这里", hint: "收过的再收一次没有影响", accept: HOLDING, folders: true,
        take: (files) => this.collect(files),
      })],
      this.message, result.is_one ? [this.tools(result), this.units(result), this.strangers(result)] : null);
  }

  async collect(files) {
    const watch = progress(this.message, "已收");
    try {
      const at = await this.engine.mount(files);
      const tops = [...new Set(files.map(({ path }) => path.split("/")[0]))];
      const roster = await handIn(this.engine, this.roster);
      const made = await this.act("collect", { inputs: tops.map((top) => `${at}/${top}`), roster }, { watch });
      this.show(made.result);
      this.say([made.result.summary, ...made.notes], made.result.lines);
    } catch (error) {
      if (!(error instanceof Cancelled)) { this.fail(error); return; }
      const { result } = await run(this.engine, "collection", { folder: this.at });
      this.show(result);
      this.say(["已停止；停止以前收下的都已登记。"]);
    }
  }

  say(sentences, lines) {
    put(this.message, sentences.filter(Boolean).map((text) => sentence(text, "good")), lines && lines.length ? h("details", {}, h("summary", {}, "逐件的结果"), h("ul", { class: "plain-list" }, lines.map((line) => h("li", {}, line)))) : null);
    announce(sentences.join(""));
  }

  tools(result) {
    const until = h("input", { type: "date", id: "books-until" });
    const name = h("input", { type: "text", id: "books-department", value: SETTINGS.department });
    const allow = result.allowed.map(({ id, words }) => ({ id, box: h("input", { type: "checkbox" }), words }));
    const choices = h("div", { class: "choices" }, allow.map(({ box, words }) => h("label", {}, box, words)));
    const passed = () => allow.filter(({ box }) => box.checked).map(({ id }) => id);
    const does = (text, act, look) => {
      const made = button(text, async () => {
        made.disabled = true;
        try { await act(); } catch (error) { this.fail(error); }
        made.disabled = false;
      }, look);
      return made;
    };
    const papers = does("收件情况和回复（压缩包）", async () => {
      const made = await this.act("status_papers", { until: until.value });
      made.outputs.forEach((output) => save(output.name, output.content));
    });
    const check = does("核验", async () => {
      const { result: said } = await this.act("verify_books", {}, { originals: true });
      const looked = `收件 ${said.receipts} 件，日志 ${said.entries} 条`;
      if (said.changes.length) { put(this.message, sentence(`核验不通过：${looked}，改动 ${said.changes.length} 处。请从备份恢复，并查明原因。`), h("ul", { class: "plain-list" }, said.changes.map((text) => h("li", {}, text)))); }
      else { this.say([`核验通过：${looked}，没有改动。`], said.remarks); }
    });
    const join = does("汇总成部门预算", async () => {
      const made = await this.act("join_books", { allow: passed(), name: name.value.trim() }, { originals: true });
      made.outputs.forEach((output) => save(output.name, output.content));
      this.say([`已汇总 ${made.result.units} 个单位，保存为 ${made.outputs[0].name}。`], made.result.gaps);
    }, "main");
    const close = result.closed
      ? does("重新开账", () => this.ask("重新开账的原因", async (reason) => this.done(await this.act("reopen_books", { reason }), "已重新开账。")))
      : does("关账", () => this.ask("关账的依据", async (reason) => this.done(await this.act("close_books", { reason, allow: passed(), name: name.value.trim() }, { originals: true }), "已关账。")));
    const archive = this.store instanceof ArchiveStore ? does("保存收件档案", async () => {
      const files = [...(await this.store.list(false)), ...(await this.store.list(true))];
      const at = await this.engine.mount(files.map(([path, file]) => ({ path, file })));
      const made = await run(this.engine, "pack", { folder: at });
      save(`${this.store.name}.zip`, made.outputs[0].content);
      this.store.unsaved = false;
    }, "main") : null;
    return h("section", { class: "sheet" }, h("h3", {}, "办理"),
      h("p", { class: "buttons" }, archive, papers, h("label", { class: "inline", for: "books-until" }, "改正期限"), until, check, close),
      h("p", { class: "buttons" }, h("label", { class: "inline", for: "books-department" }, "部门名称"), name, join), choices);
  }

  done(made, words) {
    this.show(made.result);
    this.say([words, ...made.notes]);
  }

  // A reason is asked for on the page, never in a window of the browser's.
  ask(what, act, more) {
    const reason = h("input", { type: "text", id: "reason", size: 40 });
    const go = h("form", { class: "buttons" }, h("label", { class: "inline", for: "reason" }, what), reason, more, h("button", { type: "submit", class: "main" }, "确定"), button("不做", () => put(this.message)));
    go.addEventListener("submit", async (event) => {
      event.preventDefault();
      try { await act(reason.value); } catch (error) { this.fail(error); }
    });
    put(this.message, go);
    reason.focus();
  }

  units(result) {
    const words = h("input", { type: "search", "aria-label": "查找单位", placeholder: "查找单位" });
    const which = h("select", { "aria-label": "情况" }, h("option", { value: "" }, "全部情况"), result.states.map(({ state, count }) => h("option", { value: state }, `${state} ${count}`)));
    const rows = result.units.map((unit) => ({ unit, lines: this.unit(unit, result.closed) }));
    const apply = () => rows.forEach(({ unit, lines }) => {
      const fits = (!which.value || unit.state === which.value) && `${unit.code} ${unit.name}`.toLowerCase().includes(words.value.trim().toLowerCase());
      lines.forEach((line) => { line.hidden = !fits || (line.dataset.detail !== undefined && !line.dataset.open); });
    });
    words.addEventListener("input", apply);
    which.addEventListener("change", apply);
    return h("section", { class: "sheet" }, h("h3", {}, "各单位", h("span", { class: "filters" }, words, which)),
      h("div", { class: "wide" }, h("table", { class: "data units" },
        h("thead", {}, h("tr", {}, ["单位代码", "单位名称", "情况", "收件号", "收到", "问题", "办理"].map((name) => h("th", { scope: "col" }, name)))),
        h("tbody", {}, rows.map(({ lines }) => lines)))));
  }

  unit(unit, closed) {
    const receipts = [unit.receipt, ...unit.waiting].filter(Boolean);
    const detail = h("tr", { class: "detail", hidden: true, "data-detail": "" }, h("td", { colspan: 7 }));
    const open = h("button", { type: "button", class: "plain", "aria-expanded": "false" }, unit.name);
    open.addEventListener("click", async () => {
      detail.hidden = !detail.hidden;
      if (detail.hidden) { delete detail.dataset.open; } else { detail.dataset.open = "1"; }
      open.setAttribute("aria-expanded", String(!detail.hidden));
      if (detail.hidden) { return; }
      try {
        const { result } = await this.act("history", { unit: unit.code });
        const parts = [];
        for (const receipt of receipts) {
          const { result: found } = await this.act("receipt", { number: receipt.number });
          parts.push(h("h4", {}, `${receipt.number} 号　${receipt.name}`), remarkList(found.part), findingGroups(found.part), settledList(found.part));
        }
        put(detail.firstChild, h("ul", { class: "history" }, result.lines.slice(1).map((line) => h("li", {}, line.trim()))), parts);
      } catch (error) { put(detail.firstChild, sentence(told(error))); }
    });
    const lines = receipts.length ? receipts.map((receipt, at) => this.line(unit, receipt, at === 0 ? open : null, closed)) : [h("tr", {}, h("td", {}, unit.code), h("td", {}, open), h("td", { class: "verdict-cell" }, unit.state), h("td", {}), h("td", {}), h("td", {}), h("td", {}))];
    return [...lines, detail];
  }

  line(unit, receipt, open, closed) {
    const acts = closed ? [] : DECISIONS.filter(([, , may]) => may(receipt)).map(([action, text]) => button(text, () => {
      const until = h("input", { type: "date", id: "waived-until", value: `${new Date().getFullYear()}-12-31` });
      const more = action === "waive" ? [h("label", { class: "inline", for: "waived-until" }, "有效期到"), until] : null;
      this.ask(`${receipt.number} 号收件：${text}的原因`, async (reason) => {
        const given = action === "waive" ? { until: until.value } : { action };
        this.done(await this.act(action === "waive" ? "waive" : "decide", { receipt: receipt.number, reason, ...given }), `${receipt.number} 号收件：已${text}。`);
      }, more);
    }, "small"));
    return h("tr", {}, h("td", {}, open ? unit.code : ""), h("td", {}, open || h("span", { class: "soft" }, "后来又报")),
      h("td", { class: "verdict-cell" }, open ? unit.state : receipt.status), h("td", { class: "number" }, String(receipt.number)),
      h("td", { class: "soft" }, receipt.at.slice(0, 16).replace("T", " ")), h("td", {}, receipt.problems), h("td", { class: "acts" }, acts));
  }

  strangers(result) {
    if (!result.strangers.length) { return null; }
    return h("section", { class: "sheet" }, h("h3", {}, "认不出单位的文件"), dataTable(["收件号", "情况", "来源", "原因"], result.strangers.map((receipt) => [String(receipt.number), receipt.status, receipt.source, receipt.problems])));
  }
}
