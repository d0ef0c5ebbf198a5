// usage: node check.js BILL MODULES
//
// Compares a bill of materials with the schema of its version of CycloneDX, and with a list of
// MODULE@VERSION lines, all of which it has to have.
import { readFileSync } from 'node:fs'
import { Spec, Validation } from '@cyclonedx/cyclonedx-library'

const [bill, modules] = process.argv.slice(2)
const text = readFileSync(bill, 'utf8')
const { specVersion, components } = JSON.parse(text)
const fail = (why) => { console.error(`check: ${bill}: ${why}`); process.exit(1) }

if (!Object.values(Spec.Version).includes(specVersion)) fail(`no version of CycloneDX is ${specVersion}`)
const wrong = await new Validation.JsonStrictValidator(specVersion).validate(text)
if (wrong !== null) fail(`it is not as CycloneDX ${specVersion} has it: ${JSON.stringify(wrong, null, 2)}`)

const listed = new Set(components.map((c) => `${c.name}@${c.version}`))
const linked = readFileSync(modules, 'utf8').trim().split('\n')
const lacking = linked.filter((m) => !listed.has(m))
if (linked.length < 2 || lacking.length > 0) fail(`of ${linked.length} modules, it lacks ${lacking.join(' ')}`)
console.log(`ok: the bill of materials is valid, and has all ${linked.length} modules that the programs were built from`)
