// 自查: a unit's own workbook.

// The file as it is now: it will be corrected and saved while what was found in it is still on the page.
async function inMemory({ file }) {
  try {
    return { path: file.name, file: new File([await file.arrayBuffer()], file.name) };
  } catch {
    throw new Said(`“${file.name}”读不出来；请先在 Excel 或 WPS 里保存并关闭，再拖一次。`);
  }
}

class CheckRoom {
  constructor(engine) {
    this.engine = engine;
    this.before = null;
    this.mounted = null;
    this.under = h("div", { class: "under-drop" });
    this.drop = dropArea({
      title: "把填好的工作簿拖到这里",
      hint: "或点这里选文件（.xlsx）。改好保存以后，再拖一次。",
      take: (files) => this.take(files),
    });
    const of = SETTINGS.until ? `报送期限：${SETTINGS.until}。` : "";
    this.place = h("div", { class: "room" },
      h("h2", { class: "lead" }, "报送以前，先自己核对一遍"),
      h("p", { class: "soft" }, `核对工作簿的勾稽关系、代码和金额，指出哪一格不对、应为多少、怎样改。${of}文件只在本机打开，不上传。`),
      this.drop, this.under);
  }

  async take(files) {
    const [first] = files;
    const other = otherFormat(first.file.name);
    if (other) { put(this.under, sentence(other)); return; }
    const watch = progress(this.under, "正在核对", false);
    try {
      if (this.mounted) { await this.engine.unmount(this.mounted); }
      this.mounted = await this.engine.mount(await Promise.all(files.map(inMemory)));
      this.batch = new CheckedBatch(this.engine, files.map(({ file }) => `${this.mounted}/${file.name}`), {});
      const result = await this.batch.run(watch);
      const parts = [];
      for (let at = 0; at < result.view.parts.length; at += 1) {
        parts.push((await run(this.engine, "part", { report: await this.batch.known(), at })).result.part);
      }
      this.show(result, parts);
    } catch (error) {
      put(this.under, sentence(told(error)));
    }
  }

  show(result, parts) {
    const { view } = result;
    const alone = parts.length === 1;
    const papers = this.papers(view);
    const sections = parts.map((part) => h("article", { class: "result", "aria-label": part.file },
      h("div", { class: `conclusion ${part.level}` }, h("p", { class: "line" }, verdict(part),
        h("span", {}, alone ? view.conclusion.replace(/^[^，。]*，/, (start) => (start.startsWith(part.verdict) ? "" : start)) : countWords(view, part.counts) || "没有发现问题。")),
      h("p", { class: "soft" }, [part.code, part.name, part.file].filter(Boolean).join("　"))),
      alone ? [this.since(part), papers] : null,
      remarkList(part), findingGroups(part), settledList(part)));
    put(this.under, alone ? null : papers, sections);
    announce(parts.map((part) => `${part.verdict}。${countWords(view, part.counts)}`).join("；"));
    if (alone) { this.before = { code: parts[0].code, findings: findingsOf(parts[0]) }; }
  }

  papers(view) {
    const found = view.parts.some((part) => SEVERITIES.some((level) => part.counts[level]));
    const write = async (kinds, button) => {
      button.disabled = true;
      try {
        const made = await run(this.engine, "papers", { report: await this.batch.known(), kinds });
        made.outputs.forEach((output) => save(output.name, output.content));
        if (made.result.without.length) { announce(made.result.without.map((each) => each.reason).join("；")); this.say(made.result.without); }
      } catch (error) { this.say([{ reason: told(error) }]); }
      button.disabled = false;
    };
    const make = (text, kinds) => { const made = button(text, () => write(kinds, made)); return made; };
    this.said = h("div", {});
    return h("div", { class: "papers" }, h("p", { class: "buttons" },
      found ? make("保存批注副本", ["copies"]) : null, found ? make("保存问题清单", ["xlsx"]) : null,
      make("保存核对报告", ["html"]), button("打印", () => window.print())), this.said);
  }

  say(without) {
    put(this.said, without.map((each) => sentence(each.file ? `没有批注副本：${each.reason}。` : each.reason)));
  }

  // After a correction: which findings are gone, which are left, which are new.
  since(part) {
    if (!this.before || this.before.code !== part.code || !this.before.findings.length) { return null; }
    const now = new Set(findingsOf(part).map(keyOf));
    const then = new Set(this.before.findings.map(keyOf));
    const mended = this.before.findings.filter((finding) => !now.has(keyOf(finding)));
    const left = [...now].filter((key) => then.has(key)).length;
    const fresh = [...now].filter((key) => !then.has(key)).length;
    const words = [`与上一次相比：改好 ${mended.length} 项`, `还有 ${left} 项`, fresh ? `新出现 ${fresh} 项` : ""].filter(Boolean).join("，");
    return h("section", { class: "since" }, h("p", {}, h("strong", {}, `${words}。`)),
      mended.length ? h("details", {}, h("summary", {}, "改好的是哪些"),
        h("ul", { class: "plain-list" }, mended.map((finding) => h("li", {}, [finding.heading, finding.where, finding.address].filter(Boolean).join("　"), `：${finding.message}`)))) : null);
  }
}
