import type { ScannerName } from '../finding.ts';
import { grype } from './grype.ts';
import { localAdvisories } from './local-advisories.ts';
import { npmAudit } from './npm-audit.ts';
import { osvScanner } from './osv-scanner.ts';
import type { Scanner } from './scanner.ts';
import { secretlint } from './secretlint.ts';
import { trivy } from './trivy.ts';

/** Every scanner that `checks.scan.tools` of sluice.yml may name. */
export const scanners: Readonly<Record<ScannerName, Scanner>> = {
  trivy,
  grype,
  'osv-scanner': osvScanner,
  'npm-audit': npmAudit,
  secretlint,
  'local-advisories': localAdvisories,
};
