import { createHash } from 'node:crypto';
import { connect } from 'node:tls';

const timeoutMs = 10_000;

/**
 * The key that a browser has to trust so that it trusts what Node trusts. Chrome has a certificate store of its own and
 * does not read `NODE_EXTRA_CA_CERTS`; so Node verifies the service's certificate, and its key is handed on. Base64 of
 * the SHA-256 of the SubjectPublicKeyInfo, as `--ignore-certificate-errors-spki-list` wants it.
 *
 * @returns `undefined` where the browser can decide by itself, and where Node does not trust the service either
 */
export function trustedKey(
  url: URL,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  const extra = environment['NODE_EXTRA_CA_CERTS'] ?? '';
  if (url.protocol !== 'https:' || extra === '') return Promise.resolve(undefined);
  return new Promise((resolve) => {
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const isName = !/^[\d.]+$|:/.test(host);
    const socket = connect({
      host,
      port: url.port === '' ? 443 : Number(url.port),
      timeout: timeoutMs,
      ...(isName ? { servername: host } : {}),
    });
    const end = (key: string | undefined): void => {
      socket.destroy();
      resolve(key);
    };
    socket.once('secureConnect', () => {
      const certificate = socket.getPeerX509Certificate();
      const key = certificate?.publicKey.export({ type: 'spki', format: 'der' });
      end(key === undefined ? undefined : createHash('sha256').update(key).digest('base64'));
    });
    socket.once('timeout', () => end(undefined));
    socket.once('error', () => end(undefined));
  });
}
