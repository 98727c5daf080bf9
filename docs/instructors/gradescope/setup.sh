#!/usr/bin/env bash
# Runs once, as root, when Gradescope builds the image: installs Python, the sandbox and zth.
set -euo pipefail
autograder=${AUTOGRADER:-/autograder}

export DEBIAN_FRONTEND=noninteractive
apt-get update
apt-get install -y bubblewrap
for python in python3.13 python3.12 python3.11; do
  if apt-get install -y "$python" "$python-venv"; then break; fi
done
"$python" -m venv "$autograder/venv"

# A torch for the CPU alone is a fifth of the size, and enough: put in this array what
# https://pytorch.org/get-started/locally/ shows behind "pip install" for Linux, pip and CPU.
torch=(torch)

pip=("$autograder/venv/bin/python" -m pip install --no-cache-dir)
"${pip[@]}" "${torch[@]}"

# zth is the wheel in the zip file, and nothing else that has its name.
shopt -s nullglob
wheels=("$autograder"/source/zth-*.whl)
if [ ${#wheels[@]} -ne 1 ]; then
  echo "setup.sh: the zip file must hold one zth-*.whl, and holds ${#wheels[@]}" >&2
  exit 1
fi
"${pip[@]}" "${wheels[0]}"
