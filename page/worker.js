// The worker: Python, and a desk to call. Everything it needs is handed in by the page; it fetches nothing.
"use strict";

const FOLDER = "file:///runtime/";
const held = new Map();
let python = null;
let call = null;

// what looks for a classic worker must not find one: module workers cannot be started from disk
self.importScripts = () => { throw new Error("not here"); };

self.fetch = async (address) => {
  const name = String(address).split("/").pop();
  if (!held.has(name)) { throw new TypeError(`nothing is fetched: ${name}`); }
  const type = name.endsWith(".wasm") ? "application/wasm" : "application/octet-stream";
  const content = held.get(name);
  held.delete(name);
  return new Response(content, { headers: { "Content-Type": type } });
};

async function inflated(part) {
  const text = atob(await part.text());
  const packed = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at += 1) { packed[at] = text.charCodeAt(at); }
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

async function start({ runtime, library, program, zone }) {
  held.set("pyodide.asm.wasm", await inflated(runtime));
  held.set("python_stdlib.zip", await inflated(library));
  const packed = inflated(program);
  python = await self.loadPyodide({
    indexURL: FOLDER,
    lockFileContents: { info: RUNTIME_INFO, packages: {} },
    createPyodideModule: self.createRuntime,
    env: { TZ: zone, HOME: "/home" },
    stdout: () => {},
    stderr: () => {},
  });
  python.unpackArchive(await packed, "zip", { extractDir: "/program" });
  call = python.runPython(`
import sys
sys.path.insert(0, "/program")
from xlbudget.desk import Desk
Desk("/desk").answer
`);
}

// Python's error in a worker that has run out of memory is no answer any more: the page begins a new one
function answer(text) {
  const said = call(text);
  const value = JSON.parse(said);
  const outputs = (value.outputs || []).map(({ name, path }) => ({ name, content: python.FS.readFile(path) }));
  return { value, outputs };
}

function mount(at, files) {
  python.FS.mkdirTree(at);
  python.FS.mount(python.FS.filesystems.WORKERFS, { blobs: files.map(({ path, file }) => ({ name: path, data: file })) }, at);
}

function unmount(at) {
  python.FS.unmount(at);
}

function put(path, content) {
  python.FS.mkdirTree(path.slice(0, path.lastIndexOf("/")));
  python.FS.writeFile(path, content);
}

const ORDERS = {
  start: (order) => start(order).then(() => ({ value: {} })),
  call: (order) => answer(order.text),
  mount: (order) => { mount(order.at, order.files); return { value: {} }; },
  unmount: (order) => { unmount(order.at); return { value: {} }; },
  put: (order) => { put(order.path, order.content); return { value: {} }; },
};

self.onmessage = async ({ data }) => {
  try {
    const { value, outputs = [] } = await ORDERS[data.order](data);
    self.postMessage({ id: data.id, value, outputs }, outputs.map((each) => each.content.buffer));
  } catch (error) {
    self.postMessage({ id: data.id, broken: String(error && error.message || error) });
  }
};
