import type {
  CreateLoadBalancerInput,
  CreateLoadBalancerOutput,
  DeleteLoadBalancerInput,
  DescribeLoadBalancerAttributesInput,
  DescribeLoadBalancerAttributesOutput,
  DescribeLoadBalancersInput,
  DescribeLoadBalancersOutput,
  LoadBalancer,
  ModifyLoadBalancerAttributesInput,
  ModifyLoadBalancerAttributesOutput,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Call } from '../../wire/service.ts';
import { ServiceError } from '../../wire/service.ts';
import { byKey } from '../../wire/tags.ts';
import { arnOf, checkName, loadBalancerOf, newId, paged, type ElbContext } from '../context.ts';
import { notFound, notHere, validationError } from '../errors.ts';
import type { LoadBalancerRecord } from '../model.ts';
import { closeListeners } from './listeners.ts';

/** AWS's defaults of the attributes that the data plane knows. */
const defaults = {
  'idle_timeout.timeout_seconds': '60',
  'routing.http.x_amzn_tls_version_and_cipher_suite.enabled': 'false',
};

const schemes = ['internet-facing', 'internal'] as const;

export function loadBalancerOperations(context: ElbContext) {
  const { state, clock, changed } = context;
  return {
    CreateLoadBalancer: (input: CreateLoadBalancerInput, call: Call): CreateLoadBalancerOutput => {
      const { Name = '', Type = 'application', Scheme = 'internet-facing' } = input;
      checkName('Load balancer', Name);
      const scheme = schemes.find((known) => known === Scheme);
      if (scheme === undefined)
        throw validationError(
          `1 validation error detected: Value '${Scheme}' at 'scheme' failed to satisfy constraint: Member must satisfy enum value set: [${schemes.join(', ')}]`,
        );
      if (Type !== 'application') throw notHere(`Load balancers of the type ${Type}`);
      const subnets = input.Subnets ?? (input.SubnetMappings ?? []).map(({ SubnetId = '' }) => SubnetId);
      if (subnets.length < 2) {
        throw validationError('At least two subnets in two different Availability Zones must be specified');
      }
      const existing = state.loadBalancers.find(({ name }) => name === Name);
      if (existing !== undefined) {
        // The same again is answered with what is there.
        if (existing.scheme === scheme) return { LoadBalancers: [describe(existing)] };
        throw new ServiceError(
          'DuplicateLoadBalancerName',
          `A load balancer with the same name '${Name}' exists, but with different settings`,
        );
      }
      const made: LoadBalancerRecord = {
        arn: arnOf(call, `loadbalancer/app/${Name}/${newId()}`),
        name: Name,
        scheme,
        subnets,
        createdAt: clock.now().getTime(),
        attributes: { ...defaults },
        tags: byKey(input.Tags),
      };
      state.loadBalancers.push(made);
      changed();
      return { LoadBalancers: [describe(made)] };
    },

    DescribeLoadBalancers: (input: DescribeLoadBalancersInput): DescribeLoadBalancersOutput => {
      const { LoadBalancerArns: arns = [], Names: names = [] } = input;
      const found = state.loadBalancers.filter(
        ({ arn, name }) =>
          (arns.length === 0 && names.length === 0) || arns.includes(arn) || names.includes(name),
      );
      if (found.length < arns.length + names.length) throw notFound('LoadBalancer');
      const { items, marker } = paged(found, input);
      return { LoadBalancers: items.map(describe), ...marker };
    },

    DeleteLoadBalancer: ({ LoadBalancerArn }: DeleteLoadBalancerInput): object => {
      closeListeners(
        context,
        state.listeners.filter(({ loadBalancerArn }) => loadBalancerArn === LoadBalancerArn),
      );
      state.loadBalancers = state.loadBalancers.filter(({ arn }) => arn !== LoadBalancerArn);
      changed();
      return {};
    },

    DescribeLoadBalancerAttributes: (
      input: DescribeLoadBalancerAttributesInput,
    ): DescribeLoadBalancerAttributesOutput => ({
      Attributes: asList(loadBalancerOf(context, input.LoadBalancerArn).attributes),
    }),

    ModifyLoadBalancerAttributes: (
      input: ModifyLoadBalancerAttributesInput,
    ): ModifyLoadBalancerAttributesOutput => {
      const loadBalancer = loadBalancerOf(context, input.LoadBalancerArn);
      for (const { Key = '', Value = '' } of input.Attributes ?? []) {
        if (!(Key in defaults)) throw notHere(`The load balancer attribute ${Key}`);
        if (Key === 'idle_timeout.timeout_seconds' && !(Number(Value) >= 1 && Number(Value) <= 4000)) {
          throw validationError(
            `'${Value}' is not a valid value for '${Key}': it must be between 1 and 4000`,
          );
        }
      }
      loadBalancer.attributes = {
        ...loadBalancer.attributes,
        ...byKey(input.Attributes),
      };
      changed();
      return { Attributes: asList(loadBalancer.attributes) };
    },
  };
}

function asList(attributes: Readonly<Record<string, string>>): { Key: string; Value: string }[] {
  return Object.entries(attributes).map(([Key, Value]) => ({ Key, Value }));
}

function describe({ arn, name, scheme, subnets, createdAt }: LoadBalancerRecord): LoadBalancer {
  return {
    LoadBalancerArn: arn,
    // All of them are at this address; their listeners' ports tell them apart.
    DNSName: '127.0.0.1',
    CanonicalHostedZoneId: 'Z32O12XQLNTSW2',
    CreatedTime: new Date(createdAt),
    LoadBalancerName: name,
    Scheme: scheme,
    VpcId: 'vpc-00000000000000001',
    State: { Code: 'active' },
    Type: 'application',
    AvailabilityZones: subnets.map((SubnetId) => ({ SubnetId })),
    IpAddressType: 'ipv4',
  };
}
