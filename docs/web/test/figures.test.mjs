// What the figures compute, held to what the reference gave: node --test docs/web/test

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { weights } from "../src/figures/attention.js";
import { lastStep, stateAt } from "../src/figures/autograd.js";
import { bytesOf, countPairs, merge, shown, train, vocabulary } from "../src/figures/bpe.js";

function data(name) {
  const file = new URL(`../../assets/figures/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, "utf8")).data;
}

for (const graph of data("autograd_graph").graphs) {
  test(`autograd, ${graph.id}: each step adds what the reference added`, () => {
    graph.adds.forEach((add, i) => {
      const before = stateAt(graph, i + 1);
      const after = stateAt(graph, i + 2);
      assert.equal(before.grads[add.to], add.before);
      assert.equal(after.grads[add.to], add.after);
      assert.equal(after.grads[add.from], add.grad);
      assert.equal(after.add, add);
    });
    assert.equal(lastStep(graph), graph.adds.length + 1);
  });

  test(`autograd, ${graph.id}: before backward() every gradient is 0, then the result's is 1`, () => {
    const result = graph.nodes.at(-1).name;
    assert(Object.values(stateAt(graph, 0).grads).every((grad) => grad === 0));
    const { grads } = stateAt(graph, 1);
    assert.deepEqual(Object.keys(grads).filter((name) => grads[name] !== 0), [result]);
    assert.equal(grads[result], 1);
  });
}

const { texts, drawn } = data("bpe_merges");

for (const [name, course] of Object.entries({ ...texts, drawn })) {
  test(`BPE, ${name}: merges and tokens are the reference's`, () => {
    const found = train(course.text, course.merges.length);
    assert.deepEqual(found.merges.map(({ pair }) => pair), course.merges);
    assert.deepEqual(found.rows, course.rows);
  });

  test(`BPE, ${name}: no merge loses a byte`, () => {
    const { merges, rows } = train(course.text, 100);
    const known = vocabulary(merges);
    for (const row of rows) assert.deepEqual(row.flatMap((id) => known[id]), bytesOf(course.text));
  });
}

test("BPE ends when no pair is left, and an empty text has none", () => {
  assert.deepEqual(train("", 5), { merges: [], rows: [[]] });
  assert.equal(train("abc", 100).rows.at(-1).length, 1);
});

test("pairs overlap, merges do not", () => {
  assert.deepEqual(countPairs(bytesOf("aaa")), [{ pair: [97, 97], count: 2 }]);
  assert.deepEqual(merge(bytesOf("aaa"), [97, 97], 256), [256, 97]);
});

test("a token is text where its bytes are whole characters, and hex where not", () => {
  assert.deepEqual(shown([0xe7, 0x9f, 0xa5]), { text: "知", whole: true });
  assert.deepEqual(shown([0x9f, 0xa5]), { text: "9f a5", whole: false });
  assert.deepEqual(shown([0x20, 0x61, 0x0a]), { text: "␣a↵", whole: true });
  assert.deepEqual(shown([0x00]), { text: "00", whole: false });
  assert.deepEqual(shown([0xef, 0xbb, 0xbf]), { text: "ef bb bf", whole: false });
});

const { heads, examples } = data("attention_map");

for (const { temperature, causal, weights: expected } of examples) {
  test(`attention at temperature ${temperature}, ${causal ? "with" : "without"} a mask`, () => {
    const found = weights(heads[0].scores, temperature, causal);
    found.forEach((row, i) =>
      row.forEach((weight, j) => assert(Math.abs(weight - expected[i][j]) < 1e-6, `${i}, ${j}`)),
    );
  });
}

for (const { id, scores } of heads) {
  test(`attention, ${id}: rows sum to 1, the future has nothing`, () => {
    for (const temperature of [0.25, 1, 4]) {
      weights(scores, temperature, true).forEach((row, i) => {
        assert(Math.abs(row.reduce((sum, weight) => sum + weight, 0) - 1) < 1e-12);
        assert(row.slice(i + 1).every((weight) => weight === 0));
      });
    }
  });
}

test("attention: large scores do not overflow", () => {
  assert.deepEqual(weights([[1000, 0], [0, 1000]], 0.25, false), [[1, 0], [0, 1]]);
});
