// Names of fields and options: camel case, and suggestions for misspelled names.

/** Returns a name, or a path of names, in camel case. */
export function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** Returns `; did you mean x?` if a known name is similar, else the list of known names. */
export function suggestion(name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known);
  return nearest === undefined ? `; known: ${known.join(', ')}` : `; did you mean ${nearest}?`;
}

/** Returns the known name that is similar, if there is one. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const wanted = comparable(name);
  let nearest: string | undefined;
  let least = Math.floor(Math.max(wanted.length, 3) / 3) + 1;
  for (const candidate of known) {
    const distance = editDistance(wanted, comparable(candidate));
    if (distance < least) {
      [nearest, least] = [candidate, distance];
    }
  }
  return nearest;
}

/** Case and underscores do not count: `time_out` is `timeout`. */
function comparable(name: string): string {
  return name.slice(0, 64).toLowerCase().replaceAll('_', '').replaceAll('-', '');
}

/** Levenshtein distance. */
function editDistance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (one[i - 1] === other[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}
