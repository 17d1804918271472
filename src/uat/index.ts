/** Acceptance tests in the users' words: reading scenarios, playing them, the evidence, the sign-off. */
export { findBrowser, startBrowser, type Browser } from './browser/index.ts';
export { signOf, writeEvidence, type Subject } from './evidence.ts';
export { loadUat } from './load.ts';
export { redacted, redactor } from './redact.ts';
export { toTestCase, type UatResult } from './result.ts';
export { runUat } from './run.ts';
export { opensPages } from './scenario.ts';
export { summariseUat } from './summary.ts';
export { accept, factsOf, sign, type Acceptance, type Signature } from './verdict.ts';
