import { readFileSync } from 'node:fs';
import { runInThisContext } from 'node:vm';
import { App, Stack, Stage, Validations } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { PruneMode, RevisionPruner, type RevisionPrunerProps } from 'cdk-ecs-caretaker';
import { AwsSolutionsChecks } from 'cdk-nag';

const FLAGS = JSON.parse(readFileSync(require.resolve('aws-cdk-lib/recommended-feature-flags.json'), 'utf8'));
// What the newest aws-cdk-lib does by itself: its validator, and a synthesis that fails on every warning. Older releases ignore it.
const STRICT = { '@aws-cdk/core:strictCfnValidateErrors': true, '@aws-cdk/core:annotationsInValidationReport': true };
const env = { account: '111122223333', region: 'eu-west-1' };

// aws-cdk-lib is loaded by Node, and reads Node's own environment.
const { env: nodeEnv } = runInThisContext('process') as NodeJS.Process;
const before = nodeEnv.CDK_VALIDATION;
beforeAll(() => {
  nodeEnv.CDK_VALIDATION = 'true';
});
afterAll(() => {
  nodeEnv.CDK_VALIDATION = before;
});

const PROPS: [string, (stack: Stack) => RevisionPrunerProps][] = [
  ['its defaults', () => ({ families: ['web-*'] })],
  ['every family deregistered', () => ({ allFamilies: true, mode: PruneMode.DEREGISTER })],
  [
    'keys of the user',
    (stack) => ({ families: ['a'], ledgerEncryptionKey: key(stack), environmentEncryption: key(stack, 'Other') }),
  ],
  [
    'a VPC and a queue of the user',
    (stack) => ({
      families: ['a'],
      vpc: ec2.Vpc.fromVpcAttributes(stack, 'Vpc', {
        vpcId: 'vpc-0123456789abcdef0',
        availabilityZones: ['a'],
        privateSubnetIds: ['subnet-0123456789abcdef0'],
        privateSubnetRouteTableIds: ['rtb-0123456789abcdef0'],
      }),
      deadLetterQueue: new sqs.Queue(stack, 'Queue', { encryptionMasterKey: key(stack), enforceSSL: true }),
    }),
  ],
];

function key(stack: Stack, id = 'Key'): kms.Key {
  return new kms.Key(stack, id, { enableKeyRotation: true });
}

describe.each(PROPS)('a pruner with %s', (_, props) => {
  test.each([
    ['no feature flag', {}],
    ['all recommended flags', FLAGS],
    ['strict validation', STRICT],
    ['all flags and strict validation', { ...FLAGS, ...STRICT }],
  ])('synthesizes without a warning under %s', (_flags, context) => {
    const app = new App({ context });
    const stack = new Stack(app, 'Stack');
    new RevisionPruner(stack, 'Pruner', props(stack));
    const assembly = app.synth();
    expect(assembly.getStackArtifact(stack.artifactId).messages.filter(({ level }) => level !== 'info')).toEqual([]);
    expect(Annotations.fromStack(stack).findWarning('*', Match.anyValue())).toEqual([]);
  });

  test.each([
    ['no flag, anywhere', {}, {}],
    ['no flag, in a known place', {}, { env }],
    ['all flags, in a known place', FLAGS, { env }],
    ['all flags, anywhere', FLAGS, {}],
  ])('has no finding of cdk-nag with %s', (_flags, context, stackProps) => {
    const app = new App({ context });
    const stack = new Stack(new Stage(app, 'Stage'), 'Stack', stackProps);
    new RevisionPruner(stack, 'Pruner', props(stack));
    expect(new AwsSolutionsChecks(app).validateScope(app).violations).toEqual([]);
  });
});

test('without its acknowledgements cdk-nag would find something, and each gives its reason', () => {
  const app = new App();
  const stack = new Stack(app, 'Stack');
  const pruner = new RevisionPruner(stack, 'Pruner', { families: ['a'] });
  const acknowledged = pruner.node.findAll().flatMap(({ node }) => {
    return node.metadata.filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY);
  });
  for (const { data } of acknowledged) {
    for (const reason of Object.values(data as Record<string, string>)) expect(reason.length).toBeGreaterThan(30);
    for (const id of Object.keys(data)) delete data[id];
  }
  const found = new AwsSolutionsChecks(app).validateScope(app).violations.map(({ ruleName }) => ruleName);
  expect(found).toContain('AwsSolutions-IAM5[Resource::*]');
  expect(found).toContain('AwsSolutions-S1');
});

test('a role of the user is not acknowledged in the user’s place', () => {
  const app = new App();
  const stack = new Stack(app, 'Stack');
  const role = new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
  new RevisionPruner(stack, 'Pruner', { families: ['a'], role });
  const found = new AwsSolutionsChecks(app).validateScope(app).violations.map(({ ruleName }) => ruleName);
  expect(found).toContain('AwsSolutions-IAM5[Resource::*]');
});
