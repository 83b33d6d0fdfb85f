#!/bin/sh
# Put the pinned uv into a folder, with whatever Python 3 the machine has. Usage: bootstrap.sh FOLDER REQUIREMENTS
set -eu
folder=$1 requirements=$2
if ! command -v python3 >/dev/null 2>&1; then
  echo "ERROR  There is no python3 on this machine." >&2
  echo "TIP    Install Python 3 (Debian, Ubuntu: apt install python3 python3-venv), then run the same command again." >&2
  exit 1
fi
rm -rf "$folder"
if ! python3 -m venv "$folder" >/dev/null 2>&1; then
  # Debian ships venv apart from Python; pip alone is enough.
  rm -rf "$folder"
  if python3 -m pip --version >/dev/null 2>&1; then
    python3 -m pip install --quiet --require-hashes --target "$folder/lib" --requirement "$requirements"
    mkdir -p "$folder/bin" && ln -s ../lib/bin/uv "$folder/bin/uv"
    exit 0
  fi
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Setting up: python3-venv (Debian package)"
    apt-get update -qq && apt-get install -y -qq python3-venv >/dev/null
    python3 -m venv "$folder"
  else
    echo "ERROR  This Python has neither venv nor pip." >&2
    echo "TIP    Debian, Ubuntu: sudo apt install python3-venv, then run the same command again." >&2
    exit 1
  fi
fi
"$folder/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes --requirement "$requirements"
touch "$folder/bin/uv"
