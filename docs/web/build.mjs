// Each src/NAME.js becomes ../assets/web/NAME.js; what several of them use goes into chunks.
// What is used as it comes is copied into ../assets/vendor/. `make web` runs this.

import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const assets = join(here, "../assets");
// Outside docs/, so that nothing that reads the pages finds those of the packages.
const packages = join(here, "../../.web/node_modules");
const esbuild = createRequire(join(packages, "x.js"))("esbuild");

async function bundle(folder) {
  const sources = readdirSync(join(here, "src")).filter((name) => name.endsWith(".js"));
  await esbuild.build({
    entryPoints: sources.map((name) => join(here, "src", name)),
    outdir: folder,
    chunkNames: "chunks/[name]-[hash]",
    bundle: true,
    splitting: true,
    format: "esm",
    target: "es2022",
    minify: true,
    charset: "utf8",
    legalComments: "eof",
    loader: { ".py": "text" }, // the exercises' stubs
    nodePaths: [packages],
    logLevel: "warning",
  });
}

// What is bundled or copied is others' work: their terms go with it.
function vendorTerms(folder) {
  const lock = JSON.parse(readFileSync(join(here, "package-lock.json"), "utf8"));
  const shipped = Object.entries(lock.packages).filter(([path, entry]) => path && !entry.dev);
  const terms = shipped.map(([path, entry]) => {
    const root = join(packages, "..", path);
    const files = existsSync(root) ? readdirSync(root).filter((name) => /^(licen[cs]e|copying|notice)/i.test(name)) : [];
    const texts = files.map((name) => readFileSync(join(root, name), "utf8").trim());
    return [`${path.replace(/^.*node_modules\//, "")} ${entry.version} (${entry.license})`, ...texts].join("\n\n");
  });
  writeFileSync(join(folder, "LICENSES.txt"), terms.join(`\n\n${"-".repeat(80)}\n\n`) + "\n");
}

function vendor(folder) {
  vendorTerms(folder);
  vendorKatex(join(folder, "katex"));
  vendorPython(join(folder, "python"));
}

// Every browser that runs modules reads woff2.
function vendorKatex(folder) {
  const dist = join(packages, "katex/dist");
  cpSync(join(dist, "fonts"), join(folder, "fonts"), {
    recursive: true,
    filter: (path) => !/\.(woff|ttf)$/.test(path),
  });
  const css = readFileSync(join(dist, "katex.min.css"), "utf8");
  const others = /,url\([^)]*\.(woff|ttf)\) format\("(woff|truetype)"\)/g;
  writeFileSync(join(folder, "katex.min.css"), css.replace(others, ""));
}

// Python itself, and the grader with all that it imports, as one archive (`grader.page.archive`).
function vendorPython(folder) {
  const names = ["pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json"];
  names.forEach((name) => cpSync(join(packages, "pyodide", name), join(folder, name)));
  const python = process.env.ZTH_PYTHON ?? join(here, "../../.venv/bin/python");
  try {
    execFileSync(python, ["-m", "grader.page.archive", join(folder, "zth.zip")], {
      cwd: join(here, "../.."),
      stdio: ["ignore", "ignore", "inherit"],
    });
  } catch {
    console.error("Python in the page is left out: its archive could not be made.");
  }
}

// Whoever builds the pages meanwhile finds the old folder or the new one, and not half of one.
async function replace(folder, fill) {
  const fresh = `${folder}.${process.pid}`;
  mkdirSync(fresh, { recursive: true });
  try {
    await fill(fresh);
    rmSync(folder, { recursive: true, force: true });
    renameSync(fresh, folder);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

try {
  await replace(join(assets, "vendor"), vendor);
  await replace(join(assets, "web"), bundle);
} catch (error) {
  // What is wrong with a source esbuild has said already, with the place.
  if (!error.errors) throw error;
  process.exitCode = 1;
}
