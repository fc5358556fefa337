// After npm install: sees to it that npm's scripts run on the Node that came along. npm 10 links it and then removes the link
// again, because the package for the other architecture, which it leaves out, would have had a link of the same name.
import { existsSync, symlinkSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const binary = `node-${process.platform}-${process.arch}/bin/node`
const modules = fileURLToPath(new URL('../node_modules/', import.meta.url))
const link = `${modules}.bin/node`
if (existsSync(modules + binary) && !existsSync(link)) symlinkSync(`../${binary}`, link)
