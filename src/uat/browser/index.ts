/** A real browser, driven over the DevTools protocol. */
export { startBrowser, type Browser } from './browser.ts';
export { findBrowser } from './find.ts';
export type { Page } from './page.ts';
