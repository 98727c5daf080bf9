// Weights from scores, as lesson 3 has them. Nothing here knows of a page.

// The softmax of each row of scores / temperature; with `causal`, query i sees keys 0 … i alone.
export function weights(scores, temperature, causal) {
  return scores.map((row, i) => {
    const seen = causal ? row.slice(0, i + 1) : row;
    const largest = Math.max(...seen);
    const powers = seen.map((score) => Math.exp((score - largest) / temperature));
    const total = powers.reduce((sum, power) => sum + power, 0);
    return row.map((_, j) => (j < powers.length ? powers[j] / total : 0));
  });
}
