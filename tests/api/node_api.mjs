// Writes the public API of entry points of the npm package, as reports of API Extractor. It runs in
// the folder that API Extractor is installed in.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(join(process.cwd(), 'package.json'));
const { Extractor, ExtractorConfig } = require('@microsoft/api-extractor');
const [output, ...entries] = process.argv.slice(2);
const folder = fileURLToPath(new URL('../../node', import.meta.url));
const quiet = { default: { logLevel: 'none' } };

for (const entry of entries) {
  const config = ExtractorConfig.prepare({
    configObject: {
      projectFolder: folder,
      mainEntryPointFilePath: join(folder, 'dist', `${entry}.d.ts`),
      compiler: { overrideTsconfig: { compilerOptions: { target: 'es2022', lib: ['es2023', 'esnext.disposable'], module: 'nodenext', types: ['node'], typeRoots: [join(folder, 'node_modules', '@types')], skipLibCheck: true }, files: [`dist/${entry}.d.ts`] } },
      apiReport: { enabled: true, reportFileName: entry, reportFolder: output, reportTempFolder: output, includeForgottenExports: true },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: { compilerMessageReporting: quiet, extractorMessageReporting: quiet, tsdocMessageReporting: quiet },
    },
    configObjectFullPath: join(folder, 'api-extractor.json'),
    packageJsonFullPath: join(folder, 'package.json'),
  });
  Extractor.invoke(config, { localBuild: true, messageCallback: (message) => { message.handled = true; } });
}
