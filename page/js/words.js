// Words and numbers as people read them.
const SETTINGS = JSON.parse(document.getElementById("settings").textContent);

function sizeText(bytes) {
  return bytes < 1048576 ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / 1048576).toFixed(1)} MB`;
}

function leftText(seconds) {
  if (seconds < 60) { return `约 ${Math.max(1, Math.round(seconds))} 秒`; }
  return `约 ${Math.ceil(seconds / 60)} 分钟`;
}

const AMOUNT = /^-?[0-9][0-9,]*(\.[0-9]+)?$/;

const OTHER_FORMATS = {
  xls: "旧版 Excel 格式（.xls）", et: "WPS 格式（.et）", ods: "OpenDocument 格式（.ods）", csv: "CSV 文件",
  pdf: "PDF", doc: "Word 文档", docx: "Word 文档", wps: "WPS 文档", rar: "RAR 压缩包", "7z": "7z 压缩包",
};

// What a file that cannot be read here should be made into; an empty text for one that can.
function otherFormat(name) {
  const suffix = name.toLowerCase().split(".").pop();
  const known = OTHER_FORMATS[suffix];
  if (!known) { return ""; }
  if (suffix === "rar" || suffix === "7z") { return `“${name}”是 ${known}，浏览器里打不开；请先解开，或压成 .zip。`; }
  if (suffix === "pdf" || suffix.startsWith("doc")) { return `“${name}”是 ${known}，不是报送的工作簿；请选下发的 .xlsx 工作簿。`; }
  return `“${name}”是${known}；请用 Excel 或 WPS 打开，另存为 .xlsx 后再选。`;
}
