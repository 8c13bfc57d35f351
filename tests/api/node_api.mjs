// Prints the public API of an entry point of the npm package, as a report of API Extractor. It
// runs in the folder that API Extractor is installed in.
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(join(process.cwd(), 'package.json'));
const { Extractor, ExtractorConfig } = require('@microsoft/api-extractor');
const [entry] = process.argv.slice(2);
const folder = fileURLToPath(new URL('../../node', import.meta.url));
const output = join(process.cwd(), 'reports');
rmSync(output, { recursive: true, force: true });
mkdirSync(output);

const quiet = { default: { logLevel: 'none' } };
const config = ExtractorConfig.prepare({
  configObject: {
    projectFolder: folder,
    mainEntryPointFilePath: join(folder, 'dist', `${entry}.d.ts`),
    compiler: { overrideTsconfig: { compilerOptions: { target: 'es2022', lib: ['es2023', 'esnext.disposable'], module: 'nodenext', types: ['node'], typeRoots: [join(folder, 'node_modules', '@types')], skipLibCheck: true }, include: ['dist'] } },
    apiReport: { enabled: true, reportFileName: 'report', reportFolder: output, reportTempFolder: output, includeForgottenExports: true },
    docModel: { enabled: false },
    dtsRollup: { enabled: false },
    tsdocMetadata: { enabled: false },
    messages: { compilerMessageReporting: quiet, extractorMessageReporting: quiet, tsdocMessageReporting: quiet },
  },
  configObjectFullPath: join(folder, 'api-extractor.json'),
  packageJsonFullPath: join(folder, 'package.json'),
});
Extractor.invoke(config, { localBuild: true, messageCallback: (message) => { message.handled = true; } });
process.stdout.write(readFileSync(join(output, 'report.api.md'), 'utf8'));
