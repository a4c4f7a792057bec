// The first view.
function start() {
  if (!document.documentElement.hasAttribute("data-enough")) { return; }
  const main = document.getElementById("main");
  const engine = new Engine();
  document.getElementById("of").textContent = SETTINGS.department;
  const rooms = [["自查", new CheckRoom(engine)]];
  put(main, rooms.map(([, room]) => room.place));
  // a file dropped beside the area must not make the browser leave the page
  for (const kind of ["dragover", "drop"]) { window.addEventListener(kind, (event) => event.preventDefault()); }
  const licences = document.getElementById("licences");
  const shown = document.getElementById("show-licences");
  shown.addEventListener("click", async () => {
    licences.hidden = !licences.hidden;
    shown.setAttribute("aria-expanded", String(!licences.hidden));
    if (!licences.textContent) {
      licences.textContent = await new Response(engine.part("licences").stream().pipeThrough(new DecompressionStream("gzip"))).text();
    }
  });
  engine.begin().catch((error) => { put(main, sentence(told(error))); });
}

start();
