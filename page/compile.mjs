// Compiles Python sources with the very interpreter that will run them: zip in, zip out.
// node compile.mjs FOLDER_OF_PYODIDE IN.zip OUT.zip OPTIMIZE (2: without docstrings and asserts)
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [folder, source, target, optimize] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(`${folder}/pyodide.mjs`).href);
const { info } = JSON.parse(readFileSync(`${folder}/pyodide-lock.json`));
const python = await loadPyodide({ indexURL: folder, lockFileContents: { info, packages: {} } });
python.FS.writeFile("/in.zip", readFileSync(source));
python.runPython(`
import importlib._bootstrap_external as machinery, importlib.util, zipfile

with zipfile.ZipFile("/in.zip") as sources, zipfile.ZipFile("/out.zip", "w") as compiled:
    for name in sorted(sources.namelist()):
        content = sources.read(name)
        if name.endswith(".py"):
            code = compile(content, name, "exec", dont_inherit=True, optimize=${Number(optimize)})
            content = machinery._code_to_hash_pyc(code, importlib.util.source_hash(content), False)
            name += "c"
        compiled.writestr(zipfile.ZipInfo(name), content)
`);
writeFileSync(target, python.FS.readFile("/out.zip"));
