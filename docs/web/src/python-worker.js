// Python in a worker of its own. It is asked for one thing at a time; whoever has enough of it ends
// the whole worker, since nothing else stops a loop.

const HOME = "/home/pyodide"; // on Python's path
const TREE = "/home/tree";
const VENDOR = new URL("../vendor/python/", import.meta.url);

async function fetched(name) {
  const answer = await fetch(new URL(name, VENDOR));
  if (!answer.ok) throw new Error(`${name}: ${answer.status}`);
  return answer.arrayBuffer();
}

async function start() {
  const { loadPyodide } = await import(new URL("pyodide.mjs", VENDOR));
  const [python, archive] = await Promise.all([loadPyodide({ indexURL: VENDOR.href }), fetched("zth.zip")]);
  python.unpackArchive(archive, "zip", { extractDir: HOME });
  return python;
}

function tell(kind, more) {
  postMessage({ ...more, kind });
}

function write({ FS }, files) {
  for (const [path, text] of Object.entries(files)) {
    const whole = `${TREE}/${path}`;
    FS.mkdirTree(whole.slice(0, whole.lastIndexOf("/")));
    FS.writeFile(whole, text);
  }
}

function run(python, { file }) {
  const { run } = python.pyimport("grader.page.running");
  const dropped = run(TREE, file, (text) => tell("printed", { text }));
  if (dropped) tell("dropped", { dropped });
}

// `ended` is the check in whose midst the last worker was ended, and why: it has a result by that.
function check(python, { folder, file, language, known, ended }) {
  const checking = python.pyimport("grader.page.checking");
  const heard = (text) => tell("heard", { heard: JSON.parse(text) });
  if (ended) checking.ended.callKwargs(folder, ended.id, ended.seconds, heard, { speak: language });
  checking.check.callKwargs(folder, TREE, file, heard, { speak: language, known: python.toPy(known) });
}

const starting = start().then(
  (python) => {
    tell("ready");
    return python;
  },
  (error) => {
    tell("failed", { message: String(error) });
    throw error;
  },
);

onmessage = async ({ data }) => {
  const python = await starting;
  tell("begun");
  try {
    write(python, data.files);
    ({ run, check })[data.what](python, data);
    tell("done");
  } catch (error) {
    tell("broken", { message: String(error) });
  }
};
