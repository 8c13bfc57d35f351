// Location of the running file. CommonJS has `__filename`; the ES module entry point sets its URL.
// A bundler can copy CommonJS into an ES module, which has neither.

let url: string | undefined;

/** Sets the URL of the ES module entry point. */
export function setModuleUrl(value: string): void {
  url = value;
}

/** Returns the path or URL of the file that this code runs in, for `createRequire`. */
export function moduleFile(): string {
  return (url ??= typeof __filename === 'string' ? __filename : fileOfStack());
}

/** Returns the file of the innermost frame, which is this one. */
function fileOfStack(): string {
  const frame = new Error().stack?.split('\n').find((line) => /^\s+at |@/.test(line)) ?? '';
  return /(file:\/\/.+?|\/.+?|[A-Za-z]:[\\/].+?):\d+:\d+\)?$/.exec(frame)?.[1] ?? 'file:///';
}

/** Returns whether a line of a stack trace points into this package. */
export function isOwnFrame(line: string): boolean {
  const folder = moduleFile().replace(/^file:\/\//, '').replace(/[\\/][^\\/]*$/, '');
  // With `--enable-source-maps`, frames point to the sources.
  return line.includes(folder) || line.includes(folder.replace(/([\\/])dist$/, '$1src$1'));
}
