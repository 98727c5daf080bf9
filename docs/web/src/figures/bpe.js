// Byte pair encoding as the reference does it: of pairs with the same count, the smaller one is
// merged first. Nothing here knows of a page.

export function bytesOf(text) {
  return [...new TextEncoder().encode(text)];
}

// Each pair of neighbours and how often it stands there, the most frequent first.
export function countPairs(ids) {
  const counts = new Map();
  for (let i = 0; i + 1 < ids.length; i++) {
    const key = `${ids[i]},${ids[i + 1]}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts]
    .map(([key, count]) => ({ pair: key.split(",").map(Number), count }))
    .sort((a, b) => b.count - a.count || a.pair[0] - b.pair[0] || a.pair[1] - b.pair[1]);
}

// The places where a merge of the pair begins: from left to right, and no token twice.
export function placesOf(ids, [left, right]) {
  const places = [];
  for (let i = 0; i + 1 < ids.length; i++) {
    if (ids[i] === left && ids[i + 1] === right) places.push(i++);
  }
  return places;
}

export function merge(ids, pair, id) {
  const starts = new Set(placesOf(ids, pair));
  return ids.flatMap((old, i) => (starts.has(i) ? [id] : starts.has(i - 1) ? [] : [old]));
}

// All of training: the merges, and the tokens without them, after one, after two, …
export function train(text, most) {
  const rows = [bytesOf(text)];
  const merges = [];
  while (merges.length < most && rows.at(-1).length > 1) {
    const [{ pair, count }] = countPairs(rows.at(-1));
    rows.push(merge(rows.at(-1), pair, 256 + merges.length));
    merges.push({ pair, count });
  }
  return { merges, rows };
}

// The bytes of each token: the 256 bytes, then what each merge joins.
export function vocabulary(merges) {
  const known = Array.from({ length: 256 }, (_, byte) => [byte]);
  for (const { pair } of merges) known.push([...known[pair[0]], ...known[pair[1]]]);
  return known;
}

const SEEN = { " ": "␣", "\n": "↵", "\t": "⇥" };
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

// A token as text, where its bytes are whole characters, else as the bytes in hex.
export function shown(bytes) {
  try {
    const text = strict.decode(new Uint8Array(bytes));
    if (!/[\p{Cc}\p{Cf}]/u.test(text.replace(/[\n\t]/g, ""))) {
      return { text: text.replace(/[ \n\t]/g, (sign) => SEEN[sign]), whole: true };
    }
  } catch {
    // Not UTF-8: a part of a character.
  }
  return { text: bytes.map((byte) => byte.toString(16).padStart(2, "0")).join(" "), whole: false };
}
