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

// Checks files; what was found is kept here, so that a new worker goes on where the last one ended.
async function checkBatch(engine, inputs, given, watch) {
  const kept = new Map();
  const lost = {};
  let at = "";
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
      const names = {};
      let number = 0;
      for (const [file, content] of kept) {
        number += 1;
        names[file] = `${engine.root}/kept/${number}`;
        await engine.put(names[file], content);
      }
      return await run(engine, "check", { inputs, kept: names, given_up: lost, ...given }, keeping);
    } catch (error) {
      if (!(error instanceof Lost)) { throw error; }
      if (!at || lost[at]) { throw new Said("浏览器没有能够启动核对程序；请关掉其他网页，重新打开本网页再试。"); }
      lost[at] = error.how;
    }
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
      : "核对程序意外停止（可能内存不足）；请关掉其他网页后再试。";
  }
  return `网页出错（${error.name}：${error.message}）；请把这句话告诉下发网页的部门。`;
}
