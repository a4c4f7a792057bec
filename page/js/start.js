// The first view.
function start() {
  if (!document.documentElement.hasAttribute("data-enough")) { return; }
  const main = document.getElementById("main");
  const engine = SETTINGS.served ? new ServedEngine(SETTINGS.served) : new Engine();
  document.getElementById("of").textContent = SETTINGS.department;
  const rooms = [["单位自查", CheckRoom], ...(SETTINGS.desk ? [["审核和汇总", BatchRoom], ["下发", IssueRoom], ["对比", CompareRoom], ["收件", CollectionRoom]] : [])]
    .map(([name, Room]) => ({ name, room: new Room(engine) }));
  put(main, rooms.map(({ room }) => room.place));
  const doors = rooms.map(({ name, room }) => button(name, () => enter(room)));
  function enter(room) {
    rooms.forEach((each, at) => {
      each.room.place.hidden = each.room !== room;
      if (each.room === room) { doors[at].setAttribute("aria-current", "page"); } else { doors[at].removeAttribute("aria-current"); }
    });
    if (room.shown) { room.shown(); }
  }
  if (rooms.length > 1) { put(document.getElementById("rooms"), doors); }
  enter(rooms[0].room);
  // a file dropped beside the area must not make the browser leave the page
  for (const kind of ["dragover", "drop"]) { window.addEventListener(kind, (event) => event.preventDefault()); }
  document.getElementById("show-licences").hidden = Boolean(SETTINGS.served);
  const licences = document.getElementById("licences");
  const shown = document.getElementById("show-licences");
  shown.addEventListener("click", async () => {
    licences.hidden = !licences.hidden;
    shown.setAttribute("aria-expanded", String(!licences.hidden));
    if (!licences.textContent) {
      licences.textContent = await engine.text("licences");
    }
  });
  engine.begin().catch((error) => { put(main, sentence(told(error))); });
}

start();
