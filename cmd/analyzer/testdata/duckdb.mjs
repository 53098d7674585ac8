// Runs the statements of standard input, a JSON list of texts, in DuckDB, and prints
// a JSON list of what each answers: a list of rows, or the text of its error.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const require = createRequire(join(process.env.MEMTRAIL_DUCKDB, 'package.json'));
const { DuckDBInstance } = require('@duckdb/node-api');
const connection = await (await DuckDBInstance.create(':memory:')).connect();
const answers = [];
for (const statement of JSON.parse(readFileSync(0, 'utf8'))) {
	try {
		answers.push((await connection.runAndReadAll(statement)).getRowObjectsJson());
	} catch (error) {
		answers.push(String(error));
	}
}
console.log(JSON.stringify(answers));
