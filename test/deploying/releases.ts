/** What a release does once it is started. */
export type Kind =
  | 'good'
  /** One answer in a thousand is an error. */
  | 'sound'
  /** One answer in fifty is an error. */
  | 'leaky'
  /** Every other answer is an error. */
  | 'failing'
  /** The first answer is an error, and no other. */
  | 'stumbling'
  /** Each answer takes half as long again. */
  | 'slow'
  /** It ends when it is told to, by `kill`. */
  | 'mortal'
  | 'unhealthy'
  | 'wrong-version'
  /** It sells to every user, and says so in CloudWatch's embedded metric format. */
  | 'selling'
  /** It answers as well, and sells to one user in two. */
  | 'losing';

interface Behaviour {
  /** The status of `/health`. */
  readonly health?: string;
  /** What `/version` says, as an expression. */
  readonly version?: string;
  /** The status of any other page, as an expression of `asked`: how many of them there were. */
  readonly page?: string;
  readonly delayMs?: number;
  /** Statements that are run with the server. */
  readonly beside?: string;
}

const ownVersion = 'process.env.SLUICE_VERSION';
// As long as a page takes: in a few milliseconds, a busy machine alone makes one version twice as slow as the other.
const usualMs = 40;

const server = ({
  health = '200',
  version = ownVersion,
  page = '200',
  delayMs = usualMs,
  beside = '',
}: Behaviour): string => `
import { createServer } from 'node:http';
import { existsSync } from 'node:fs';
let asked = 0;
createServer((request, response) => {
  if (request.url === '/health') return response.writeHead(${health}).end();
  if (request.url !== '/version') { asked += 1; response.statusCode = ${page}; }
  response.setHeader('content-type', 'application/json');
  setTimeout(() => response.end(JSON.stringify({ version: ${version} })), ${delayMs});
}).listen(process.env.PORT, '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
${beside}
`;

/** Writes what was sold as a metric, every two hundred milliseconds: there are some of it in every minute. */
const sells = (each: number): string => `
let told = 0;
setInterval(() => {
  const [users, sold] = [asked - told, Math.floor(asked * ${each}) - Math.floor(told * ${each})];
  told = asked;
  if (users > 0) console.log(JSON.stringify({
    _aws: { Timestamp: Date.now(), CloudWatchMetrics: [{ Namespace: 'Shop', Dimensions: [['Version']],
      Metrics: [{ Name: 'Users' }, { Name: 'Sold' }] }] },
    Version: process.env.SLUICE_VERSION, Users: users, Sold: sold,
  }));
}, 200);`;

/** The program of each kind, for Node. */
export const programs: Readonly<Record<Kind, string>> = {
  good: server({}),
  sound: server({ page: 'asked % 1000 === 0 ? 500 : 200' }),
  leaky: server({ page: 'asked % 50 === 0 ? 500 : 200' }),
  // Healthy on its own word, and every other answer is an error.
  failing: server({ page: 'asked % 2 === 0 ? 500 : 200' }),
  stumbling: server({ page: 'asked === 1 ? 500 : 200' }),
  slow: server({ delayMs: usualMs * 1.5 }),
  mortal: server({ beside: 'setInterval(() => existsSync(process.env.DEADLY) && process.exit(5), 50);' }),
  unhealthy: server({ health: '500' }),
  'wrong-version': server({ version: '"0.0.0"' }),
  selling: server({ beside: sells(1) }),
  losing: server({ beside: sells(0.5) }),
};
