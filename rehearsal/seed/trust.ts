import { getCACertificates, setDefaultCACertificates } from 'node:tls';

/**
 * Lets the clients of this process (users, probes, `fetch`) trust an authority beside those that they trust already.
 * @param certificate PEM
 * @returns what takes it back
 */
export function trustHere(certificate: string): () => void {
  const isThis = (one: string): boolean => one.trim() === certificate.trim();
  setDefaultCACertificates([...getCACertificates('default'), certificate]);
  return () => setDefaultCACertificates(getCACertificates('default').filter((one) => !isThis(one)));
}
