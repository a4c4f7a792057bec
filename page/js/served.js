// The same desk with the program behind it: orders go to the server that the page came from, on this machine.
class ServedEngine {
  constructor({ root, token }) {
    this.root = root;
    this.base = `/${token}/`;
    this.places = 0;
    this.epoch = 1;
  }

  begin() { return Promise.resolve(); }
  running() { return Promise.resolve(); }

  async fetched(address, given) {
    let answer;
    try { answer = await fetch(this.base + address, { referrerPolicy: "no-referrer", ...given }); } catch { throw new Said("本机的程序已经关掉；请重新运行 xlbudget desk。"); }
    if (!answer.ok) { throw new Said("本机的程序没有接受这一步；请重新运行 xlbudget desk。"); }
    return answer;
  }

  async call(order) {
    const value = await (await this.fetched("answer", { method: "POST", body: JSON.stringify(order) })).json();
    if (value.error !== undefined) { throw new Said(value.error); }
    const outputs = [];
    for (const { name, path } of value.outputs || []) {
      if (name === "kept") { continue; }
      const content = await (await this.fetched(`file?path=${encodeURIComponent(path)}`)).arrayBuffer();
      outputs.push({ name, content: new Uint8Array(content) });
    }
    return { ...value, outputs };
  }

  async put(path, content) {
    await this.fetched(`file?path=${encodeURIComponent(path)}`, { method: "PUT", body: content });
  }

  async mount(files) {
    this.places += 1;
    const at = `${this.root}/in/${this.places}/文件`;
    for (const { path, file } of files) { await this.put(`${at}/${path}`, file); }
    return at;
  }

  async unmount() {}
}
