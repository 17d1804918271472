import type {
  CreateListenerInput,
  CreateListenerOutput,
  DeleteListenerInput,
  DescribeListenersInput,
  DescribeListenersOutput,
  Listener,
  ModifyListenerInput,
  ModifyListenerOutput,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { ServiceError } from '../../wire/service.ts';
import { byKey } from '../../wire/tags.ts';
import { listenerOf, loadBalancerOf, newId, paged, type ElbContext } from '../context.ts';
import { invalidConfiguration, notFound, validationError } from '../errors.ts';
import { forwardOf, type ListenerRecord, type ListenerTls, type RuleRecord } from '../model.ts';
import { tlsOf } from '../tls.ts';
import { checkedActions } from './actions.ts';

export function listenerOperations(context: ElbContext) {
  const { state, dataPlane, certificates, changed } = context;

  const describe = (listener: ListenerRecord): Listener => ({
    ListenerArn: listener.arn,
    LoadBalancerArn: listener.loadBalancerArn,
    Port: listener.port,
    Protocol: listener.tls === undefined ? 'HTTP' : 'HTTPS',
    ...(listener.tls === undefined
      ? {}
      : {
          Certificates: [{ CertificateArn: listener.tls.certificateArn }],
          SslPolicy: listener.tls.sslPolicy,
        }),
    DefaultActions: state.rules.find(
      ({ listenerArn, priority }) => listenerArn === listener.arn && priority === 'default',
    )?.actions,
  });
  const open = async (listener: ListenerRecord): Promise<void> => {
    try {
      await dataPlane.open(listener);
    } catch (error: unknown) {
      // On AWS a port is a load balancer's own; here all of them share this machine's.
      throw invalidConfiguration(
        `Port ${listener.port} of 127.0.0.1 cannot be listened on: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  };
  const checkFree = (loadBalancerArn: string, port: number): void => {
    if (state.listeners.some((one) => one.loadBalancerArn === loadBalancerArn && one.port === port)) {
      throw new ServiceError(
        'DuplicateListener',
        'A listener already exists on this port for this load balancer',
      );
    }
  };

  return {
    CreateListener: async (input: CreateListenerInput): Promise<CreateListenerOutput> => {
      const loadBalancer = loadBalancerOf(context, input.LoadBalancerArn);
      const { Port, Protocol } = input;
      if (Port === undefined || Protocol === undefined) {
        throw validationError('A listener must have a protocol and a port');
      }
      const tls = tlsOf(input, certificates);
      checkFree(loadBalancer.arn, Port);
      const actions = checkedActions(context, input.DefaultActions, loadBalancer.arn);
      const made: ListenerRecord = {
        arn: `${loadBalancer.arn.replace(':loadbalancer/', ':listener/')}/${newId()}`,
        loadBalancerArn: loadBalancer.arn,
        port: Port,
        ...(tls === undefined ? {} : { tls }),
        tags: byKey(input.Tags),
      };
      const rule: RuleRecord = {
        arn: `${made.arn.replace(':listener/', ':listener-rule/')}/${newId()}`,
        listenerArn: made.arn,
        priority: 'default',
        conditions: [],
        actions,
        tags: {},
      };
      state.listeners.push(made);
      state.rules.push(rule);
      try {
        await open(made);
      } catch (error: unknown) {
        state.listeners = state.listeners.filter((one) => one !== made);
        state.rules = state.rules.filter((one) => one !== rule);
        throw error;
      }
      changed();
      return { Listeners: [describe(made)] };
    },

    DescribeListeners: (input: DescribeListenersInput): DescribeListenersOutput => {
      const { ListenerArns: arns = [], LoadBalancerArn } = input;
      if (LoadBalancerArn !== undefined) loadBalancerOf(context, LoadBalancerArn);
      else if (arns.length === 0) {
        throw validationError('You must specify either listener ARNs or a load balancer ARN');
      }
      const found = state.listeners.filter(
        ({ arn, loadBalancerArn }) =>
          arns.includes(arn) || (arns.length === 0 && loadBalancerArn === LoadBalancerArn),
      );
      if (found.length < arns.length) throw notFound('Listener');
      const { items, marker } = paged(found, input);
      return { Listeners: items.map(describe), ...marker };
    },

    ModifyListener: async (input: ModifyListenerInput): Promise<ModifyListenerOutput> => {
      const listener = listenerOf(context, input.ListenerArn);
      const tls = tlsOf(input, certificates, listener.tls);
      if (input.DefaultActions !== undefined) {
        const actions = checkedActions(context, input.DefaultActions, listener.loadBalancerArn);
        const rule = state.rules.find(
          (one) => one.listenerArn === listener.arn && one.priority === 'default',
        );
        if (rule !== undefined) rule.actions = actions;
        dataPlane.propagate(listener.arn);
      }
      const port = input.Port ?? listener.port;
      if (port !== listener.port || (tls === undefined) !== (listener.tls === undefined)) {
        if (port !== listener.port) checkFree(listener.loadBalancerArn, port);
        const before = { port: listener.port, tls: listener.tls };
        dataPlane.close(listener.arn);
        speak(listener, port, tls);
        try {
          await open(listener);
        } catch (error: unknown) {
          speak(listener, before.port, before.tls);
          // Where its old port is lost as well meanwhile, that is the error to tell: nothing listens any more.
          await open(listener);
          throw error;
        }
      } else if (tls !== undefined) {
        listener.tls = tls;
        dataPlane.secure(listener);
      }
      changed();
      return { Listeners: [describe(listener)] };
    },

    DeleteListener: ({ ListenerArn }: DeleteListenerInput): object => {
      const listener = listenerOf(context, ListenerArn);
      closeListeners(context, [listener]);
      changed();
      return {};
    },
  };
}

function speak(listener: ListenerRecord, port: number, tls: ListenerTls | undefined): void {
  listener.port = port;
  if (tls === undefined) delete listener.tls;
  else listener.tls = tls;
}

/** With all of their rules. Targets of groups that nothing refers to any more are unused from now on. */
export function closeListeners(
  { state, dataPlane, targets }: ElbContext,
  listeners: readonly ListenerRecord[],
): void {
  const arns = listeners.map(({ arn }) => arn);
  const rules = state.rules.filter(({ listenerArn }) => arns.includes(listenerArn));
  for (const arn of arns) dataPlane.close(arn);
  state.listeners = state.listeners.filter(({ arn }) => !arns.includes(arn));
  state.rules = state.rules.filter((rule) => !rules.includes(rule));
  for (const { targetGroupArn } of rules.flatMap(({ actions }) => forwardOf(actions))) {
    targets.targetChanged(targetGroupArn);
  }
}
