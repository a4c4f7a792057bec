// Jobs taken on step by step: progress, time left, cancelling; and batches that outlive their worker.
class Cancelled extends Error {}

async function run(engine, name, given, watch) {
  const { job } = await engine.call({ begin: name, with: given });
  for (;;) {
    if (watch && watch.cancelled) {
      await engine.call({ drop: job });
      throw new Cancelled();
    }
    const said = await engine.call({ step: job });
    if ("result" in said) { return { job, ...said }; }
    if (watch) { watch.step(said); }
  }
}

// A batch that was checked; what was found is kept here, so that a new worker goes on where the last one ended.
class CheckedBatch {
  constructor(engine, inputs, given) {
    Object.assign(this, { engine, inputs, given, kept: new Map(), lost: {} });
  }

  async run(watch) {
    let at = "";
    const kept = this.kept;
    const keeping = {
      get cancelled() { return watch.cancelled; },
      step(said) {
        at = said.said.file || "";
        for (const output of said.outputs) { kept.set(said.said.checked, output.content); }
        watch.step(said);
      },
    };
    for (;;) {
      try {
        const names = await this.handBack();
        const { job, result } = await run(this.engine, "check", { inputs: this.inputs, kept: names, given_up: this.lost, ...this.given }, keeping);
        this.job = job;
        this.epoch = this.engine.epoch;
        return result;
      } catch (error) {
        if (!(error instanceof Lost)) { throw error; }
        if (!at || this.lost[at]) { throw new Said("浏览器没有能够启动核对程序；请关掉其他网页，重新打开本网页再试。"); }
        this.lost[at] = error.how;
      }
    }
  }

  async handBack() {
    const names = {};
    let number = 0;
    for (const [file, content] of this.kept) {
      number += 1;
      names[file] = `${this.engine.root}/kept/${number}`;
      await this.engine.put(names[file], content);
    }
    return names;
  }

  // The job under which the worker of now knows the report; one that came later is given what was found.
  async known() {
    await this.engine.running();
    if (this.epoch !== this.engine.epoch) { await this.run({ cancelled: false, step: () => {} }); }
    return this.job;
  }
}

// Shows how far a job is, how much time is left, and a button that stops it.
function progress(place, label, many) {
  const bar = h("progress", { max: 1, value: 0, "aria-label": label });
  const words = h("p", { class: "soft" }, `${label}……`);
  const watch = { cancelled: false, began: performance.now(), step: () => {} };
  const stop = button("停止", () => { watch.cancelled = true; stop.disabled = true; words.textContent = "正在停止……"; });
  put(place, h("div", { class: "progress" }, bar, words, many === false ? null : stop));
  watch.step = (said) => {
    if (watch.cancelled) { return; }
    bar.max = said.of || 1;
    bar.value = said.done;
    const passed = (performance.now() - watch.began) / 1000;
    const left = said.done > 2 ? (passed / said.done) * (said.of - said.done) : null;
    words.textContent = `${label} ${said.done} / ${said.of}` + (left !== null && said.of > 5 && said.done < said.of ? `，还要${leftText(left)}` : "");
  };
  return watch;
}

// What to say about whatever went wrong, in one sentence.
function told(error) {
  if (error instanceof Cancelled) { return "已停止，没有写出任何结果。"; }
  if (error instanceof Said) { return error.message; }
  if (error instanceof Lost) {
    return error.how === "late"
      ? "太久没有结果，已停止；请删除文件中与预算无关的内容后再试。"
      : "核对程序意外停止（内存不足，或文件在这时被改动、移走）；请再试一次，还不行就重新拖入文件。";
  }
  return `网页出错（${error.name}：${error.message}）；请把这句话告诉下发网页的部门。`;
}
