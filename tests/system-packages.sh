#!/usr/bin/env bash
# The suite compares with LibreOffice, looks at pages in a browser and builds one: install what is missing
# (Debian, Ubuntu), and the npm packages of the page by its lock.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
missing=()
command -v soffice >/dev/null || missing+=(libreoffice-calc)
[ -e "$(dirname "$(readlink -f "$(command -v soffice)")")/libswlo.so" ] || missing+=(libreoffice-writer)
for python in /usr/bin/python3 "$(command -v python3)"; do "$python" -c 'import uno' 2>/dev/null && uno=$python; done
[ -n "${uno:-}" ] || missing+=(python3-uno)
command -v pdftotext >/dev/null || missing+=(poppler-utils)
command -v chromium >/dev/null || command -v chromium-browser >/dev/null || missing+=(chromium)
command -v npm >/dev/null || missing+=(nodejs npm)
fc-list 2>/dev/null | grep -qi cjk || missing+=(fonts-noto-cjk)
npm_packages() {
  local page=$here/../page
  [ -f "$page/package-lock.json" ] || return 0
  cmp -s "$page/package-lock.json" "$page/node_modules/.locked" && return 0
  npm ci --prefix "$page" >/dev/null
  cp "$page/package-lock.json" "$page/node_modules/.locked"
}
if [ ${#missing[@]} -eq 0 ]; then
  npm_packages
  exit 0
fi
if ! command -v apt-get >/dev/null; then
  echo "请先安装：${missing[*]}（测试要用 LibreOffice 核对结果）" >&2
  exit 2
fi
as_root=()
[ "$(id -u)" -eq 0 ] || as_root=(sudo)
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -q >/dev/null
"${as_root[@]}" apt-get install -y -q --no-install-recommends "${missing[@]}" >/dev/null
npm_packages
