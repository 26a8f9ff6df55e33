/** What a runner came to. A test that was skipped or didn't run has not passed, so it counts as failed. */
export interface Totals { passed: number; failed: number }

interface VitestReport {
  success: boolean;
  testResults: { status: string; assertionResults: { status: string }[] }[];
}

interface PlaywrightReport {
  stats: { expected: number; unexpected: number; flaky: number; skipped: number };
  errors: unknown[];
}

/** Reads vitest's JSON report; a file that failed to load counts as one failure, as does an error outside of any test. */
export function vitestTotals(report: VitestReport): Totals {
  let passed = 0;
  let failed = 0;
  for (const file of report.testResults) {
    const good = file.assertionResults.filter(test => test.status === 'passed').length;
    const bad = file.assertionResults.length - good;
    passed += good;
    failed += file.status === 'failed' && bad === 0 ? 1 : bad;
  }
  return { passed, failed: report.success ? failed : Math.max(1, failed) };
}

/** Reads Playwright's JSON report; an error outside of any test, such as a server that didn't start, counts as one failure. */
export function playwrightTotals({ stats, errors }: PlaywrightReport): Totals {
  return { passed: stats.expected, failed: stats.unexpected + stats.flaky + stats.skipped + errors.length };
}

/** A runner must have run something, and its exit status must agree with its report. */
export function settled(totals: Totals | null, status: number | null): Totals {
  const { passed, failed } = totals ?? { passed: 0, failed: 0 };
  return { passed, failed: failed || (status === 0 && passed > 0 ? 0 : 1) };
}
