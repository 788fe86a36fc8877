// Makes one self-contained HTML file of a folder of Allure results.
//
//     node generate.mjs <folder of node_modules> <folder of results> <file to write> <title>
//
// A line of stdout is {"results":<how many the report holds, retries included>}.
// Exit codes: 0 made; 3 Allure does not work, so its folder is probably damaged; 1 anything else.
import { writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [install, results, target, title] = process.argv.slice(2);

// This file lies in the Python package and node_modules in the user's cache, so plain imports would find nothing.
const { resolve } = createRequire(join(install, "package.json"));
const load = (name) => import(pathToFileURL(resolve(name)).href);

const loadPackages = async () => {
  try {
    return await Promise.all([load("@allurereport/core"), load("@allurereport/plugin-awesome")]);
  } catch (error) {
    console.error(error);
    process.exit(3);
  }
};

const [{ AllureReport }, { default: AwesomePlugin }] = await loadPackages();

const options = {
  singleFile: true,
  theme: "auto",
  // The place that Norwegian is given in the finished page (allure_page.py).
  reportLanguage: "sv",
  // Chapter, requirement.
  groupBy: ["epic", "story"],
  // Its charts compare runs, and there is one run here: nearly all of them would be empty.
  sections: ["timeline"],
  charts: [],
};
let html;
const report = new AllureReport({
  name: title,
  output: join(target, "..", "nothing-is-written-here"),
  appendHistory: false,
  // Else all that failed is "Product errors", and all that is broken "Test errors".
  categories: false,
  hideLabels: ["host", "thread", "framework", "language", "package", "parentSuite", "suite", "subSuite"],
  plugins: [{ id: "awesome", enabled: true, options, plugin: new AwesomePlugin(options) }],
  reportFiles: {
    addFile: async (name, content) => {
      if (name === "awesome/index.html") {
        html = content;
      }
      return name;
    },
  },
});
// Allure appends the name of the CI job, when it finds one.
report.reportName = title;

await report.start();
await report.readDirectory(results);
await report.done();

// Allure logs a plugin's exception and goes on, so a missing page is the only sign of it.
if (!html) {
  process.exit(3);
}
await writeFile(target, html);
const held = await report.store.allTestResults({ includeRetries: true });
console.log(JSON.stringify({ results: held.length }));
