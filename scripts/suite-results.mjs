// What the suites of all packages gave: counts, and each failure again, so that nobody searches a long log for it.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { packageDirectories, root, sourceFiles } from './workspace.mjs';

/** Lines of a failure's message that are shown again. */
const SHOWN_LINES = 30;

/** Where each package with suites leaves its results. */
function resultFiles() {
  return packageDirectories()
    .filter((directory) => sourceFiles(join(root, directory)).some((file) => file.endsWith('.test.ts')))
    .map((directory) => join(root, directory, 'jest-results.json'));
}

export function forgetResults() {
  for (const file of resultFiles()) rmSync(file, { force: true });
}

function failuresOf({ name, status, message, assertionResults }) {
  const file = relative(root, name);
  const failed = assertionResults.filter((test) => test.status === 'failed');
  // A file that could not be loaded has no tests.
  if (failed.length === 0) return status === 'failed' ? [{ title: file, message }] : [];
  return failed.map((test) => ({ title: `${file} › ${test.fullName}`, message: test.failureMessages.join('\n') }));
}

/** A package without results counts as a failure. */
export function readResults() {
  const results = { passed: 0, failed: 0, skipped: 0, failures: [] };
  for (const file of resultFiles()) {
    if (!existsSync(file)) {
      results.failed += 1;
      results.failures.push({
        title: relative(root, file),
        message: 'is missing: the suites of this package gave no result',
      });
      continue;
    }
    const found = JSON.parse(readFileSync(file, 'utf8'));
    results.passed += found.numPassedTests;
    results.failed += found.numFailedTests + found.numRuntimeErrorTestSuites;
    results.skipped += found.numPendingTests;
    results.failures.push(...found.testResults.flatMap(failuresOf));
  }
  return results;
}

export function printFailures(failures) {
  for (const { title, message } of failures) {
    const lines = message
      .trim()
      .split('\n')
      .filter((line) => !/^\s+at .*(node_modules|node:internal)/.test(line));
    console.error(`\n● ${title}`);
    console.error(lines.slice(0, SHOWN_LINES).join('\n'));
  }
}
