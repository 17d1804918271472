import { environmentOf, release } from '../../environment.fixture.ts';
import { neededPlatform } from '../needs.ts';
import { against, good, ok } from '../preflight.fixture.ts';
import { objections } from './index.ts';

describe('the platform that tasks run on', () => {
  it.each([
    ['t3.micro', 'linux/amd64'],
    ['m7i-flex.large', 'linux/amd64'],
    ['g4dn.xlarge', 'linux/amd64'],
    ['hpc6a.48xlarge', 'linux/amd64'],
    ['t4g.small', 'linux/arm64'],
    ['c7gn.large', 'linux/arm64'],
    ['is4gen.medium', 'linux/arm64'],
    ['hpc7g.4xlarge', 'linux/arm64'],
    ['a1.medium', 'linux/arm64'],
  ])('of %s is %s', (instance, expected) => {
    expect(neededPlatform(environmentOf({ compute: { instance } }))).toBe(expected);
  });

  it('of Fargate is what the task definition says', () => {
    const fargate = environmentOf({ compute: {}, network: { subnets: ['subnet-1'] } });
    expect(neededPlatform(fargate)).toBe('linux/amd64');
    const own = (cpuArchitecture?: 'ARM64' | 'X86_64') => ({
      family: 'shop',
      containerDefinitions: [],
      ...(cpuArchitecture === undefined ? {} : { runtimePlatform: { cpuArchitecture } }),
    });
    expect(neededPlatform(fargate, own('ARM64'))).toBe('linux/arm64');
    expect(neededPlatform(fargate, own())).toBe('linux/amd64');
  });
});

describe('an image', () => {
  it('without the platform of the instances is refused', () => {
    expect(against({}, { compute: { instance: 't4g.small' } })).toEqual([
      {
        what: 'The image has no linux/arm64 to run on t4g.small: it has linux/amd64',
        remedy:
          'Set image.platforms in sluice.yml to [linux/arm64] and build the image again, or mend environments.development.compute',
      },
    ]);
    expect(against({ image: ok([]) }).map(({ what }) => what)).toEqual([
      'The image has no linux/amd64 to run on t3.micro: it has no platform',
    ]);
  });

  it('is asked for what sluice.yml builds, where it does not say what the instances are', () => {
    const environment = environmentOf({ compute: { launchType: 'EC2' } });
    const gathered = { ...good, image: ok(['linux/arm64']) };
    expect(objections(gathered, environment, release).map(({ remedy }) => remedy)).toEqual([
      'Build the image again: image.platforms in sluice.yml has changed since',
    ]);
    expect(objections(good, environment, release)).toEqual([]);
  });

  it('of several platforms runs on each', () => {
    const image = ok(['linux/amd64', 'linux/arm64']);
    expect(against({ image }, { compute: { instance: 't4g.small' } })).toEqual([]);
    expect(against({ image })).toEqual([]);
  });
});
