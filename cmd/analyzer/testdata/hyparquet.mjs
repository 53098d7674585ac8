// Prints a Parquet file as a JSON list of rows, read by hyparquet. Numbers beyond
// those of JSON are texts.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';

const require = createRequire(join(process.env.MEMTRAIL_DUCKDB, 'package.json'));
const load = name => import(pathToFileURL(require.resolve(name)));
const { asyncBufferFromFile, parquetReadObjects } = await load('hyparquet/src/node.js').catch(() => load('hyparquet'));
const { compressors } = await load('hyparquet-compressors');
const rows = await parquetReadObjects({ file: await asyncBufferFromFile(process.argv[2]), compressors });
console.log(JSON.stringify(rows, (_, value) => typeof value === 'bigint' ? Number(value) : value));
