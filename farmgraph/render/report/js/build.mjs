/**
 * Bundles main.js and all that it imports into ../static/report.js, and the licences of the libraries in it into
 * ../static/LICENSES.txt. The same versions give the same bytes on every machine and in every folder.
 */

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const target = join(here, "..", "static");

async function bundled() {
  const { outputFiles, metafile } = await build({
    absWorkingDir: here,
    entryPoints: ["main.js"],
    outfile: "report.js",
    write: false,
    metafile: true,
    bundle: true,
    minify: true,
    format: "iife",
    target: "es2020",
    platform: "browser",
    charset: "ascii",
    legalComments: "none",
    sourcemap: false,
    // One library would speak up in the console when it is misused; a report never does.
    drop: ["console"],
    logLevel: "warning",
  });
  return { code: outputFiles[0].text, inputs: Object.keys(metafile.inputs) };
}

/** The libraries that something was taken from, with their licences. */
function libraries(inputs) {
  const found = inputs.map((path) => /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path));
  const names = [...new Set(found.filter(Boolean).map((match) => match[1]))].sort();
  return names.map((name) => {
    const folder = join(here, "node_modules", name);
    const { version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const file = readdirSync(folder)
      .sort()
      .find((entry) => /^licen[cs]e/i.test(entry));
    if (!file) throw new Error(`${name} ships no licence text; do not bundle it.`);
    const text = readFileSync(join(folder, file), "utf8").replace(/\r\n?/g, "\n").trim();
    return { name, version, license, text };
  });
}

/** The script goes into every report, and a report is a copy of the libraries too: notices and licence stand on top. */
function notice(parts) {
  const permission = ({ text }) => text.slice(text.indexOf("Permission is hereby granted")).replace(/\s+/g, " ");
  const texts = new Set(parts.map(permission));
  if (texts.size > 1 || parts.some(({ license }) => license !== "MIT")) {
    throw new Error("The libraries' licences differ; the notice on top of report.js must hold each of them.");
  }
  const holder = (text) => /^.*copyright.*$/im.exec(text)[0].replace(/https?:\S+/, "").trim();
  const contains = "It contains parts of these libraries, under the licence below (as they wrote it: LICENSES.txt):";
  const lines = [
    "farmgraph's report. Made from farmgraph/render/report/js by `make bundle`; do not edit.",
    ...(parts.length ? [contains] : []),
    ...parts.map(({ name, version, text }) => `${name} ${version}. ${holder(text)}`),
    ...texts,
  ];
  const plain = lines.join("\n").normalize("NFD").replace(/[^\n -~]/g, "");
  if (plain.includes("*/")) throw new Error("A licence text would end the comment that it stands in.");
  return `/*\n${plain}\n*/\n`;
}

const { code, inputs } = await bundled();
const parts = libraries(inputs);
const script = notice(parts) + code;
// The script stands inside a script element, where these would end it or change how it is read.
for (const forbidden of [/<\/script/i, /<script/i, /<!--/, /[^\n -~]/]) {
  if (forbidden.test(script)) throw new Error(`The bundle contains ${forbidden}; it could not stand inside a page.`);
}
if (script.includes(here) || script.includes("node_modules")) throw new Error("The bundle contains a path.");

const rule = "=".repeat(78);
const titled = ({ name, version, license, text }) => `${rule}\n${name} ${version} (${license})\n${rule}\n\n${text}\n`;
mkdirSync(target, { recursive: true });
writeFileSync(join(target, "report.js"), script);
writeFileSync(join(target, "LICENSES.txt"), ["report.js contains parts of these libraries.\n", ...parts.map(titled)].join("\n"));
