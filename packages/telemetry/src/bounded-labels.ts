/** What a label value that came too late is counted under. */
export const OTHER = 'other';

/**
 * Creates a function that passes the first `limit` distinct values of each label and folds all later ones to `other`.
 * So a metric keeps a bounded number of series, whatever its callers send. First come, first kept, per process.
 */
export function createLabelBounds(limit = 200): (label: string, value: string) => string {
  const known = new Map<string, Set<string>>();
  return (label, value) => {
    let values = known.get(label);
    if (values === undefined) {
      values = new Set();
      known.set(label, values);
    }
    if (values.has(value)) return value;
    if (values.size >= limit) return OTHER;
    values.add(value);
    return value;
  };
}
