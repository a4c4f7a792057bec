// The worker and what was handed to it; one that hangs or breaks is ended, and a new one is given the same.
class Lost extends Error {
  constructor(how) { super(how); this.how = how; }
}

class Said extends Error {}

class Engine {
  constructor() {
    this.mounts = new Map();
    this.waiting = new Map();
    this.count = 0;
    this.places = 0;
    this.root = "";
    this.worker = null;
    this.ready = null;
    this.patience = Number(document.documentElement.dataset.patience) * 1000;
  }

  begin() {
    this.ready = this.bring();
    this.ready.catch(() => {});
    return this.ready;
  }

  async bring() {
    this.address = this.address || this.source();
    this.worker = new Worker(await this.address);
    this.worker.onmessage = ({ data }) => this.answered(data);
    this.worker.onerror = (event) => { event.preventDefault(); this.lose("broken"); };
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "Asia/Shanghai";
    const parts = { runtime: this.part("runtime"), library: this.part("library"), program: this.part("program") };
    await this.ask({ order: "start", ...parts, zone }, 120000);
    this.epoch = (this.epoch || 0) + 1;
    for (const [at, files] of this.mounts) { await this.ask({ order: "mount", at, files }, 60000); }
  }

  // A part of the page as it stands there (gzip, base64); turning it into bytes is left to the worker.
  part(name) {
    this.parts = this.parts || {};
    if (!this.parts[name]) {
      const element = document.getElementById(`data-${name}`);
      this.parts[name] = new Blob([element.textContent]);
      element.remove();
    }
    return this.parts[name];
  }

  async text(name) {
    const bytes = Uint8Array.from(atob(await this.part(name).text()), (letter) => letter.charCodeAt(0));
    return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
  }

  source() {
    return this.text("worker").then((text) => URL.createObjectURL(new Blob([text], { type: "text/javascript" })));
  }

  answered(data) {
    const asked = this.waiting.get(data.id);
    if (!asked) { return; }
    this.waiting.delete(data.id);
    clearTimeout(asked.timer);
    if (data.broken !== undefined) {
      this.reason = data.broken;
      this.lose("broken");
      asked.fail(new Lost("broken"));
    } else { asked.keep(data); }
  }

  lose(how) {
    if (this.worker) { this.worker.terminate(); }
    this.worker = null;
    this.ready = null;
    const left = [...this.waiting.values()];
    this.waiting.clear();
    left.forEach((asked) => { clearTimeout(asked.timer); asked.fail(new Lost(how)); });
  }

  ask(order, patience) {
    return new Promise((keep, fail) => {
      this.count += 1;
      const id = this.count;
      const timer = setTimeout(() => { this.lose("late"); }, patience || this.patience);
      this.waiting.set(id, { keep, fail, timer });
      this.worker.postMessage({ ...order, id });
    });
  }

  // One answer of the desk; whatever it says is wrong is thrown as a sentence.
  async call(order) {
    await this.running();
    const { value, outputs } = await this.ask({ order: "call", text: JSON.stringify(order) });
    if (value.error !== undefined) {
      if (value.fault === "MemoryError") { this.lose("broken"); throw new Lost("broken"); }
      throw new Said(value.error);
    }
    return { ...value, outputs };
  }

  async running() {
    await (this.ready || this.begin());
  }

  // Files are handed over without being copied; returns the folder in which they lie for Python.
  async mount(files) {
    this.places += 1;
    const at = `/in/${this.places}/文件`;
    await this.running();
    this.mounts.set(at, files);
    await this.ask({ order: "mount", at, files });
    return at;
  }

  async unmount(at) {
    this.mounts.delete(at);
    if (this.ready) { await this.ready; await this.ask({ order: "unmount", at }); }
  }

  async put(path, content) {
    await this.running();
    await this.ask({ order: "put", path, content });
  }
}
