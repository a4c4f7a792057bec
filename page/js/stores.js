// Where a collection lies: a folder that the browser lets the page write to, or an archive that is saved.
const REGISTER = "register.sqlite";
const MARK = ".xlbudget-page";
const BEAT = 3000;

async function heldLocks() {
  try { return (await navigator.locks.query()).held.map((lock) => lock.name); } catch { return []; }
}

// A folder on disk. Each file is written whole or not at all (the browser exchanges it when it is closed).
class FolderStore {
  constructor(handle) {
    this.handle = handle;
    this.name = handle.name;
    this.me = `${Date.now()}-${Math.random()}`;
    this.registered = null;
  }

  static possible() { return typeof window.showDirectoryPicker === "function"; }

  async place(path, create) {
    const parts = path.split("/");
    let folder = this.handle;
    for (const part of parts.slice(0, -1)) { folder = await folder.getDirectoryHandle(part, { create }); }
    return folder.getFileHandle(parts.at(-1), { create });
  }

  async file(path) {
    try { return await (await this.place(path, false)).getFile(); } catch (error) {
      if (error.name === "NotFoundError") { return null; }
      throw error;
    }
  }

  // Another page that has this folder open holds a lock (in this browser) and says so every few seconds (in any).
  async openElsewhere() {
    const mark = await this.file(MARK);
    if (!mark || Date.now() - mark.lastModified > 5 * BEAT) { return false; }
    const held = await heldLocks();
    if (held.includes(await mark.text())) { return true; }
    await new Promise((keep) => { setTimeout(keep, 1.5 * BEAT); });
    const later = await this.file(MARK);
    return Boolean(later && later.lastModified !== mark.lastModified);
  }

  async hold() {
    const mark = () => this.write(MARK, new TextEncoder().encode(this.me)).catch(() => {});
    if (navigator.locks) { navigator.locks.request(this.me, () => new Promise((keep) => { this.unlock = keep; })).catch(() => {}); }
    await mark();
    this.timer = setInterval(mark, BEAT);
  }

  async release() {
    clearInterval(this.timer);
    if (this.unlock) { this.unlock(); }
    const mark = await this.file(MARK).catch(() => null);
    if (mark && (await mark.text()) === this.me) { await this.handle.removeEntry(MARK).catch(() => {}); }
  }

  async state() {
    const file = await this.file(REGISTER);
    return file && `${file.size} ${file.lastModified}`;
  }

  // Everything but the originals, or the originals alone: [path, File].
  async list(originals) {
    const found = [];
    const walk = async (folder, below) => {
      for await (const [name, inner] of folder.entries()) {
        if (name.startsWith(".") || name.endsWith(".crswap")) { continue; }
        const path = below ? `${below}/${name}` : name;
        if (inner.kind === "file") { if ((below !== "") === originals) { found.push([path, await inner.getFile()]); } }
        else if (originals && (name === "originals" || below)) { await walk(inner, path); }
      }
    };
    await walk(this.handle, "");
    this.registered = await this.state();
    return found;
  }

  async write(path, content) {
    const writable = await (await this.place(path, true)).createWritable();
    await writable.write(content);
    await writable.close();
  }

  // In the order given; before the register is exchanged it is looked at whether it is still the one that was read.
  async take(outputs) {
    for (const { name, content } of outputs) {
      if (name === REGISTER && (await this.state()) !== this.registered) {
        throw new Said("这个收件文件夹刚才被另一个网页或程序改动了，这一步没有写入；请重新打开收件文件夹再做。");
      }
      await this.write(name, content);
      if (name === REGISTER) { this.registered = await this.state(); }
    }
    return "";
  }
}

// Where the browser gives no folder: an archive that is opened, kept in memory, and saved again.
class ArchiveStore {
  constructor(name, files) {
    this.name = name;
    this.files = new Map(files);
  }

  async openElsewhere() { return false; }
  async hold() { this.unsaved = false; }
  async release() {}

  async list(originals) {
    return [...this.files].filter(([path]) => path.startsWith("originals/") === originals);
  }

  async take(outputs) {
    for (const { name, content } of outputs) { this.files.set(name, new Blob([content])); }
    this.unsaved = this.unsaved || outputs.length > 0;
    return outputs.length ? "改动还在网页里，请保存收件档案。" : "";
  }
}
