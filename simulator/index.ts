/** Amazon ECS and its neighbours on a clock you drive: for your own tests, and for a look at the product without an account. */
export type { BelievableAccount, BelievableAccountOptions, NotableRevision } from './account';
export { fillBelievableAccount } from './account';
export type { AccountFamily } from './account-families';
export type { AccountAround, BelievableReferrers, NamedFamily, PinnedRevision } from './account-referrers';
export { addBelievableReferrers } from './account-referrers';
export type { AgentAnswer } from './agent/agent-answer';
export type { AgentCall, AgentEndpointOptions, AgentIntercept, AgentRequest } from './agent/agent-endpoint';
export { AgentEndpoint, PROTECTION_PATH } from './agent/agent-endpoint';
export {
  AGENT_FAULT_KINDS,
  type AgentFaultKind,
  AgentFaults,
  type AgentFaultWorld,
  type PlannedAgentFault,
  type StruckAgentRequest,
} from './agent/agent-faults';
export { type AgentServer, startAgent } from './agent/agent-server';
export type { EcsIntercept, EcsTry } from './agent/ecs-call';
export type { CallCount, DestructiveCall } from './call-log';
export { CallLog } from './call-log';
export { CANARIES, CANARY_MARK, canariesIn } from './canaries';
export type { Clock } from './clock';
export { VirtualClock } from './clock';
export type {
  CustomResourceAnswer,
  CustomResourceEvent,
  CustomResourcePort,
  Delivery,
} from './cloudformation/custom-resource';
export { success } from './cloudformation/custom-resource';
export type {
  Actor,
  AnswerReceived,
  Deregistration,
  Happening,
  Journal,
  RequestSent,
  ResourceChange,
  StackChange,
} from './cloudformation/journal';
export { told } from './cloudformation/journal';
export type { DeployOptions, OperationOptions, StackFault } from './cloudformation/operation';
export type { RandomTraceOptions, Trace, TraceStep } from './cloudformation/random-trace';
export { randomTrace, TRACE_IDS } from './cloudformation/random-trace';
export type { StackClock } from './cloudformation/resource-kinds';
export type { BlockedRollback, RunTraceOptions, TracePort, TraceRun, TraceWorld } from './cloudformation/run-trace';
export { runTrace } from './cloudformation/run-trace';
export type { Assumptions, SeededResource, SeededStack, SimulatedStack, StackResource } from './cloudformation/stack';
export type {
  DescribedStack,
  DescribedStackResource,
  StackResourceSummary,
  StackSimulatorOptions,
} from './cloudformation/stack-simulator';
export { StackSimulator } from './cloudformation/stack-simulator';
export type { ResourceStatus, StackStatus } from './cloudformation/statuses';
export type { StackTemplate, TemplateResource } from './cloudformation/template';
export { readTemplate } from './cloudformation/template';
export type { EcsSimulatorOptions, Intercept, InterceptedCall, SeededRevision } from './ecs-simulator';
export { EcsSimulator } from './ecs-simulator';
export type { BusEntry } from './event-bus';
export { EventBus } from './event-bus';
export { FAULT_KINDS, type FaultKind, INCOMPLETE_KINDS } from './fault-menu';
export type { FaultWorld, PlannedFault, StruckCall } from './faults';
export { FaultFace } from './faults';
export type { AppSpecForm, CodeDeployOptions, CodeDeployStatus, Platform, SeededDeployment } from './neighbors/code-deploy';
export { CodeDeploy } from './neighbors/code-deploy';
export { EventRules, type EventRulesOptions, type SeededRule, type SeededTarget } from './neighbors/event-rules';
export { Neighbor, type Pin, type Pinning, type RoutedCall, type WireRequest } from './neighbors/neighbor';
export { Neighbors, type NeighborsOptions } from './neighbors/neighbors';
export { Pipes, type PipesOptions, type SeededPipe } from './neighbors/pipes';
export { RUN_TASK_FORMS, type RunTaskForm, runTask } from './neighbors/run-task-forms';
export { type ScheduleForm, Schedules, type SchedulesOptions, type SeededSchedule } from './neighbors/schedules';
export type { Encryption, SeededStateMachine, StateMachinesOptions } from './neighbors/state-machines';
export { StateMachines } from './neighbors/state-machines';
export type { ObjectCall, ObjectIntercept, ObjectStoreOptions, PutConditions, StoredObject } from './object-store';
export { ObjectStore } from './object-store';
export { Random } from './random';
export { REAL_DEFINITIONS } from './real-definitions';
export type { SeededService, SeededTask } from './seeding';
export type { ServerOptions, SimulatorServer } from './server';
export { startServer } from './server';
export { SimulatedError } from './simulated-error';
export { DROP_CONNECTION, EMPTY_BODY, RawAnswer } from './special-answers';
export type { PlannedWireFault, StruckRequest, WireFaultKind, WireFaultWorld } from './wire-faults';
export { WIRE_FAULT_KINDS, WireFaults } from './wire-faults';
export type { DeploymentBlocked } from './world';
