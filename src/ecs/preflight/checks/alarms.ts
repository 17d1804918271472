import { isInProgress, type Check, type Facts, type Objection } from '../facts.ts';
import { cli, of } from './objection.ts';

export const alarmChecks: readonly Check[] = [alarms];

/**
 * Every alarm is there, and none is in ALARM: ECS ignores one that was so when the deployment began, and would go on
 * without it. On the way back an alarm is why one goes.
 */
function alarms(facts: Facts): (Objection | undefined)[] {
  const { gathered, environment, direction } = facts;
  const { deploy, aws, name } = environment;
  const { alarms: found } = gathered;
  if (!found.ok) return [of(found, 'cloudwatch:DescribeAlarms', () => undefined)];
  return deploy.alarms.map((wanted): Objection | undefined => {
    const alarm = found.value.find((one) => one.name === wanted);
    if (alarm === undefined) {
      return {
        what: `There is no alarm "${wanted}" in ${aws.region ?? 'this region'}`,
        remedy: `${cli('cloudwatch put-metric-alarm', aws.region)} --alarm-name ${wanted} …, or leave it out of environments.${name}.deploy.alarms`,
      };
    }
    return alarm.state === 'ALARM' && direction === 'forward' && !isInProgress(facts)
      ? {
          what: `The alarm "${wanted}" is in ALARM already, and ECS would ignore it for the whole deployment`,
          remedy: `See why: ${cli('cloudwatch describe-alarm-history', aws.region)} --alarm-name ${wanted}; deploy when it is OK again, or go back to a good release with the rollback workflow`,
        }
      : undefined;
  });
}
