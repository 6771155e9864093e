import type { Environment } from '../lib/contract/arn';
import { CANARIES } from './canaries';
import type { Input } from './input';
import consulClient from './task-definitions/ConsulClient.json';
import consulServer from './task-definitions/ConsulServer.json';
import gunicornEc2 from './task-definitions/gunicorn_ec2.json';
import gunicornFargate from './task-definitions/gunicorn_fargate.json';
import jettyEc2 from './task-definitions/jetty_ec2.json';
import jettyFargate from './task-definitions/jetty_fargate.json';
import kibanaEc2 from './task-definitions/kibana_ec2.json';
import kibanaFargate from './task-definitions/kibana_fargate.json';
import nginxEc2 from './task-definitions/nginx_ec2.json';
import nginxFargate from './task-definitions/nginx_fargate.json';
import tomcatEc2 from './task-definitions/tomcat_ec2.json';
import tomcatFargate from './task-definitions/tomcat_fargate.json';
import wildflyEc2 from './task-definitions/wildfly_ec2.json';
import wildflyFargate from './task-definitions/wildfly_fargate.json';

/** What people really register, by the name of the program; unchanged. @see task-definitions/NOTICE */
export const REAL_DEFINITIONS: Readonly<Record<string, object>> = {
  nginx: nginxFargate,
  kibana: kibanaFargate,
  gunicorn: gunicornFargate,
  tomcat: tomcatFargate,
  jetty: jettyFargate,
  wildfly: wildflyFargate,
  'consul-server': consulServer,
  'nginx-ec2': nginxEc2,
  'kibana-ec2': kibanaEc2,
  'gunicorn-ec2': gunicornEc2,
  'tomcat-ec2': tomcatEc2,
  'jetty-ec2': jettyEc2,
  'wildfly-ec2': wildflyEc2,
  'consul-client': consulClient,
};

/** A real definition under another family name, without its nulls, and with a canary in every free-text field. */
export function definitionWithCanaries(program: string, family: string, environment: Environment): Input {
  const definition = withoutNulls(REAL_DEFINITIONS[program] ?? {}) as Input;
  const containers = definition.containerDefinitions as Input[];
  return { ...definition, family, containerDefinitions: containers.map((container) => withCanaries(container, environment)) };
}

function withCanaries(container: Input, { partition, region, account }: Environment): Input {
  const {
    environment = [],
    command = [],
    entryPoint = ['/bin/sh'],
    dockerLabels = {},
    image,
  } = container as {
    environment?: object[];
    command?: string[];
    entryPoint?: string[];
    dockerLabels?: object;
    image: string;
  };
  const valueFrom = `arn:${partition}:secretsmanager:${region}:${account}:secret:${CANARIES.secrets}`;
  return {
    ...container,
    image: `registry.example.com/${CANARIES.image}/${image}`,
    environment: [...environment, { name: 'DATABASE_PASSWORD', value: CANARIES.environment }],
    command: [...command, `--token=${CANARIES.command}`],
    entryPoint: [...entryPoint, CANARIES.entryPoint],
    dockerLabels: { ...dockerLabels, owner: CANARIES.dockerLabels },
    secrets: [{ name: 'API_KEY', valueFrom }],
  };
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([, inner]) => inner !== null);
  return Object.fromEntries(kept.map(([key, inner]) => [key, withoutNulls(inner)]));
}
