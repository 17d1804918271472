import { mkdtempSync, rmSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect, type SecureVersion, type TLSSocket } from 'node:tls';
import {
  ACMClient,
  AddTagsToCertificateCommand,
  DeleteCertificateCommand,
  DescribeCertificateCommand,
  GetCertificateCommand,
  ImportCertificateCommand,
  ListCertificatesCommand,
  ListTagsForCertificateCommand,
  RemoveTagsFromCertificateCommand,
} from '@aws-sdk/client-acm';
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
  DeleteListenerCommand,
  DescribeListenersCommand,
  ElasticLoadBalancingV2Client,
  ModifyListenerCommand,
  RegisterTargetsCommand,
  type CreateListenerCommandInput,
  type Listener,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { openAuthority, type Authority } from '../../seed/authority.ts';
import { scaledClock } from '../clock.ts';
import { trial, type Trial } from '../trial.ts';
import { freePort, Target } from './testing/target.ts';

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly location: string | undefined;
}

const nobodys = 'arn:aws:acm:eu-west-1:000000000000:certificate/00000000-0000-0000-0000-000000000000';

describe('TLS', () => {
  let here: Trial;
  let acm: ACMClient;
  let elb: ElasticLoadBalancingV2Client;
  let directory: string;
  let authority: Authority;
  let loadBalancer: string;
  let targetGroup: string;
  let target: Target;

  beforeAll(async () => {
    here = await trial({ clock: scaledClock(20) });
    acm = new ACMClient(here.client);
    elb = new ElasticLoadBalancingV2Client(here.client);
    directory = mkdtempSync(path.join(tmpdir(), 'sluice-tls-'));
    authority = await openAuthority(directory, undefined);
    target = await new Target('shop').listen();
    const { LoadBalancers } = await elb.send(
      new CreateLoadBalancerCommand({ Name: 'shop', Subnets: ['subnet-a', 'subnet-b'] }),
    );
    loadBalancer = LoadBalancers?.[0]?.LoadBalancerArn ?? '';
    const { TargetGroups } = await elb.send(
      new CreateTargetGroupCommand({
        Name: 'shop',
        Protocol: 'HTTP',
        Port: 80,
        VpcId: 'vpc-1',
        TargetType: 'ip',
        HealthCheckPath: '/health',
      }),
    );
    targetGroup = TargetGroups?.[0]?.TargetGroupArn ?? '';
    await elb.send(
      new RegisterTargetsCommand({
        TargetGroupArn: targetGroup,
        Targets: [{ Id: '127.0.0.1', Port: target.port }],
      }),
    );
  });
  afterAll(async () => {
    target.close();
    acm.destroy();
    elb.destroy();
    await here.end();
    rmSync(directory, { recursive: true });
  });

  const imported = async (CertificateArn?: string): Promise<string> => {
    const { certificate, privateKey } = await authority.issue();
    const answer = await acm.send(
      new ImportCertificateCommand({
        ...(CertificateArn === undefined ? {} : { CertificateArn }),
        Certificate: Buffer.from(certificate),
        PrivateKey: Buffer.from(privateKey),
        CertificateChain: Buffer.from(authority.certificate),
      }),
    );
    return answer.CertificateArn ?? '';
  };
  const listen = async (changes: Partial<CreateListenerCommandInput>): Promise<Listener> => {
    const { Listeners } = await elb.send(
      new CreateListenerCommand({
        LoadBalancerArn: loadBalancer,
        Protocol: 'HTTPS',
        Port: await freePort(),
        DefaultActions: [{ Type: 'forward', TargetGroupArn: targetGroup }],
        ...changes,
      }),
    );
    return Listeners![0]!;
  };
  const get = (url: string): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const send = url.startsWith('https:') ? httpsRequest : httpRequest;
      send(url, { ca: authority.certificate, agent: false }, (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (part: string) => (body += part));
        response.once('end', () =>
          resolve({ status: response.statusCode ?? 0, body, location: response.headers.location }),
        );
      })
        .once('error', reject)
        .end();
    });
  /** What a client that speaks one version of TLS alone gets. */
  const handshake = (port: number, version: SecureVersion): Promise<string> =>
    new Promise((resolve) => {
      const socket: TLSSocket = connect(
        { host: '127.0.0.1', port, ca: authority.certificate, minVersion: version, maxVersion: version },
        () => {
          resolve(`${socket.getProtocol() ?? ''} ${socket.getPeerCertificate().serialNumber}`);
          socket.destroy();
        },
      );
      socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    });
  const serialOf = async (arn: string): Promise<string> => {
    const { Certificate } = await acm.send(new DescribeCertificateCommand({ CertificateArn: arn }));
    return (Certificate?.Serial ?? '').replaceAll(':', '').toUpperCase();
  };

  it('is spoken by a listener with a certificate, which tells the target so, and by its redirect', async () => {
    const arn = await imported();
    const { Port: port, ...listener } = await listen({ Certificates: [{ CertificateArn: arn }] });
    expect(listener).toMatchObject({
      Protocol: 'HTTPS',
      Certificates: [{ CertificateArn: arn }],
      SslPolicy: 'ELBSecurityPolicy-2016-08',
    });
    const { status, body } = await get(`https://127.0.0.1:${port}/headers`);
    expect(status).toBe(200);
    expect(JSON.parse(body)).toMatchObject({
      'x-forwarded-proto': 'https',
      'x-forwarded-port': String(port),
    });
    // The usual one at port 80.
    const plain = await listen({
      Protocol: 'HTTP',
      DefaultActions: [
        {
          Type: 'redirect',
          RedirectConfig: { Protocol: 'HTTPS', Port: String(port), StatusCode: 'HTTP_301' },
        },
      ],
    });
    const redirected = await get(`http://127.0.0.1:${plain.Port}/ask?q=1`);
    expect(redirected).toMatchObject({ status: 301, location: `https://127.0.0.1:${port}/ask?q=1` });
    expect((await get(redirected.location ?? '')).body).toBe('shop');
  });

  it('is not spoken with those who do not, nor with a client that does not know the authority', async () => {
    const { Port: port } = await listen({ Certificates: [{ CertificateArn: await imported() }] });
    await expect(get(`http://127.0.0.1:${port}/`)).rejects.toMatchObject({ code: 'ECONNRESET' });
    await expect(
      new Promise((_resolve, reject) => {
        httpsRequest(`https://127.0.0.1:${port}/`, { agent: false }).once('error', reject).end();
      }),
    ).rejects.toMatchObject({ code: 'SELF_SIGNED_CERT_IN_CHAIN' });
  });

  it('has the versions of its policy', async () => {
    const Certificates = [{ CertificateArn: await imported() }];
    const both = await listen({ Certificates, SslPolicy: 'ELBSecurityPolicy-TLS13-1-2-2021-06' });
    expect(await handshake(both.Port!, 'TLSv1.2')).toMatch(/^TLSv1\.2 /);
    expect(await handshake(both.Port!, 'TLSv1.3')).toMatch(/^TLSv1\.3 /);
    const strict = await listen({ Certificates, SslPolicy: 'ELBSecurityPolicy-TLS13-1-3-2021-06' });
    expect(await handshake(strict.Port!, 'TLSv1.2')).toBe('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION');
    await elb.send(
      new ModifyListenerCommand({
        ListenerArn: strict.ListenerArn,
        SslPolicy: 'ELBSecurityPolicy-TLS-1-2-2017-01',
      }),
    );
    expect(await handshake(strict.Port!, 'TLSv1.2')).toMatch(/^TLSv1\.2 /);
  });

  it('takes a certificate that is imported anew, and another one, without a break', async () => {
    const arn = await imported();
    const { Port: port = 0, ListenerArn } = await listen({ Certificates: [{ CertificateArn: arn }] });
    const first = await serialOf(arn);
    expect(await handshake(port, 'TLSv1.2')).toBe(`TLSv1.2 ${first}`);
    expect(await imported(arn)).toBe(arn);
    const second = await serialOf(arn);
    expect(second).not.toBe(first);
    expect(await handshake(port, 'TLSv1.2')).toBe(`TLSv1.2 ${second}`);
    const other = await imported();
    await elb.send(new ModifyListenerCommand({ ListenerArn, Certificates: [{ CertificateArn: other }] }));
    expect(await handshake(port, 'TLSv1.2')).toBe(`TLSv1.2 ${await serialOf(other)}`);
  });

  it('comes to a listener that was plain, and goes again', async () => {
    const { Port: port, ListenerArn } = await listen({ Protocol: 'HTTP' });
    expect((await get(`http://127.0.0.1:${port}/`)).body).toBe('shop');
    const Certificates = [{ CertificateArn: await imported() }];
    await elb.send(new ModifyListenerCommand({ ListenerArn, Protocol: 'HTTPS', Certificates }));
    expect((await get(`https://127.0.0.1:${port}/`)).body).toBe('shop');
    await elb.send(new ModifyListenerCommand({ ListenerArn, Protocol: 'HTTP' }));
    expect((await get(`http://127.0.0.1:${port}/`)).body).toBe('shop');
    const { Listeners } = await elb.send(new DescribeListenersCommand({ ListenerArns: [ListenerArn!] }));
    expect(Listeners?.[0]).not.toHaveProperty('Certificates');
  });

  it.each<[string, Partial<CreateListenerCommandInput>, string]>([
    ['without a certificate', {}, 'ValidationError'],
    [
      'with one that nobody has',
      { Certificates: [{ CertificateArn: nobodys }] },
      'CertificateNotFoundException',
    ],
    ['of a network load balancer', { Protocol: 'TLS' }, 'UnsupportedProtocolException'],
    [
      'over HTTP with a certificate',
      { Protocol: 'HTTP', Certificates: [{ CertificateArn: nobodys }] },
      'InvalidConfigurationRequestException',
    ],
    [
      'over HTTP with a policy',
      { Protocol: 'HTTP', SslPolicy: 'ELBSecurityPolicy-2016-08' },
      'InvalidConfigurationRequestException',
    ],
  ])('is refused to a listener %s', async (_what, input, name) => {
    await expect(listen(input)).rejects.toMatchObject({ name });
  });

  it('is refused with a policy that there is not', async () => {
    const Certificates = [{ CertificateArn: await imported() }];
    await expect(listen({ Certificates, SslPolicy: 'ELBSecurityPolicy-None' })).rejects.toMatchObject({
      name: 'SSLPolicyNotFoundException',
    });
  });

  it('has certificates that are described, listed, tagged, and not deleted while they are used', async () => {
    const arn = await imported();
    const { ListenerArn } = await listen({ Certificates: [{ CertificateArn: arn }] });
    const CertificateArn = arn;
    const { Certificate } = await acm.send(new DescribeCertificateCommand({ CertificateArn }));
    expect(Certificate).toMatchObject({
      CertificateArn: arn,
      DomainName: '127.0.0.1',
      SubjectAlternativeNames: ['127.0.0.1', 'localhost'],
      Status: 'ISSUED',
      Type: 'IMPORTED',
      KeyAlgorithm: 'EC_prime256v1',
      InUseBy: [loadBalancer],
    });
    expect(Certificate?.NotAfter?.getTime()).toBeGreaterThan(Date.now());
    const { CertificateChain } = await acm.send(new GetCertificateCommand({ CertificateArn }));
    expect(CertificateChain).toBe(authority.certificate);
    const { CertificateSummaryList } = await acm.send(new ListCertificatesCommand({}));
    expect(CertificateSummaryList).toContainEqual(
      expect.objectContaining({ CertificateArn: arn, InUse: true, DomainName: '127.0.0.1' }),
    );
    await acm.send(
      new AddTagsToCertificateCommand({ CertificateArn, Tags: [{ Key: 'a', Value: '1' }, { Key: 'b' }] }),
    );
    await acm.send(new RemoveTagsFromCertificateCommand({ CertificateArn, Tags: [{ Key: 'b' }] }));
    expect((await acm.send(new ListTagsForCertificateCommand({ CertificateArn }))).Tags).toEqual([
      { Key: 'a', Value: '1' },
    ]);
    await expect(acm.send(new DeleteCertificateCommand({ CertificateArn }))).rejects.toMatchObject({
      name: 'ResourceInUseException',
    });
    await elb.send(new DeleteListenerCommand({ ListenerArn }));
    await acm.send(new DeleteCertificateCommand({ CertificateArn }));
    await expect(acm.send(new DescribeCertificateCommand({ CertificateArn }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  it('has no certificate with the key of another, nor one that its chain did not issue', async () => {
    const [one, other] = [await authority.issue(), await authority.issue()];
    const stranger = await openAuthority(path.join(directory, 'stranger'), undefined);
    const bring = (privateKey: string, chain: string) =>
      acm.send(
        new ImportCertificateCommand({
          Certificate: Buffer.from(one.certificate),
          PrivateKey: Buffer.from(privateKey),
          CertificateChain: Buffer.from(chain),
        }),
      );
    await expect(bring(other.privateKey, authority.certificate)).rejects.toMatchObject({
      name: 'ValidationException',
      message: 'The private key is not the one that belongs to the certificate.',
    });
    await expect(bring(one.privateKey, stranger.certificate)).rejects.toMatchObject({
      name: 'ValidationException',
      message: 'The certificate chain did not issue the certificate.',
    });
  });

  it('is there again after the cloud was started anew', async () => {
    const own = mkdtempSync(path.join(tmpdir(), 'sluice-tls-again-'));
    const first = await trial({ stateDirectory: own });
    const { certificate, privateKey } = await authority.issue();
    const port = await freePort();
    const client = new ElasticLoadBalancingV2Client(first.client);
    const { CertificateArn } = await new ACMClient(first.client).send(
      new ImportCertificateCommand({
        Certificate: Buffer.from(certificate),
        PrivateKey: Buffer.from(privateKey),
      }),
    );
    const { LoadBalancers } = await client.send(
      new CreateLoadBalancerCommand({ Name: 'shop', Subnets: ['subnet-a', 'subnet-b'] }),
    );
    await client.send(
      new CreateListenerCommand({
        LoadBalancerArn: LoadBalancers?.[0]?.LoadBalancerArn,
        Protocol: 'HTTPS',
        Port: port,
        Certificates: [{ CertificateArn }],
        DefaultActions: [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '204' } }],
      }),
    );
    await first.cloud.stop();
    const second = await trial({ stateDirectory: own });
    try {
      expect((await get(`https://127.0.0.1:${port}/`)).status).toBe(204);
    } finally {
      await second.end();
    }
  });
});
