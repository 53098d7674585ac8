// Reads actions and workflows of GitHub with GitHub's parser, and prints what is wrong with them, one a line.
// Usage: node workflows.mjs DIR FILE…; DIR has node_modules. A file whose name begins with "action" is one.
import { readFileSync } from 'node:fs'
import { register } from 'node:module'
import { basename } from 'node:path'
import { pathToFileURL } from 'node:url'

// The parser imports JSON without its type, which Node wants from version 20 on.
register('data:text/javascript,' + encodeURIComponent(`export function load(url, context, next) {
  return next(url, url.endsWith('.json') ? { ...context, importAttributes: { type: 'json' } } : context)
}`))
const [dir, ...files] = process.argv.slice(2)
const load = (name) => import(pathToFileURL(`${dir}/node_modules/@actions/workflow-parser/dist/${name}`))
const { parseAction } = await load('actions/action-parser.js')
const { parseWorkflow, convertWorkflowTemplate, NoOperationTraceWriter } = await load('index.js')
for (const name of files) {
  const file = { name, content: readFileSync(name, 'utf8') }
  const isAction = basename(name).startsWith('action')
  const result = (isAction ? parseAction : parseWorkflow)(file, new NoOperationTraceWriter())
  if (!isAction && result.value) {
    await convertWorkflowTemplate(result.context, result.value)
  }
  for (const e of result.context.errors.getErrors()) {
    console.log(e.message)
  }
}
