// The whole job (whole_job.py --plain) by the page's own Python, in node instead of a browser.
// node whole_job.mjs FOLDER_OF_PYODIDE MOUNTS ARGUMENTS: both JSON; mounts are {place inside: folder outside}
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [folder, mounts, given] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(`${folder}/pyodide.mjs`).href);
const { info } = JSON.parse(readFileSync(`${folder}/pyodide-lock.json`));
const python = await loadPyodide({
  indexURL: folder,
  lockFileContents: { info, packages: {} },
  env: { TZ: process.env.TZ || "UTC", HOME: "/home", PYTHONUTF8: "1" },
});
for (const [inside, root] of Object.entries(JSON.parse(mounts))) {
  python.FS.mkdirTree(inside);
  python.FS.mount(python.FS.filesystems.NODEFS, { root }, inside);
}
python.globals.set("given", given);
python.runPython(`
import json, sys

given = json.loads(given)
sys.path[:0] = given["first"]
sys.path += given["last"]
import whole_job

whole_job.main(given["words"])
print()  # what stands on a line without an end is not written out
`);
