#!/usr/bin/env bash
# The suite compares with LibreOffice and looks at pages in a browser: install what is missing (Debian, Ubuntu).
set -euo pipefail
missing=()
command -v soffice >/dev/null || missing+=(libreoffice-calc)
[ -e "$(dirname "$(readlink -f "$(command -v soffice)")")/libswlo.so" ] || missing+=(libreoffice-writer)
command -v pdftotext >/dev/null || missing+=(poppler-utils)
command -v chromium >/dev/null || command -v chromium-browser >/dev/null || missing+=(chromium)
fc-list 2>/dev/null | grep -qi cjk || missing+=(fonts-noto-cjk)
[ ${#missing[@]} -eq 0 ] && exit 0
if ! command -v apt-get >/dev/null; then
  echo "请先安装：${missing[*]}（测试要用 LibreOffice 核对结果）" >&2
  exit 2
fi
as_root=()
[ "$(id -u)" -eq 0 ] || as_root=(sudo)
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -q >/dev/null
"${as_root[@]}" apt-get install -y -q --no-install-recommends "${missing[@]}" >/dev/null
