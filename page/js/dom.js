// Elements made of texts only: nothing that a file says ever becomes markup.
function h(tag, properties, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties || {})) {
    if (name.startsWith("on")) { made.addEventListener(name.slice(2), value); }
    else if (value === true) { made.setAttribute(name, ""); }
    else if (value !== false && value !== null && value !== undefined) { made.setAttribute(name, value); }
  }
  made.append(...children.flat(9).filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

function put(place, ...children) {
  place.replaceChildren(...children.flat(9).filter((child) => child !== null && child !== undefined && child !== false));
}

function button(text, act, look) {
  return h("button", { type: "button", class: look || "", onclick: act }, text);
}

function announce(text) {
  document.getElementById("spoken").textContent = text;
}

// Handing a file over: the browser puts it where downloads go.
const TYPES = {
  html: "text/html", json: "application/json", zip: "application/zip", csv: "text/csv", txt: "text/plain",
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
};

function save(name, content) {
  const type = TYPES[name.split(".").pop()] || "application/octet-stream";
  const address = URL.createObjectURL(new Blob([content], { type }));
  const link = h("a", { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 60000);
  announce(`已保存 ${name}`);
}

function sentence(text, look) {
  return h("p", { class: `sentence ${look || "wrong"}`, role: "alert" }, text);
}

// Files out of a drop: folders with all that is in them, each file with its path below what was dropped.
async function dropped(transfer) {
  const entries = [...transfer.items].filter((item) => item.kind === "file");
  const plain = [...transfer.files];
  if (entries.length && entries[0].getAsFileSystemHandle) {
    const asked = entries.map((item) => item.getAsFileSystemHandle().catch(() => null));
    const handles = await Promise.all(asked);
    if (handles.every(Boolean)) {
      const found = [];
      let folder = false;
      for (const handle of handles) {
        folder = folder || handle.kind === "directory";
        await gather(handle, handle.name, found);
      }
      return { files: found, folder };
    }
  }
  return { files: plain.map((file) => ({ path: file.name, file })), folder: false };
}

async function gather(handle, path, found) {
  if (handle.kind === "file") {
    found.push({ path, file: await handle.getFile() });
    return;
  }
  for await (const [name, inner] of handle.entries()) { await gather(inner, `${path}/${name}`, found); }
}

function chosen(input) {
  return [...input.files].map((file) => ({ path: file.webkitRelativePath || file.name, file }));
}

// One drop area: files (and folders, where the browser gives them), by mouse and by keyboard.
let areas = 0;
function dropArea({ title, hint, accept, folders, one, take }) {
  areas += 1;
  const id = `choose-${areas}`;
  const input = h("input", {
    type: "file", id, class: "under", accept, multiple: !one,
    onchange: () => { const files = chosen(input); input.value = ""; if (files.length) { take(files, false); } },
  });
  const area = h("div", { class: "drop" },
    h("label", { for: id }, h("strong", {}, title), h("span", { class: "soft" }, hint)), input);
  if (folders) {
    const folder = h("input", {
      type: "file", id: `${id}-folder`, class: "under", webkitdirectory: true,
      onchange: () => { const files = chosen(folder); folder.value = ""; if (files.length) { take(files, true); } },
    });
    area.append(h("p", { class: "or" }, "也可以", h("label", { class: "as-link", for: `${id}-folder` }, "选一个文件夹"), folder));
  }
  area.addEventListener("dragover", (event) => { event.preventDefault(); area.classList.add("over"); });
  area.addEventListener("dragleave", () => area.classList.remove("over"));
  area.addEventListener("drop", async (event) => {
    event.preventDefault();
    area.classList.remove("over");
    const { files, folder } = await dropped(event.dataTransfer);
    if (files.length) { take(files, folder); }
  });
  return area;
}
