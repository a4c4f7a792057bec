// Old browsers stop here with the sentence that stands on the page; new ones take it away.
(function () {
  var enough = false;
  try {
    enough = typeof DecompressionStream === "function" && typeof WebAssembly === "object" &&
      typeof structuredClone === "function" && typeof WebAssembly.Tag === "function" &&
      typeof BigInt === "function" && typeof Worker === "function" && !!Array.prototype.at;
  } catch (error) { enough = false; }
  if (enough) {
    document.getElementById("old").hidden = true;
    document.getElementById("main").hidden = false;
    document.documentElement.setAttribute("data-enough", "");
  }
})();
