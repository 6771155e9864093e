/** Every canary holds this. */
export const CANARY_MARK = 'canary-5e1d';

/**
 * Secrets as people leave them in the free-text fields of ECS. The believable account puts each into its field; a suite asserts
 * that none of them comes out of a log, a plan, an event or an error.
 */
export const CANARIES = {
  environment: `${CANARY_MARK}-environment-password`,
  command: `${CANARY_MARK}-command-token`,
  entryPoint: `${CANARY_MARK}-entrypoint-key`,
  dockerLabels: `${CANARY_MARK}-label-owner`,
  secrets: `${CANARY_MARK}-secret-name`,
  image: `${CANARY_MARK}-image`,
  tagValue: `${CANARY_MARK}-tag-value`,
  serviceEvent: `${CANARY_MARK}-service-event`,
  taskOverrides: `${CANARY_MARK}-override-password`,
  stoppedReason: `${CANARY_MARK}-stopped-reason`,
} as const;

/** Which canaries a text holds; empty when it is fit to be shown. */
export function canariesIn(text: string): readonly string[] {
  return Object.values(CANARIES).filter((canary) => text.includes(canary));
}
