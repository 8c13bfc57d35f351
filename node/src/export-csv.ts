// CSV files of exports: a column for each field that any call has. Objects and lists are JSON.

import { lines } from './export-text';

/** Characters that are written at once. */
const BUFFERED = 1 << 16;

/** Converts a JSONL file of calls to a CSV file, as RFC 4180 describes it. */
export async function writeCsv(source: string, target: string): Promise<void> {
  const names = new Set(['id', 'agentId']);
  for await (const line of lines(source)) {
    for (const name of Object.keys(JSON.parse(line) as object)) {
      names.add(name);
    }
  }
  const file = await process.getBuiltinModule('node:fs/promises').open(target, 'w');
  try {
    let text = row([...names]);
    for await (const line of lines(source)) {
      const call = JSON.parse(line) as Record<string, unknown>;
      text += row([...names].map((name) => call[name]));
      if (text.length >= BUFFERED) {
        await file.writeFile(text);
        text = '';
      }
    }
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

function row(cells: readonly unknown[]): string {
  return `${cells.map(cell).join(',')}\r\n`;
}

function cell(value: unknown): string {
  if (value === null || value === undefined) {
    return '';
  }
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
