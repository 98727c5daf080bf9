// What backward() has done to a graph after some steps. Nothing here knows of a page.

// Step 0 is before backward(); step 1 gives the result its gradient; each further step is an arrow.
export function lastStep(graph) {
  return 1 + graph.adds.length;
}

export function stateAt(graph, step) {
  const grads = Object.fromEntries(graph.nodes.map((node) => [node.name, 0]));
  if (step >= 1) grads[graph.nodes.at(-1).name] = 1;
  const adds = graph.adds.slice(0, Math.max(0, step - 1));
  for (const add of adds) grads[add.to] += add.local * grads[add.from];
  return { grads, done: adds.length, add: adds.at(-1) ?? null };
}
